"""Downscaled images for detectors, made from I420 without converting the full frame."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

BILINEAR_BELOW = 2.0
"""Largest ratio for bilinear scaling: four neighbours still cover every pixel. In tiles it finds as many far faces as
averaging, which costs 0.6 ms more (ratio 1.92, 240 x 176 pixels)."""
_TURNS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}
"""OpenCV's name of each number of quarters, counterclockwise."""


def luma(picture: Picture) -> Picture:
    """Return the luma plane `uint8[height, width]` of an I420 frame, as a view."""
    return picture[: picture.shape[0] * 2 // 3]


def small_rgb(picture: Picture, longest: int) -> tuple[Picture, float]:
    """Return the frame as RGB, scaled down so that no side exceeds `longest`, and the factor back to the original.

    Args:
        picture: I420, `uint8[height * 3 // 2, width]`.
        longest: Largest side of the result, pixels.
    """
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    factor = max(height, width) / longest
    if factor <= 1:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_YUV2RGB_I420), np.uint8), 1.0
    w, h = (max(2, 2 * round(side / factor / 2)) for side in (width, height))
    small = np.empty((h * 3 // 2, w), np.uint8)
    _shrink(picture[:height], small[:h])
    chroma = picture[height:].reshape(2, height // 2, width // 2)
    for plane, out in zip(chroma, small[h:].reshape(2, h // 2, w // 2), strict=True):
        _shrink(plane, out)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_YUV2RGB_I420), np.uint8), width / w


def fitted_rgb(picture: Picture, width: int, height: int) -> Picture:
    """Return the frame as RGB, scaled to the largest even size that fits into `width` x `height` pixels.

    The planes are scaled before they become RGB, which is then a conversion of few pixels.

    Args:
        picture: I420, `uint8[rows * 3 // 2, columns]`.
        width: Most columns of the result, even.
        height: Most rows of the result, even.
    """
    rows, columns = picture.shape[0] * 2 // 3, picture.shape[1]
    factor = min(width / columns, height / rows)
    w, h = (max(2, min(most, 2 * round(side * factor / 2))) for side, most in ((columns, width), (rows, height)))
    small = np.empty((h * 3 // 2, w), np.uint8)
    _shrink(picture[:rows], small[:h])
    chroma = picture[rows:].reshape(2, rows // 2, columns // 2)
    for plane, out in zip(chroma, small[h:].reshape(2, h // 2, w // 2), strict=True):
        _shrink(plane, out)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_YUV2RGB_I420), np.uint8)


def cut_picture(picture: Picture, left: int, top: int, width: int, height: int) -> Picture:
    """Return a part of a frame as an I420 frame of its own, `uint8[height * 3 // 2, width]`, a contiguous copy.

    Args:
        picture: I420, `uint8[rows * 3 // 2, columns]`.
        left: First column, even; the part lies inside the frame.
        top: First row, even.
        width: Columns, even, at least 2.
        height: Rows, even, at least 2.
    """
    rows, columns = picture.shape[0] * 2 // 3, picture.shape[1]
    part = np.empty((height * 3 // 2, width), np.uint8)
    part[:height] = picture[top : top + height, left : left + width]
    chroma = picture[rows:].reshape(2, rows // 2, columns // 2)
    x, y, w, h = left // 2, top // 2, width // 2, height // 2
    part[height:].reshape(2, h, w)[:] = chroma[:, y : y + h, x : x + w]
    return part


def turned_picture(picture: Picture, quarters: int) -> Picture:
    """Return an I420 frame `uint8[height * 3 // 2, width]` turned counterclockwise by a number of quarters."""
    rows, columns = picture.shape[0] * 2 // 3, picture.shape[1]
    if not quarters % 4:
        return picture
    height, width = (columns, rows) if quarters % 2 else (rows, columns)
    turned = np.empty((height * 3 // 2, width), np.uint8)
    # OpenCV turns 18 times as fast as NumPy
    cv2.rotate(picture[:rows], _TURNS[quarters % 4], dst=turned[:height])
    chroma = picture[rows:].reshape(2, rows // 2, columns // 2)
    for plane, out in zip(chroma, turned[height:].reshape(2, height // 2, width // 2), strict=True):
        cv2.rotate(plane, _TURNS[quarters % 4], dst=out)
    return turned


def small_gray(picture: Picture, longest: int) -> tuple[Picture, float]:
    """Return the luma `uint8[h, w]`, no side above `longest` pixels, and the factor back to the original size."""
    gray = luma(picture)
    factor = max(gray.shape) / longest
    if factor <= 1:
        return gray, 1.0
    height, width = (max(1, round(side / factor)) for side in gray.shape)
    small = np.empty((height, width), np.uint8)
    _shrink(gray, small)
    return small, factor


def _shrink(plane: Picture, out: Picture) -> None:
    """Scale a plane down into a smaller one: halve it while it is more than twice as large, then scale the rest.

    OpenCV averages 2 x 2 pixels at least ten times faster than areas of any other ratio.
    """
    height, width = out.shape
    while plane.shape[0] > 2 * height and plane.shape[1] > 2 * width and not any(side % 2 for side in plane.shape):
        half = plane.shape[1] // 2, plane.shape[0] // 2
        plane = np.asarray(cv2.resize(plane, half, interpolation=cv2.INTER_AREA), np.uint8)
    little = plane.shape[0] < BILINEAR_BELOW * height and plane.shape[1] < BILINEAR_BELOW * width
    cv2.resize(plane, (width, height), dst=out, interpolation=cv2.INTER_LINEAR if little else cv2.INTER_AREA)
