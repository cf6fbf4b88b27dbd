"""The overlay of one face: a box, a tag with the label, a panel with one bar per emotion."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.display.drawing.canvas import Canvas
from models.display.drawing.covered import Covered, cut
from models.display.drawing.layout import Rect, at, beside, first_free, freest
from models.display.drawing.style import Style
from models.display.drawing.text import line_height, mask, sprite, width_of
from models.display.palette import INK, PALETTE
from models.display.words import WORDS, percent

PANEL_OPACITY = 0.8
"""Opacity of a panel, 0 to 1; white text on it stays readable in front of a white wall (contrast 9)."""
_INSIDE = 0.2
"""Largest fraction of a face's box that a panel in its lower corner may cover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceView:
    """A face to draw.

    Attributes:
        track: Track number.
        box: Box in pixels; it may extend beyond the frame.
        label: Key of `PALETTE`.
        confidence: 0 to 1.
        bars: Emotions and their probabilities, from top to bottom; empty before the first classification.
    """

    track: int
    box: Rect
    label: str
    confidence: float
    bars: Sequence[tuple[str, float]] = ()


def draw_box(canvas: Canvas, style: Style, face: FaceView) -> None:
    """Draw the outline in the emotion's colour, with a dark edge for contrast on bright backgrounds."""
    canvas.outline(face.box.grown(2), INK, 2)
    canvas.outline(face.box, PALETTE[face.label], style.line)


def draw_tag(canvas: Canvas, style: Style, face: FaceView, taken: Sequence[Rect]) -> Rect:
    """Draw label, confidence and track number on a plate above the box, or where it covers least; return the plate.

    Args:
        canvas: The frame.
        style: Sizes and language.
        face: The face.
        taken: Areas to avoid: other faces and plates.
    """
    word = WORDS[style.language][face.label]
    ink, paper = canvas.colour(INK), canvas.colour(PALETTE[face.label])
    parts = [sprite(word, style.font, ink, paper, bold=True), sprite(f"#{face.track}", style.small, ink, paper)]
    if face.label != "uncertain":
        parts.insert(1, sprite(percent(face.confidence, style.language), style.font, ink, paper))
    gap = style.font // 6 * 2
    size = sum(part.y.shape[1] for part in parts) + gap * (len(parts) - 1) + 2 * style.pad, line_height(style.font)
    x0, y0, x1, y1 = face.box
    edge = at(x0, y0 - size[1], size), at(x0, y1, size), at(x1 - size[0], y0 - size[1], size), at(x0, y0, size)
    plate = freest(edge, canvas.bounds, taken)
    canvas.fill(plate, PALETTE[face.label])
    x = plate.x0 + style.pad
    for part in parts:
        canvas.paste(x, plate.y0 + (size[1] - part.y.shape[0]) // 4 * 2, part)
        x += part.y.shape[1] + gap
    return plate


def draw_panel(
    canvas: Canvas,
    style: Style,
    face: FaceView,
    taken: Sequence[Rect],
    before: int | None,
    kept: list[Covered] | None = None,
) -> tuple[int, Rect] | None:
    """Draw the bars beside the face: with names if there is room, otherwise without, otherwise not at all.

    Args:
        canvas: The frame.
        style: Sizes and language.
        face: The face, with its bars.
        taken: Areas that must stay visible: all faces and plates.
        before: The place this function returned for this face in the last frame; preferred if it is still free, so that
            the panel does not jump.
        kept: Gets what the panel covers.

    Returns:
        Index of the chosen place, and its rectangle; None if there is no room.
    """
    names = tuple(name for name, _ in face.bars)
    panels = [_panel(names, style, named) for named in (True, False)]
    around = face.box.grown(2, 0)
    places = [p for panel in panels for p in beside(around, panel.size, canvas.bounds, style.pad)]
    per = len(places) // 2
    index = first_free(places, canvas.bounds, taken)
    if index is not None:
        if before is not None and before // per == index // per and _free(places[before], canvas, taken):
            index = before
        panels[index // per].draw(canvas, places[index], face.bars, kept)
        return index, places[index]
    # A face that fills the frame: use its lower right corner if the bars leave most of it visible.
    inner = face.box.clipped(canvas.bounds).grown(-style.pad)
    for panel in panels:
        place = at(inner.x1 - panel.size[0], inner.y1 - panel.size[1], panel.size)
        others = [rect for rect in taken if rect != face.box]
        fits = panel.size[0] * panel.size[1] < _INSIDE * inner.width * inner.height
        if fits and _free(place, canvas, others):
            panel.draw(canvas, place, face.bars, kept)
            return None
    return None


def _free(place: Rect, canvas: Canvas, taken: Sequence[Rect]) -> bool:
    return first_free([place], canvas.bounds, taken) is not None


@dataclass(frozen=True, slots=True)
class _Panel:
    """The static part of a panel, and the position of its bars."""

    size: tuple[int, int]
    still: NDArray[np.uint8]
    """Names and bar backgrounds, as a mask."""
    rows: tuple[Rect, ...]
    """The bars at full length, relative to the panel's upper left corner."""
    font_px: int
    """Size of the names; 0 without names."""

    def draw(self, canvas: Canvas, place: Rect, bars: Sequence[tuple[str, float]], kept: list[Covered] | None) -> None:
        if kept is not None:
            kept.append(cut(canvas, place, self.font_px, self.rows[0].height))
        canvas.shade(place, INK, PANEL_OPACITY)
        canvas.write(place.x0, place.y0, self.still)
        for row, (name, probability) in zip(self.rows, bars, strict=True):
            length = 2 * round(min(1.0, max(0.0, probability)) * row.width / 2)
            if length:
                x, y = place.x0 + row.x0, place.y0 + row.y0
                canvas.fill(Rect(x, y, x + length, y + row.height), PALETTE[name])


@lru_cache(maxsize=64)
def _panel(names: tuple[str, ...], style: Style, named: bool) -> _Panel:
    words = [WORDS[style.language][name] for name in names]
    pad = style.pad
    if named:
        row, bar = line_height(style.small) - 2, max(4, style.small // 4 * 2)
        column = max(width_of(word, style.small) for word in words) + pad
        length = 5 * style.small // 2 * 2
    else:
        bar = max(2, style.small // 4 * 2)
        row, column, length = bar + 2, 0, 3 * style.small // 2 * 2
    column = (column + 1) & ~1
    size = column + length + 2 * pad, len(names) * row + 2 * pad
    still = np.zeros((size[1], size[0]), np.uint8)
    rows = []
    for i, word in enumerate(words):
        top = pad + i * row
        y, x = top + (row - bar) // 4 * 2, pad + column
        rows.append(Rect(x, y, x + length, y + bar))
        still[y : y + bar, x : x + length] = 95
        if named:
            text = mask(word, style.small, level=225)
            start = top + (row - text.shape[0]) // 2
            still[start : start + text.shape[0], pad : pad + text.shape[1]] |= text
    return _Panel(size, still, tuple(rows), style.small if named else 0)
