"""Movements across polygons and lines."""

import random

import pytest

from models.zones.geometry import Point, contains, crossings, distance

RING = [(0.2, 0.2), (0.8, 0.2), (0.5, 0.5), (0.8, 0.8), (0.2, 0.8), (0.2, 0.2)]
"""A polygon with a notch from the right."""


def test_a_crossing_knows_its_side() -> None:
    """Along a line from left to right, downwards in the picture is to the right."""
    path = [(0.0, 0.5), (1.0, 0.5)]

    assert crossings(path, (0.3, 0.4), (0.3, 0.8)) == [pytest.approx((0.25, 1))]
    assert crossings(path, (0.3, 0.8), (0.3, 0.4)) == [pytest.approx((0.75, -1))]
    assert crossings(path[::-1], (0.3, 0.4), (0.3, 0.8)) == [pytest.approx((0.25, -1))]


@pytest.mark.parametrize(
    ("path", "turns"),
    [
        ([(0.5, 0.0), (0.5, 0.5), (0.5, 1.0)], [-1]),  # straight on
        ([(0.4, 0.0), (0.5, 0.5), (0.6, 1.0)], [-1]),
        ([(0.2, 0.0), (0.5, 0.5), (0.2, 1.0)], [-1]),  # into the notch of an arrow
        ([(0.0, 0.7), (0.5, 0.5), (1.0, 0.7)], []),  # touches a tip
        ([(0.0, 0.3), (0.5, 0.5), (1.0, 0.3)], []),
        ([(0.5, 0.5), (0.5, 0.5 - 1e-9), (0.5, 0.0)], None),  # an end on the way: either
    ],
)
def test_a_way_through_a_vertex_crosses_once(path: list[Point], turns: list[int] | None) -> None:
    """Or not at all, or forth and back, where it only touches."""
    for start, end, sign in (((0.1, 0.5), (0.9, 0.5), 1), ((0.9, 0.5), (0.1, 0.5), -1)):
        found = [one.turn for one in crossings(path, start, end)]
        if turns is None:
            assert len(found) <= 1
        else:
            assert sum(found) == sign * sum(turns)
            assert len(found) - len(turns) in (0, 2)


def test_inside_changes_with_each_crossing() -> None:
    """On a thousand random movements, some through corners and along edges of the grid."""
    random.seed(1)
    corners = [round(0.1 * i, 1) for i in range(11)]
    for i in range(1000):
        start, end = (
            (random.choice(corners), random.choice(corners)) if i % 2 else (random.random(), random.random())
            for _ in range(2)
        )
        # as a watch does
        start, end = ((x + 7.5e-10, y + 5.7e-10) for x, y in (start, end))
        count = len(crossings(RING, start, end))

        assert (contains(RING, start) != contains(RING, end)) == bool(count % 2), (start, end)


def test_the_notch_is_outside() -> None:
    """Of a polygon that is not convex."""
    assert contains(RING, (0.4, 0.5))
    assert not contains(RING, (0.7, 0.5))
    assert [round(one.at, 6) for one in crossings(RING, (0.6, 0.0), (0.6, 1.0))] == [0.2, 0.4, 0.6, 0.8]


def test_distance_ends_at_the_ends() -> None:
    """It is that of the nearest point of the path."""
    path = [(0.0, 0.0), (1.0, 0.0)]

    assert distance(path, (0.5, 0.25)) == 0.25
    assert distance(path, (1.3, 0.4)) == pytest.approx(0.5)
