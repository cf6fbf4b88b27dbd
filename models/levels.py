"""Video levels: luma from 16 to 235 (limited range) or 0 to 255 (full range, as sent by MJPEG cameras)."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_LUMA, _CHROMA = 219 / 255, 224 / 255
"""Steps of the limited range per step of the full one."""


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
    # two to three times as fast as a table, and the same values
    cv2.convertScaleAbs(pixels[:rows], dst=result[:rows], alpha=_LUMA, beta=16)
    cv2.convertScaleAbs(pixels[rows:], dst=result[rows:], alpha=_CHROMA, beta=128 - 128 * _CHROMA)
    return result


def to_bgr(pixels: Picture, full_range: bool = False) -> Picture:
    """Return an I420 frame as BGR, `uint8[height, width, 3]`."""
    return np.asarray(cv2.cvtColor(limited(pixels, full_range), cv2.COLOR_YUV2BGR_I420), np.uint8)
