"""A portrait of one person, cropped from a frame."""

import cv2
import numpy as np

from models.display.drawing.canvas import Canvas, Plane
from models.display.drawing.layout import Rect
from models.levels import to_bgr

AROUND = 0.3
"""Margin around a face's box, as a fraction of its side."""
OUTLINE_PX = 4
"""Pixels inside a box that its outline covers in a frame of 720 rows, including rounding."""
QUALITY = 88
"""JPEG quality."""


def cut_out(
    pixels: Plane,
    box: tuple[float, float, float, float],
    rows: int,
    full_range: bool = False,
    *,
    bare: bool = False,
) -> bytes | None:
    """Return a face and its surroundings as a JPEG file, or None if it lies outside the frame.

    The planes are scaled before the colour conversion, because most faces are larger than their portraits.

    Args:
        pixels: I420, `uint8[height * 3 // 2, width]`.
        box: The face: x, y, width, height in pixels; it may extend beyond the frame.
        rows: Height of the portrait in pixels, rounded down to an even number.
        full_range: Whether the luma ranges from 0 to 255.
        bare: Whether to stay inside the outline drawn by the overlay, which excludes its label and bars.
    """
    canvas = Canvas(pixels)
    x, y, width, height = box
    face = Rect(round(x), round(y), round(x + width), round(y + height))
    # of a small face at least half is shown
    inset = min(OUTLINE_PX * max(1, round(canvas.bounds.height / 720)), round(min(width, height) / 4))
    around = face.grown(-inset) if bare else face.grown(round(AROUND * width), round(AROUND * height))
    x0, y0, x1, y1 = (value & ~1 for value in around.clipped(canvas.bounds))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return None
    half = slice(y0 // 2, y1 // 2), slice(x0 // 2, x1 // 2)
    width2, rows2 = max(1, round(rows * (x1 - x0) / (y1 - y0) / 2)), max(1, rows // 2)
    how = cv2.INTER_AREA if y1 - y0 > rows else cv2.INTER_CUBIC
    luma = cv2.resize(canvas.y[y0:y1, x0:x1], (2 * width2, 2 * rows2), interpolation=how)
    chroma = [cv2.resize(plane[half], (width2, rows2), interpolation=how) for plane in (canvas.u, canvas.v)]
    part = np.concatenate([plane.ravel() for plane in (luma, *chroma)]).reshape(3 * rows2, 2 * width2)
    good, data = cv2.imencode(".jpg", to_bgr(part, full_range), (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    return data.tobytes() if good else None
