"""An I420 frame to draw on, in place.

Chroma has half the resolution of luma, so everything coloured starts on even pixels.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.display.drawing.layout import Rect
from models.display.drawing.text import Sprite

Plane = np.ndarray[Any, np.dtype[np.uint8]]

_SD_HEIGHT = 576
"""Largest height in pixels that means BT.601 if a stream does not specify its colours; higher frames are BT.709
(GStreamer's rule, `gst_video_info_set_format`)."""


class Canvas:
    """The three planes of a frame; every method clips to its bounds.

    Args:
        pixels: I420, `uint8[height * 3 // 2, width]`, contiguous, with even width and height; modified in place.
        full_range: Whether its luma ranges from 0 to 255 instead of 16 to 235.

    Raises:
        ValueError: The array has another shape, type or layout.
    """

    def __init__(self, pixels: Plane, full_range: bool = False) -> None:
        if pixels.ndim != 2 or pixels.shape[0] % 3 or pixels.shape[1] % 2 or pixels.dtype != np.uint8:
            raise ValueError(f"expected I420 uint8[height * 3 // 2, width], found {pixels.dtype}{list(pixels.shape)}")
        if not pixels.flags.c_contiguous:
            raise ValueError("expected I420 in one piece, found an array with gaps between its rows")
        height, width = pixels.shape[0] * 2 // 3, pixels.shape[1]
        chroma = pixels[height:].reshape(2, height // 2, width // 2)
        self.y: Plane = pixels[:height]
        self.u: Plane = chroma[0]
        self.v: Plane = chroma[1]
        self.bounds = Rect(0, 0, width, height)
        self._full_range = full_range

    def fill(self, rect: Rect, colour: str) -> None:
        """Fill a rectangle with a colour (`#RRGGBB`)."""
        x0, y0, x1, y1 = self._even(rect)
        y, u, v = self.colour(colour)
        self.y[y0:y1, x0:x1] = y
        self.u[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2] = u
        self.v[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2] = v

    def shade(self, rect: Rect, colour: str, opacity: float) -> None:
        """Blend a colour over a rectangle with an opacity of 0 to 1."""
        x0, y0, x1, y1 = self._even(rect)
        if x0 == x1 or y0 == y1:
            return
        half = slice(y0 // 2, y1 // 2), slice(x0 // 2, x1 // 2)
        areas = self.y[y0:y1, x0:x1], self.u[half], self.v[half]
        for area, value in zip(areas, self.colour(colour), strict=True):
            area[:] = cv2.LUT(area, _veil(value, opacity))

    def outline(self, rect: Rect, colour: str, thickness: int) -> None:
        """Draw a rectangle's outline, inside its bounds."""
        x0, y0, x1, y1 = rect
        t = max(0, min(thickness, rect.width // 2, rect.height // 2))
        self.fill(Rect(x0, y0, x1, y0 + t), colour)
        self.fill(Rect(x0, y1 - t, x1, y1), colour)
        self.fill(Rect(x0, y0 + t, x0 + t, y1 - t), colour)
        self.fill(Rect(x1 - t, y0 + t, x1, y1 - t), colour)

    def path(self, points: Sequence[tuple[float, float]], colour: str, thickness: int, *, closed: bool) -> None:
        """Draw lines from point to point, pixels; `closed`: back to the first one, too."""
        for plane, value, step in zip((self.y, self.u, self.v), self.colour(colour), (1, 2, 2), strict=True):
            corners = np.round(np.array(points) / step).astype(np.int32)
            cv2.polylines(plane, [corners], closed, value, max(1, thickness // step))

    def write(self, x: int, y: int, mask: NDArray[np.uint8]) -> None:
        """Draw light text, a mask `uint8[h, w]`, on a dark background, its upper left corner at (x, y) pixels.

        Only luma changes, to the maximum of both, which suits a dark plate and needs no multiplication.
        """
        area, part = self._onto(self.y, x, y, mask)
        np.maximum(area, part, out=area)

    def paste(self, x: int, y: int, sprite: Sprite) -> None:
        """Copy a sprite with its upper left corner at (x, y), both even."""
        for plane, part, step in zip((self.y, self.u, self.v), sprite, (1, 2, 2), strict=True):
            area, visible = self._onto(plane, x // step, y // step, part)
            area[:] = visible

    def colour(self, code: str) -> tuple[int, int, int]:
        """Return a colour (`#RRGGBB`) as Y, U and V of this frame."""
        return yuv(code, self.bounds.height > _SD_HEIGHT, self._full_range)

    @staticmethod
    def _onto(plane: Plane, x: int, y: int, part: NDArray[np.uint8]) -> tuple[Plane, NDArray[np.uint8]]:
        """Return the visible area of a part, as slices of the plane and of the part."""
        rect = Rect(x, y, x + part.shape[1], y + part.shape[0]).clipped(Rect(0, 0, plane.shape[1], plane.shape[0]))
        return plane[rect.y0 : rect.y1, rect.x0 : rect.x1], part[rect.y0 - y : rect.y1 - y, rect.x0 - x : rect.x1 - x]

    def pixelate(self, rect: Rect, blocks: int) -> None:
        """Replace a rectangle by `blocks` x `blocks` single-coloured squares, beyond recognition."""
        x0, y0, x1, y1 = self._even(rect)
        if x0 == x1 or y0 == y1:
            return
        half = slice(y0 // 2, y1 // 2), slice(x0 // 2, x1 // 2)
        for area in (self.y[y0:y1, x0:x1], self.u[half], self.v[half]):
            height, width = area.shape
            small = cv2.resize(area, (min(blocks, width), min(blocks, height)), interpolation=cv2.INTER_AREA)
            area[:] = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)

    def _even(self, rect: Rect) -> Rect:
        x0, y0, x1, y1 = rect.clipped(self.bounds)
        return Rect(x0 & ~1, y0 & ~1, (x1 + 1) & ~1, (y1 + 1) & ~1)


@lru_cache(maxsize=64)
def yuv(colour: str, high_definition: bool = False, full_range: bool = False) -> tuple[int, int, int]:
    """Return a colour (`#RRGGBB`) as video levels: Y 16 to 235, U and V 16 to 240, or all 0 to 255."""
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    kr, kb = (0.2126, 0.0722) if high_definition else (0.299, 0.114)
    y = kr * r + (1 - kr - kb) * g + kb * b
    u, v = (b - y) / (2 - 2 * kb), (r - y) / (2 - 2 * kr)
    if full_range:
        return round(255 * y), round(128 + 254 * u), round(128 + 254 * v)
    return round(16 + 219 * y), round(128 + 224 * u), round(128 + 224 * v)


@lru_cache(maxsize=64)
def _veil(value: int, opacity: float) -> NDArray[np.uint8]:
    return np.round(np.arange(256) * (1 - opacity) + value * opacity).astype(np.uint8)
