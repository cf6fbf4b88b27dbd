"""From a face in a frame to the network's input: a gray crop of the network's size, framed like FER2013."""

import math

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.detectors.base import Framing

ROTATE_ABOVE_DEG = 15.0
"""Degrees of tilt above which a head is turned upright; 90 % of the faces of FER2013, which is not aligned, are within
18."""
_STRETCH = np.clip(np.rint((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)
"""Table from video luma, 16 to 235 (BT.601, BT.709), to the gray levels of FER2013, 0 to 255."""

Gray = NDArray[np.uint8]


def face_square(box: ArrayLike, framing: Framing) -> tuple[float, float, float]:
    """Return centre x, centre y and side of the square to crop, in pixels.

    Args:
        box: x, y, width, height.
        framing: How the detector's boxes map to squares.
    """
    x, y, width, height = np.asarray(box, np.float64).tolist()
    return x + width / 2, y + height / 2 - framing.up * height, framing.scale * (width + height) / 2


def roll_deg(eyes: ArrayLike) -> float:
    """Return the tilt of a head, in degrees clockwise in the frame; 0 if the eyes are unknown.

    Args:
        eyes: `float[2, 2]`: x and y of the left and the right eye as seen in the frame.
    """
    (x0, y0), (x1, y1) = np.asarray(eyes, np.float64)
    angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
    return 0.0 if math.isnan(angle) else angle


def crop_square(
    gray: Gray, x: float, y: float, side: float, size: int, angle_deg: float = 0.0, *, full_range: bool = False
) -> Gray:
    """Crop a square out of a frame; beyond the frame's edge, the edge is repeated.

    Args:
        gray: Luma of a video frame, `uint8[height, width]`.
        x: Centre, pixels from the left.
        y: Centre, pixels from the top.
        side: Side of the square, pixels of the frame.
        size: Side of the result, pixels.
        angle_deg: Tilt of the head in degrees; above `ROTATE_ABOVE_DEG` the crop is rotated upright.
        full_range: Whether the luma ranges from 0 to 255 instead of 16 to 235.

    Returns:
        `uint8[size, size]`, 0 to 255.
    """
    pixels = max(2, round(side))
    if abs(angle_deg) > ROTATE_ABOVE_DEG:
        turn = cv2.getRotationMatrix2D((x, y), angle_deg, 1.0)
        turn[0, 2] += pixels / 2 - x
        turn[1, 2] += pixels / 2 - y
        square = cv2.warpAffine(gray, turn, (pixels, pixels), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    else:
        square = cut_square(gray, round(x - side / 2), round(y - side / 2), pixels)
    # area averaging is only right for downscaling
    how = cv2.INTER_AREA if pixels >= size else cv2.INTER_LINEAR
    crop = cv2.resize(square, (size, size), interpolation=how)
    return np.asarray(crop if full_range else cv2.LUT(crop, _STRETCH), np.uint8)


def sharpness(crop: Gray) -> float:
    """Return the variance of the Laplacian of a crop `uint8[h, w]`, squared gray levels.

    Low means blur (Pech-Pacheco et al. 2000).
    """
    _, deviation = cv2.meanStdDev(cv2.Laplacian(crop, cv2.CV_32F))
    return float(deviation[0, 0]) ** 2


def cut_square(gray: Gray, left: int, top: int, side: int) -> Gray:
    """Return a square of whole pixels, unscaled, `uint8[side, side]`; a view if it lies inside the frame.

    Args:
        gray: `uint8[height, width]`.
        left: First column; may lie outside the frame, where the edge is repeated.
        top: First row, likewise.
        side: Pixels, at least 1.
    """
    height, width = gray.shape
    # a square completely outside the frame becomes the nearest row and column
    x0, x1 = (min(max(v, 0), width - 1) for v in (left, left + side - 1))
    y0, y1 = (min(max(v, 0), height - 1) for v in (top, top + side - 1))
    inside = gray[y0 : y1 + 1, x0 : x1 + 1]
    if inside.shape == (side, side):
        return inside
    before_x = min(max(-left, 0), side - inside.shape[1])
    before_y = min(max(-top, 0), side - inside.shape[0])
    border = (before_y, side - inside.shape[0] - before_y, before_x, side - inside.shape[1] - before_x)
    return np.asarray(cv2.copyMakeBorder(inside, *border, cv2.BORDER_REPLICATE), np.uint8)
