"""Openings of a face made by the program, and of portraits."""

import numpy as np
import pytest

from models.presence.openings import LEFT_EYE, MOUTH, RIGHT_EYE, openings
from tests.support.heads import opened, turn


def test_openings_are_ratios_of_lengths() -> None:
    """The left eye is the person's own, on the right of the frame."""
    found = openings(opened(left=0.3, right=0.1, mouth=0.5))

    assert found == pytest.approx((0.3, 0.1, 0.5), abs=1e-6)
    points = opened(left=0.3, right=0.1, mouth=0.5)
    assert points[list(LEFT_EYE), 0].mean() > 0 > points[list(RIGHT_EYE), 0].mean()


@pytest.mark.parametrize("angles", [(0, 0, 15), (40, 0, 0), (-30, 20, -50)])
def test_a_turned_face_has_the_openings_of_a_frontal_one(angles: tuple[float, float, float]) -> None:
    """At any size, too."""
    points = turn(opened(left=0.25, right=0.3, mouth=0.2), *angles) * 0.4 + (300, 200, 0)

    assert openings(points) == pytest.approx((0.25, 0.3, 0.2), abs=1e-6)


def test_a_mirrored_face_has_the_other_eye() -> None:
    """The mouth stays."""
    points = opened(left=0.25, right=0.3, mouth=0.2) * (-1, 1, 1)
    for a, b in zip(LEFT_EYE, np.array(RIGHT_EYE)[[3, 2, 1, 0, 5, 4]], strict=True):
        points[[a, b]] = points[[b, a]]
    points[[MOUTH[0], MOUTH[2]]] = points[[MOUTH[2], MOUTH[0]]]

    assert openings(points) == pytest.approx((0.3, 0.25, 0.2), abs=1e-6)


def test_points_in_one_place_are_no_error() -> None:
    """A network may answer anything."""
    assert openings(np.zeros((468, 3), np.float32)) == (0, 0, 0)
