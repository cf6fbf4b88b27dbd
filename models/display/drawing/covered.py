"""What a panel covers, small: where the frame is shown so small that the panel cannot be read, it is put back."""

import math
from typing import Any, NamedTuple

import cv2
import numpy as np

from models.display.drawing.canvas import Canvas, Plane
from models.display.drawing.layout import Rect

READABLE_PX, VISIBLE_PX = 7.5, 2.5
"""Smallest font size that can be read on a screen, and smallest thickness of a bar that can be seen, pixels."""
HALF = 2
"""Factor by which the pixels are kept smaller: they are only shown where the frame is shrunk."""


class Covered(NamedTuple):
    """The area of a panel and what was there before, `uint8`: luma, then both chroma planes at half its size."""

    rect: Rect
    size: tuple[int, int]
    """Columns and rows of `pixels`' luma, even."""
    pixels: bytes
    least_width: int
    """Columns in which the whole frame must be shown for the panel to be readable."""


def cut(canvas: Canvas, rect: Rect, font_px: int, bar_px: int) -> Covered:
    """Return what is at a place before a panel is drawn there.

    Args:
        canvas: The frame.
        rect: The panel's area.
        font_px: Size of its names; 0 without names.
        bar_px: Thickness of its bars.
    """
    x0, y0, x1, y1 = rect.clipped(canvas.bounds)
    rect = Rect(x0 & ~1, y0 & ~1, (x1 + 1) & ~1, (y1 + 1) & ~1)
    size = max(2, rect.width // HALF & ~1), max(2, rect.height // HALF & ~1)
    parts = [_resized(canvas.y[rect.y0 : rect.y1, rect.x0 : rect.x1], size)]
    half = slice(rect.y0 // 2, rect.y1 // 2), slice(rect.x0 // 2, rect.x1 // 2)
    parts += [_resized(plane[half], (size[0] // 2, size[1] // 2)) for plane in (canvas.u, canvas.v)]
    enlargement = READABLE_PX / font_px if font_px else VISIBLE_PX / bar_px
    least = math.ceil(canvas.bounds.width * enlargement)
    return Covered(rect, size, b"".join(part.tobytes() for part in parts), least)


def put_back(canvas: Canvas, covered: Covered, scale: float) -> None:
    """Replace a panel by what it covered.

    Args:
        canvas: The frame, which may have been scaled since.
        covered: The panel.
        scale: Columns of the frame over those that it had.
    """
    # a pixel more on each side: the edge of the panel was mixed with what is beside it
    x0, y0, x1, y1 = Rect(*(round(edge * scale) for edge in covered.rect)).grown(1).clipped(canvas.bounds)
    x0, y0, x1, y1 = x0 & ~1, y0 & ~1, (x1 + 1) & ~1, (y1 + 1) & ~1
    if x1 <= x0 or y1 <= y0:
        return
    (width, height), pixels = covered.size, np.frombuffer(covered.pixels, np.uint8)
    luma, chroma = width * height, width * height // 4
    canvas.y[y0:y1, x0:x1] = _resized(pixels[:luma].reshape(height, width), (x1 - x0, y1 - y0))
    for plane, start in ((canvas.u, luma), (canvas.v, luma + chroma)):
        part = pixels[start : start + chroma].reshape(height // 2, width // 2)
        area = plane[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2]
        area[:] = _resized(part, (area.shape[1], area.shape[0]))


def _resized(plane: Plane, size: tuple[int, int]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    how = cv2.INTER_AREA if size[0] < plane.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, size, interpolation=how), np.uint8)
