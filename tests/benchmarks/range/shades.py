"""Frames of one shade, some with a bright square."""

import numpy as np

from benchmarks.range.planes import empty, planes
from pipeline.messages import Array


def flat(luma: int, width: int = 64, height: int = 48) -> Array:
    """Return a frame of one colour."""
    frame = empty(width, height)
    frame[:height] = luma
    frame[height:] = 100
    return frame


def dotted(x: int, y: int) -> Array:
    """Return a frame with a bright square of 4 x 4 pixels around a point."""
    frame = flat(16)
    frame[y - 2 : y + 2, x - 2 : x + 2] = 235
    return frame


def centre(pixels: Array) -> tuple[float, float]:
    """Return the middle of what is bright."""
    y, x = np.nonzero(planes(pixels)[0] > 100)
    return float(x.mean()) + 0.5, float(y.mean()) + 0.5
