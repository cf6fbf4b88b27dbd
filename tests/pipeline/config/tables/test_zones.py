"""`[camera.NAME.zones]`: what is read, and the place of each mistake."""

from typing import Any

import pytest

from pipeline.config.options import Problems
from pipeline.config.tables.zones import MOST, MOST_POINTS, read_zones
from pipeline.errors import ConfigError
from pipeline.messages import Zone
from tests.support.plans import make_plan

SQUARE = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.4], [0.1, 0.4]]


def refused(zones: Any, **table: Any) -> str:
    """Return the only mistake in the zones of camera a."""
    problems = Problems()
    assert read_zones("a", {"zones": zones, **table}, problems) == ()
    (problem,) = problems
    return problem


def test_zones_and_lines_are_read() -> None:
    """In order; the first point of a polygon may be written again at the end."""
    problems = Problems()
    table = {
        "zones": {"desk": {"polygon": [*SQUARE, SQUARE[0]], "screen_deg": -30}, "door": {"line": [[0, 0.5], [1, 0.5]]}}
    }
    desk, door = read_zones("a", table, problems)

    assert problems == []
    assert (desk.name, desk.line, len(desk.points), desk.screen_deg) == ("desk", False, 4, -30.0)
    assert door == Zone(name="door", points=((0.0, 0.5), (1.0, 0.5)), line=True)


@pytest.mark.parametrize("line", [[[0, 0.5], [0.5, 0.6], [1, 0.5]], [[0.2, 0.2], [0.8, 0.2], [0.5, 0.8], [0.2, 0.2]]])
def test_a_line_may_bend_and_close(line: list[list[float]]) -> None:
    """Its edges meet in corners only."""
    problems = Problems()

    assert len(read_zones("a", {"zones": {"door": {"line": line}}}, problems)) == 1 and problems == []


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ({"polygon": SQUARE[:2]}, "polygon: expected 3 to 50 points, found 2"),
        ({"polygon": [*SQUARE[:2], SQUARE[0]]}, "polygon: expected 3 to 50 points, found 2"),
        ({"polygon": []}, "polygon: expected 3 to 50 points, found 0"),
        ({"line": [[0.5, 0.5]]}, "line: expected 2 to 50 points, found 1"),
        ({"line": [[0.5, 0.1 + i / 100] for i in range(MOST_POINTS + 1)]}, "line: expected 2 to 50 points, found 51"),
        ({"polygon": [[0.1, 0.1], [0.4, 1.1], [0.2, 0.4]]}, "polygon[1]: expected x and y as shares of the frame"),
        ({"polygon": [[0.1, 0.1], [0.4, -0.1], [0.2, 0.4]]}, "polygon[1]: expected x and y as shares of the frame"),
        ({"polygon": [[0.1, 0.1], [0.4, 0.2], 3]}, "polygon[2]: expected x and y as shares of the frame"),
        ({"polygon": [[0.1, 0.1], [0.4, 0.2], [0.3, "b"]]}, "polygon[2]: expected x and y as shares of the frame"),
        ({"polygon": [[0.1, 0.1], [0.4, True], [0.3, 0.2]]}, "polygon[1]: expected x and y as shares of the frame"),
        ({"polygon": [[0.1, 0.1, 0.1], [0.4, 0.2], [0.3, 0.2]]}, "polygon[0]: expected x and y as shares"),
        ({"polygon": 3}, "polygon: expected a list of points [x, y], found 3"),
        ({"line": [[0.5, 0.5], [0.5, 0.5], [0.6, 0.5]]}, "line[1]: expected another point than the one before"),
        (
            {"polygon": [[0.1, 0.1], [0.4, 0.4], [0.4, 0.1], [0.1, 0.4]]},
            "polygon: expected edges that do not cross, found edge 0 across edge 2 ([0.1, 0.1] to [0.4, 0.4] and",
        ),
        ({"polygon": [[0.1, 0.1], [0.2, 0.1], [0.3, 0.1]]}, "polygon: expected an area of at least 0.0001"),
        ({"polygon": [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.5, 0.1]]}, "polygon: expected edges that do not cross"),
        (
            # two triangles that touch in a corner
            {"polygon": [[0.5, 0.5], [0.2, 0.2], [0.8, 0.2], [0.5, 0.5], [0.8, 0.8], [0.2, 0.8]]},
            "polygon: expected edges that do not cross",
        ),
        (
            {"line": [[0.1, 0.5], [0.9, 0.5], [0.1, 0.5]]},
            "line: expected edges that do not cross, found edge 0 across edge 1 ([0.1, 0.5] to [0.9, 0.5] and",
        ),
        ({"line": [[0.1, 0.1], [0.4, 0.4], [0.4, 0.1], [0.1, 0.4]]}, "line: expected edges that do not cross"),
        ({"polygon": SQUARE, "screen_deg": 91}, "screen_deg: expected degrees from -90 to 90, found 91"),
        ({"polygon": SQUARE, "screen_deg": True}, "screen_deg: expected degrees from -90 to 90, found True"),
        ({"line": SQUARE, "screen_deg": 9}, "expected either polygon = [[x, y], ...] or line"),
        ({}, "expected either polygon = [[x, y], ...] or line = [[x, y], ...], found nothing"),
        (SQUARE, "expected either polygon = [[x, y], ...] or line"),
        ({"polygon": SQUARE, "line": SQUARE}, "expected either polygon = [[x, y], ...] or line"),
        ({"circle": SQUARE}, "expected either polygon = [[x, y], ...] or line = [[x, y], ...], found circle"),
    ],
)
def test_a_wrong_zone_is_refused_at_its_place(zone: Any, expected: str) -> None:
    """With the camera, the zone, and the number of the point."""
    assert refused({"desk": zone}).startswith(f"[camera.a.zones] desk: {expected}")


