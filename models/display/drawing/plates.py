"""Text on dark plates: the camera's status at the top, a notice at the bottom."""

from collections.abc import Sequence

from models.display.drawing.canvas import Canvas
from models.display.drawing.layout import Rect, at
from models.display.drawing.style import Style
from models.display.drawing.text import line_height, mask, shortened, width_of, wrapped
from models.display.palette import INK

OPACITY = 0.66
MOST_LINES = 4
"""Most lines of a notice; longer ones are cut."""


def draw_status(canvas: Canvas, style: Style, parts: Sequence[str]) -> Rect:
    """Draw the camera's name in bold and its status in the upper left corner; return the plate.

    Args:
        canvas: The frame.
        style: Sizes.
        parts: The name, then short texts; the name is shortened if the line does not fit.
    """
    px, gap = style.small, style.small * 2 // 3
    rest = [mask(part, px, level=200) for part in parts[1:]]
    room = canvas.bounds.width - 4 * style.pad - sum(m.shape[1] + gap for m in rest)
    name = shortened(parts[0], px, max(room, 2 * px), bold=True)
    masks = [mask(name, px, bold=True), *rest]
    width = sum(m.shape[1] for m in masks) + gap * (len(masks) - 1) + 2 * style.pad
    plate = at(style.pad, style.pad, ((width + 1) & ~1, line_height(px) + 2)).clipped(canvas.bounds)
    canvas.shade(plate, INK, OPACITY)
    x = plate.x0 + style.pad
    for m in masks:
        canvas.write(x, plate.y0 + 1, m)
        x += m.shape[1] + gap
    return plate


def draw_notice(canvas: Canvas, style: Style, text: str) -> Rect:
    """Draw a text centred at the bottom of the frame, wrapped to up to `MOST_LINES` lines; return the plate."""
    px, bounds = style.small, canvas.bounds
    lines = list(wrapped(text, px, bounds.width - 4 * style.pad))
    if len(lines) > MOST_LINES:
        rest = " ".join(lines[MOST_LINES - 1 :])
        lines[MOST_LINES - 1 :] = [shortened(rest, px, bounds.width - 4 * style.pad)]
    height = line_height(px)
    size = max((width_of(line, px) for line in lines), default=0) + 2 * style.pad, height * len(lines) + 2
    x = (bounds.width - size[0]) // 4 * 2
    plate = at(x, bounds.y1 - size[1] - style.pad, size).clipped(bounds)
    canvas.shade(plate, INK, OPACITY)
    for i, line in enumerate(lines):
        text_mask = mask(line, px)
        canvas.write((bounds.width - text_mask.shape[1]) // 2, plate.y0 + 1 + i * height, text_mask)
    return plate
