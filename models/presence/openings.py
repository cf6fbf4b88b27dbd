"""How far eyes and mouth are open, from landmarks: ratios of lengths, which do not depend on the size of the face."""

from typing import NamedTuple

import numpy as np

from models.detectors.base import Floats

LEFT_EYE = (362, 385, 387, 263, 373, 380)
RIGHT_EYE = (33, 160, 158, 133, 153, 144)
"""Landmarks of the person's own left and right eye, in the order of Soukupova & Cech 2016: one corner, two points of
the upper lid, the other corner, two points of the lower lid."""
MOUTH = (78, 13, 308, 14)
"""Landmarks of the inner edge of the lips: right corner, middle of the upper lip, left corner, of the lower lip."""


class Openings(NamedTuple):
    """How far a face's eyes and mouth are open.

    Attributes:
        eye_left: Eye aspect ratio of the person's own left eye: distance of the lids over that of the corners.
        eye_right: The same of the right eye.
        mouth: Distance of the lips over that of the mouth's corners, at their inner edge; 0 is closed.
    """

    eye_left: float
    eye_right: float
    mouth: float


def openings(points: Floats) -> Openings:
    """Return the openings of a face.

    Args:
        points: Landmarks of MediaPipe's face mesh, `float[468, 3]`: x, y and z on one scale, so that a turned face has
            the ratios of a frontal one.
    """
    right, upper, left, lower = MOUTH
    return Openings(
        _aspect_ratio(points, LEFT_EYE),
        _aspect_ratio(points, RIGHT_EYE),
        _distance(points, upper, lower) / max(_distance(points, right, left), 1e-9),
    )


def _aspect_ratio(points: Floats, eye: tuple[int, ...]) -> float:
    a, b, c, d, e, f = eye
    lids = _distance(points, b, f) + _distance(points, c, e)
    return lids / max(2 * _distance(points, a, d), 1e-9)


def _distance(points: Floats, a: int, b: int) -> float:
    return float(np.linalg.norm(points[a] - points[b]))
