"""Pose of a head from its landmarks: yaw, pitch and roll.

The axes of the face are lines between landmarks of its rigid parts, made orthogonal. Their angles follow Slabaugh 1999,
"Computing Euler angles from a rotation matrix": the matrix is the product of roll, yaw and pitch, so yaw and pitch are
those of the head turned upright, as its crop is. Perspective is ignored.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.detectors.base import Floats

ACROSS = ((33, 263), (133, 362), (234, 454), (127, 356))
"""Landmarks at equal heights, the one on the left of a frontal face in the frame first: outer and inner corners of the
eyes, edges of the cheeks and of the temples."""
DOWN = ((10, 152), (103, 172), (332, 397))
"""Landmarks above each other: from the forehead to the chin, and from its sides to those of the jaw."""


class Pose(NamedTuple):
    """Where a head is turned, in degrees; a face that looks into the camera has zeros.

    Attributes:
        yaw: Positive towards the right edge of the frame, -90 to 90.
        pitch: Positive upwards, -180 to 180.
        roll: Tilt, positive clockwise in the frame, -180 to 180.
    """

    yaw: float
    pitch: float
    roll: float


def head_pose(points: Floats) -> Pose:
    """Return the pose of a head.

    Args:
        points: Landmarks of MediaPipe's face mesh, `float[468, 3]`: x to the right, y down, z away from the camera, on
            one scale.
    """
    across, down = _line(points, ACROSS), _line(points, DOWN)
    x = across / np.linalg.norm(across)
    y = down - (down @ x) * x
    y /= np.linalg.norm(y)
    z = np.cross(x, y)
    yaw = math.asin(min(1.0, max(-1.0, x[2])))
    return Pose(*(math.degrees(angle) for angle in (yaw, -math.atan2(y[2], z[2]), math.atan2(x[1], x[0]))))


def _line(points: Floats, pairs: tuple[tuple[int, int], ...]) -> NDArray[np.float64]:
    a, b = zip(*pairs, strict=True)
    return np.asarray((points[list(b)] - points[list(a)]).sum(axis=0), np.float64)
