"""A small picture of one person, cut out of the picture of all."""

import cv2
import numpy as np

from models.drawing.canvas import Canvas, Plane
from models.drawing.layout import Rect
from models.levels import to_bgr

AROUND = 0.3
"""Part of a face's box that is shown beyond each side of it."""
QUALITY = 88
"""Of JPEG."""


def cut_out(pixels: Plane, box: tuple[float, float, float, float], rows: int, full_range: bool = False) -> bytes | None:
    """Return the surroundings of a face as a JPEG file; None where it lies outside the picture.

    Args:
        pixels: I420, `uint8[height * 3 // 2, width]`.
        box: The face: x, y, width, height in pixels; it may reach outside.
        rows: Height of what is returned.
        full_range: Whether the luma goes from 0 to 255.
    """
    canvas = Canvas(pixels)
    x, y, width, height = box
    face = Rect(round(x), round(y), round(x + width), round(y + height))
    around = face.grown(round(AROUND * width), round(AROUND * height))
    x0, y0, x1, y1 = (value & ~1 for value in around.clipped(canvas.bounds))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return None
    half = slice(y0 // 2, y1 // 2), slice(x0 // 2, x1 // 2)
    planes = (canvas.y[y0:y1, x0:x1], canvas.u[half], canvas.v[half])
    part = np.concatenate([plane.ravel() for plane in planes]).reshape((y1 - y0) * 3 // 2, x1 - x0)
    colours = to_bgr(part, full_range)
    size = max(1, round(rows * (x1 - x0) / (y1 - y0))), rows
    small = cv2.resize(colours, size, interpolation=cv2.INTER_AREA if y1 - y0 > rows else cv2.INTER_CUBIC)
    good, data = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    return data.tobytes() if good else None
