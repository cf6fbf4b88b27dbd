"""Detection in a part of a frame, also in one that is turned: boxes come back in pixels of the frame."""

import numpy as np
from numpy.typing import NDArray

from models.detectors.base import Detections, FaceDetector, Floats
from models.detectors.picture import cut_picture, turned_picture
from models.search.tiles import Region


def detect_in(
    detector: FaceDetector, picture: NDArray[np.uint8], region: Region | None = None, quarters: int = 0
) -> Detections:
    """Return the faces that a detector finds in a part of a frame.

    Args:
        detector: The detector.
        picture: I420, `uint8[height * 3 // 2, width]`.
        region: The part; None for the whole frame.
        quarters: Quarters of a turn, counterclockwise, by which the part is turned before: heads that are tilted
            clockwise by as much become upright.
    """
    width, height = picture.shape[1], picture.shape[0] * 2 // 3
    x, y, w, h = region or (0, 0, width, height)
    part = picture if (w, h) == (width, height) else cut_picture(picture, x, y, w, h)
    found = detector.detect(turned_picture(part, quarters))
    if not len(found):
        return found
    if not quarters % 4:
        return _moved(found, x, y)
    sides = (h, w) if quarters % 2 else (w, h)
    corners = found.boxes.reshape(-1, 2, 2).copy()
    corners[:, 1] += corners[:, 0]
    corners, eyes = (_turned(points, -quarters, *sides) for points in (corners, found.eyes))
    low, high = corners.min(axis=1), corners.max(axis=1)
    return _moved(Detections.of(np.concatenate([low, high - low], axis=1), found.scores, eyes), x, y)


def _moved(found: Detections, x: float, y: float) -> Detections:
    boxes = found.boxes + np.array([x, y, 0, 0], np.float32)
    return Detections(boxes, found.scores, found.eyes + np.array([x, y], np.float32))


def _turned(points: Floats, quarters: int, width: int, height: int) -> Floats:
    """Return points `float32[n, m, 2]` of an image after it is turned counterclockwise."""
    for _ in range(quarters % 4):
        points = np.stack([points[..., 1], width - points[..., 0]], axis=-1)
        width, height = height, width
    return points
