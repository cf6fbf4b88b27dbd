"""Which faces a camera is close enough for: distances for a given lens, and on demand outlines over its picture."""

from collections.abc import Mapping
from typing import Any

from nicegui.events import GenericEventArguments

from models.search.region import region_of
from models.search.tiles import Region
from models.sight import DECIDING, distance_m, largest_px, smallest_px
from stages.web.control.run import Run
from stages.web.live.board import Now
from stages.web.pages.layout import Tag
from stages.web.pages.parts import Picture
from stages.web.visitor import Reader

LENS_DEG = 70.0
"""Horizontal angle of view, degrees, until the reader gives another: a usual webcam's."""
LENSES_DEG = (10, 170)
"""Smallest and largest angle of view, degrees; beyond it, lenses distort too much for a pinhole."""


class Sight:
    """The distances at which faces are found, and a button that outlines the smallest and the largest one.

    Args:
        reader: The page's reader.
        run: The run, which knows the options of `[detect]`; without one, nothing is shown.
        picture: The camera's picture, to draw on.
    """

    def __init__(self, reader: Reader, run: Run | None, picture: Picture) -> None:
        self._reader = reader
        self._run = run
        self._on = False
        self._lens_deg = LENS_DEG
        # an SVG element itself does not know `hidden`
        with (
            picture.box,
            Tag("div", "sight", hidden=True) as self._layer,
            Tag("svg", aria_hidden="true") as self._drawing,
        ):
            self._outlines = {name: (Tag("rect", name), Tag("text", name)) for name in ("largest", "smallest")}
        with Tag("div", "line lens") as self._line:
            self._text = Tag("p", "muted", role="status")
            Tag("label", "muted", reader("lens"), for_="lens")
            low, high = LENSES_DEG
            field = Tag("input", id="lens", type="number", min=str(low), max=str(high), value=f"{LENS_DEG:g}")
            self._button = Tag("button", "button", reader("sight"), type="button", aria_pressed="false")

        def toggle() -> None:
            self._on = not self._on
            self._button.set(aria_pressed=str(self._on).lower())

        def choose(event: GenericEventArguments) -> None:
            if isinstance(event.args, int | float) and low <= event.args <= high:
                self._lens_deg = float(event.args)

        self._button.on("click", toggle)
        field.on("input", choose, js_handler="(event) => emit(event.target.valueAsNumber)")

    def show(self, now: Now) -> None:
        """Draw for the camera's frame size and the run's options of the moment."""
        options = self._options()
        known = options is not None and bool(now.width)
        self._line.set(hidden=not known)
        self._layer.set(hidden=not (known and self._on))
        if options is None or not known:
            return
        part = part_of(now)
        sides = {
            "largest": largest_px(part.width, part.height, options),
            "smallest": smallest_px(part.width, part.height, options),
        }
        longer_px = max(now.width, now.height)
        near, far = (self._reader.tenths(distance_m(self._lens_deg, longer_px, side)) for side in sides.values())
        self._text.text = self._reader("sight_distances", near=near, far=far)
        if self._on:
            self._outline(now, part, sides)

    def _outline(self, now: Now, part: Region, sides: Mapping[str, float]) -> None:
        self._drawing.set(viewBox=f"0 0 {now.width} {now.height}")
        for name, side in sides.items():
            outline, caption = self._outlines[name]
            text_px, gap = now.height / 28, now.height / 100
            # a face as large as the part that is searched keeps its outline and its caption inside
            shown = max(1.0, min(side, part.height - 2 * gap, part.width - 2 * gap))
            x, y = part.x + (part.width - shown) / 2, part.y + (part.height - shown) / 2
            outline.set(x=f"{x:.0f}", y=f"{y:.0f}", width=f"{shown:.0f}", height=f"{shown:.0f}")
            above = y - gap if y > text_px + gap else y + text_px
            caption.set(x=f"{x + (gap if above > y else 0):.0f}", y=f"{above:.0f}", font_size=f"{text_px:.0f}")
            caption.text = self._reader(f"sight_{name}", px=f"{side:.0f}")

    def _options(self) -> dict[str, Any] | None:
        """Return the options that decide; None if the run does not say or detects with another stage."""
        tables = self._run.tables if self._run else None
        if tables is None:
            return None
        options = {**tables.defaults.get("detect", {}), **tables.config.get("detect", {})}
        return options if options.keys() >= DECIDING else None


def part_of(now: Now) -> Region:
    """Return the part of a camera's frame in which faces are detected, pixels."""
    width, height = now.width & ~1, now.height & ~1
    return region_of(now.region, width, height) if now.region else Region(0, 0, width, height)