@pytest.mark.parametrize("name", ["a b", "a/b", "+", "#", "a.b", "", "ä", "x" * 41, "a\n"])
def test_names_become_topics(name: str) -> None:
    """Of letters, digits, - and _."""
    assert "expected a name of 1 to 40 letters, digits, - and _" in refused({name: {"polygon": SQUARE}})


def test_names_differ_in_more_than_case() -> None:
    """Home automation does not tell them apart otherwise."""
    problems = Problems()
    read_zones("a", {"zones": {"Desk": {"polygon": SQUARE}, "desk": {"line": [[0, 0], [1, 1]]}}}, problems)

    assert problems == [
        "[camera.a.zones] desk: expected names that differ in more than upper and lower case, found Desk"
    ]


def test_what_is_no_table_of_zones_is_refused() -> None:
    """And more than travel with a frame."""
    many = {f"z{i}": {"polygon": SQUARE} for i in range(MOST + 1)}

    assert refused([SQUARE]).startswith("[camera.a.zones] expected a table of polygons and lines")
    assert refused(many) == "[camera.a.zones] expected at most 20 zones and lines, found 21"


def test_a_zone_needs_a_part_in_the_region() -> None:
    """No face is detected outside of it. Zones are shares of the whole frame."""
    outside = refused({"desk": {"polygon": SQUARE}}, region=[0.5, 0.0, 0.5, 1.0])

    assert outside.startswith("[camera.a.zones] desk: polygon: expected a part of it in the camera's region")
    problems = Problems()
    assert read_zones("a", {"zones": {"desk": {"polygon": SQUARE}}, "region": [0.3, 0, 0.5, 1]}, problems)
    assert problems == []


def test_a_plan_has_the_zones_of_its_cameras() -> None:
    """They are no option of the source, whose process does not restart when they change."""
    stub = {"use": "tests.pipeline.stubs:Numbers"}
    plan = make_plan(camera={"a": {**stub, "zones": {"desk": {"polygon": SQUARE}}}, "b": stub})

    assert list(plan.zones) == ["a"]
    assert "zones" not in plan["camera.a"].options
    with pytest.raises(ConfigError, match=r"\[camera\.a\.zones\] desk: polygon: expected 3 to 50"):
        make_plan(camera={"a": {**stub, "enabled": False, "zones": {"desk": {"polygon": []}}}, "b": stub})
