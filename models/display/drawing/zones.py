"""Zones and lines of a camera, with their names."""

import math
from collections.abc import Sequence

from models.display.drawing.canvas import Canvas
from models.display.drawing.layout import Rect, at, first_free
from models.display.drawing.plates import OPACITY
from models.display.drawing.style import Style
from models.display.drawing.text import line_height, mask, shortened
from models.display.palette import INK

COLOUR = "#4DD0E1"
"""Of no emotion."""
ARROW = 1.5
"""Length of the arrow towards the side `in` of a line, as a multiple of the font size."""

MOST_NAMES = 8
"""Names one below the other, of zones that begin at the same point."""

Point = tuple[float, float]


def draw_zone(canvas: Canvas, style: Style, shares: Sequence[Point], *, is_line: bool) -> None:
    """Draw a polygon or a line.

    Args:
        canvas: The frame.
        style: Sizes.
        shares: Its points, shares of the frame.
        is_line: Whether it is a line, which gets an arrow towards its right-hand side.
    """
    points = _pixels(canvas, shares)
    canvas.path(points, COLOUR, style.line, closed=not is_line)
    if is_line:
        (x0, y0), (x1, y1) = _middle(points)
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        length = math.hypot(x1 - x0, y1 - y0) or 1.0
        # the right-hand side of someone who goes from the first point to the second, where y points down
        dx, dy = -(y1 - y0) / length * ARROW * style.font, (x1 - x0) / length * ARROW * style.font
        tip = (middle[0] + dx, middle[1] + dy)
        canvas.path([middle, tip], COLOUR, style.line, closed=False)
        wings = [(tip[0] - 0.4 * dx + side * 0.4 * dy, tip[1] - 0.4 * dy - side * 0.4 * dx) for side in (1, -1)]
        canvas.path([wings[0], tip, wings[1]], COLOUR, style.line, closed=False)


def draw_zone_name(canvas: Canvas, style: Style, text: str, shares: Sequence[Point], taken: Sequence[Rect]) -> Rect:
    """Draw the name of a zone or line on a plate at its first point, or below what is there; return the plate.

    Args:
        canvas: The frame.
        style: Sizes.
        text: The name.
        shares: Its points, shares of the frame.
        taken: What is to be kept free; the plate covers some of it if there is no room for `MOST_NAMES`.
    """
    width, height = canvas.bounds.width, canvas.bounds.height
    first = _pixels(canvas, shares)[0]
    label = mask(shortened(text, style.small, width // 3), style.small)
    size = (label.shape[1] + 2 * style.pad + 1) & ~1, line_height(style.small) + 2
    x = min(max(0, round(first[0]) & ~1), max(0, width - size[0]))
    y = min(max(0, round(first[1]) & ~1), max(0, height - size[1]))
    places = [
        at(x, (y + step * size[1] // 2) & ~1, size)
        for step in (*range(2 * MOST_NAMES), *range(-1, -2 * MOST_NAMES, -1))
    ]
    free = first_free(places, canvas.bounds, taken)
    plate = places[free or 0].clipped(canvas.bounds)
    canvas.shade(plate, INK, OPACITY)
    canvas.write(plate.x0 + style.pad, plate.y0 + 1, label)
    return plate


def _pixels(canvas: Canvas, shares: Sequence[Point]) -> list[Point]:
    return [(x * (canvas.bounds.width - 1), y * (canvas.bounds.height - 1)) for x, y in shares]


def _middle(points: Sequence[Point]) -> tuple[Point, Point]:
    """Return the edge in the middle of a line."""
    half = (len(points) - 1) // 2
    return points[half], points[half + 1]
