"""Video levels: luma from 16 to 235 (limited range) or 0 to 255 (full range, as sent by MJPEG cameras)."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_STEPS = np.arange(256)
_LUMA = np.rint(16 + _STEPS * 219 / 255).astype(np.uint8)
_CHROMA = np.rint(128 + (_STEPS - 128) * 224 / 255).astype(np.uint8)


def limited(pixels: Picture, full_range: bool = True) -> Picture:
    """Return a frame in limited range; returns the same array if it already is.

    Args:
        pixels: I420, `uint8[height * 3 // 2, width]`.
        full_range: Whether its luma ranges from 0 to 255.
    """
    if not full_range:
        return pixels
    rows = pixels.shape[0] * 2 // 3
    result = np.empty_like(pixels)
    cv2.LUT(pixels[:rows], _LUMA, dst=result[:rows])
    cv2.LUT(pixels[rows:], _CHROMA, dst=result[rows:])
    return result


def to_bgr(pixels: Picture, full_range: bool = False) -> Picture:
    """Return an I420 frame as BGR, `uint8[height, width, 3]`."""
    return np.asarray(cv2.cvtColor(limited(pixels, full_range), cv2.COLOR_YUV2BGR_I420), np.uint8)
