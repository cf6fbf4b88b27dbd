"""The part of a frame in which faces are detected, given as shares of the frame."""

import math
from collections.abc import Sequence

import numpy as np

from models.detectors.base import Floats
from models.search.tiles import Region


def region_of(shares: Sequence[float], width: int, height: int) -> Region:
    """Return a region in even pixels, at least 2 x 2, inside the frame.

    Args:
        shares: x, y, width and height as shares of the frame, 0 to 1.
        width: Columns of the frame, even.
        height: Rows of the frame, even.
    """
    (left, right), (top, bottom) = (
        _span(start, length, size) for start, length, size in zip(shares[:2], shares[2:], (width, height), strict=True)
    )
    return Region(left, top, right - left, bottom - top)


def in_frame(box: Floats, part: Region | None) -> Floats:
    """Return a box of a part of the frame in pixels of the frame.

    Args:
        box: x, y, width and height, shape (4,), pixels of the part.
        part: The part; None is the whole frame.
    """
    return box if part is None else np.asarray(box + np.array([part.x, part.y, 0, 0], np.float32))


def is_inside(box: Floats, part: Region | None) -> bool:
    """Return whether the centre of a box lies in a part of the frame; half a face may show at its edge.

    Args:
        box: x, y, width and height, shape (4,), pixels of the frame.
        part: The part; None is the whole frame.
    """
    if part is None:
        return True
    x, y = box[:2] + box[2:] / 2
    return bool(0 <= x - part.x <= part.width and 0 <= y - part.y <= part.height)


def around(region: Region, width: int, height: int) -> list[Region]:
    """Return what is outside of a region as at most four rectangles."""
    x, y, w, h = region
    parts = (
        Region(0, 0, width, y),
        Region(0, y + h, width, height - y - h),
        Region(0, y, x, h),
        Region(x + w, y, width - x - w, h),
    )
    return [part for part in parts if part.width and part.height]


def _span(start: float, length: float, size: int) -> tuple[int, int]:
    # thirds and tenths are no exact numbers: a thousandth of a pixel is none
    first = min(2 * math.floor(start * size / 2 + 5e-4), size - 2)
    return first, max(first + 2, min(size, 2 * math.ceil((start + length) * size / 2 - 5e-4)))
