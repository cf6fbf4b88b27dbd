"""One face, one box: what several parts of a frame and several networks found, without repetitions."""

import numpy as np
from numpy.typing import NDArray

from models.detectors.base import NOBODY, Detections, Floats
from models.search.tiles import Region

SAME = 0.3
"""Minimum intersection over union of two boxes that are one face, as inside the networks."""
INSIDE = 0.6
"""Minimum share of the smaller box inside the larger one for both to be one face: a face cut off by a tile's edge has a
box of its own."""
EDGE = 0.05
"""Distance to a tile's edge, in sides of the box, below which a face counts as cut off."""


def cut_off(boxes: Floats, region: Region, width: int, height: int) -> NDArray[np.bool_]:
    """Return which boxes `float32[n, 4]` touch an edge of a part that is not the frame's own edge.

    Args:
        boxes: x, y, width, height, pixels of the frame.
        region: The part in which they were found.
        width: Columns of the frame.
        height: Rows of the frame.
    """
    margin = EDGE * boxes[:, 2:].mean(axis=1)
    low, high = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    touch = np.zeros(len(boxes), bool)
    for axis, (start, side, whole) in enumerate(((region.x, region.width, width), (region.y, region.height, height))):
        if start > 0:
            touch |= low[:, axis] < start + margin
        if start + side < whole - 1:
            touch |= high[:, axis] > start + side - margin
    return touch


def one_box_each(boxes: Floats, order: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the numbers of the boxes to keep, first in rank first.

    Args:
        boxes: `float32[n, 4]`: x, y, width, height.
        order: `float32[n]`: of two boxes of one face, the one with the higher value stays.
    """
    if len(boxes) <= 1:
        return np.arange(len(boxes))
    left = np.argsort(-order, kind="stable")
    kept = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        left = left[~same_face(boxes[best], boxes[left])]
    return np.asarray(kept, np.int64)


def same_face(box: Floats, others: Floats) -> NDArray[np.bool_]:
    """Return which of some boxes `float32[n, 4]` are of the same face as a box `float32[4]`."""
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[:2] + box[2:], others[:, :2] + others[:, 2:])
    common = np.clip(high - low, 0, None).prod(axis=1)
    area, areas = box[2:].prod(), others[:, 2:].prod(axis=1)
    smaller = np.minimum(area, areas)
    return np.asarray((common > SAME * (area + areas - common)) | (common > INSIDE * smaller), bool)


def joined(parts: list[Detections]) -> Detections:
    """Return the faces of several searches as one."""
    filled = [part for part in parts if len(part)]
    if len(filled) == 1:
        return filled[0]
    if not filled:
        return NOBODY
    return Detections(*(np.concatenate([getattr(p, name) for p in filled]) for name in ("boxes", "scores", "eyes")))
