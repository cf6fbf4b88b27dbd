"""Converts decoded images to I420, the form of all frames."""

from typing import Any

import cv2
import numpy as np

from pipeline.messages import Array

LARGEST = 8192
"""Maximum columns and rows of a frame, pixels, unless another size is requested. A ring holds a dozen frames of this
size, 1.2 GB; a file of three megabytes may hold one of 16,000 by 16,000."""


def to_i420(image: Array, code: int, width: int = 0, height: int = 0) -> Array:
    """Convert to I420 of even size.

    Args:
        image: `uint8[rows, columns, 3]`.
        code: OpenCV's conversion: `cv2.COLOR_BGR2YUV_I420` or `cv2.COLOR_RGB2YUV_I420`.
        width: Maximum width; larger frames are scaled down in proportion. 0: `LARGEST`.
        height: Maximum height, likewise.
    """
    rows, columns = image.shape[:2]
    scale = min(1.0, (width or LARGEST) / columns, (height or LARGEST) / rows)
    size = max(2, round(columns * scale) & ~1), max(2, round(rows * scale) & ~1)
    if size != (columns, rows):
        image = _array(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    return _array(cv2.cvtColor(image, code))


def _array(value: Any) -> Array:
    return np.asarray(value, np.uint8)
