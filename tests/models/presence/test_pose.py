"""A known face, turned by known angles and projected, has these angles again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.presence.pose import ACROSS, head_pose
from tests.support.heads import known_face, turned


@given(st.floats(-85, 85), st.floats(-85, 85), st.floats(-175, 175))
def test_known_angles_come_back(yaw: float, pitch: float, roll: float) -> None:
    """Wherever the face is in the frame, and however large."""
    points = turned(yaw, pitch, roll) * 0.7 + (300, 200, 0)

    assert head_pose(points) == pytest.approx((yaw, pitch, roll), abs=1e-6)


def test_the_signs_are_those_of_the_frame() -> None:
    """The nose of a face with a positive yaw is right of its eyes, with a positive pitch above them."""
    nose = np.array([0, 0, -60.0])  # in front of the face
    points = known_face()
    points[1] = nose
    assert head_pose(points) == pytest.approx((0, 0, 0), abs=1e-9)

    right = points @ np.array([[0.8, 0, -0.6], [0, 1, 0], [0.6, 0, 0.8]]).T
    assert right[1, 0] > 0 and head_pose(right).yaw > 30
    up = points @ np.array([[1, 0, 0], [0, 0.8, 0.6], [0, -0.6, 0.8]]).T
    assert up[1, 1] < 0 and head_pose(up).pitch > 30


@pytest.mark.parametrize("angle", [-30.0, 50.0])
def test_a_mirrored_face_is_turned_to_the_other_side(angle: float) -> None:
    """Yaw and roll change their signs, pitch does not."""
    points = turned(angle, 12, -9) * (-1, 1, 1)
    for a, b in ACROSS:
        points[[a, b]] = points[[b, a]]

    assert head_pose(points) == pytest.approx((-angle, 12, 9), abs=1e-6)


def test_an_open_mouth_changes_pitch_by_little() -> None:
    """The chin moves, the rest of the face does not: five degrees at most for 3 centimetres."""
    points = turned(0, 0, 0)
    points[152] += (0, 30, 15)

    assert abs(head_pose(points).pitch) < 5
