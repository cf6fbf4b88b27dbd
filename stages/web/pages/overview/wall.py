"""All cameras, or some of them, without controls: for a screen on the wall."""

import math
import time
from typing import Annotated

from fastapi import Query, Request
from nicegui import ui

from stages.web.pages.layout import Tag, page_of
from stages.web.pages.parts import Picture, State
from stages.web.site import Site
from stages.web.visitor import Reader

RENEW_S = 0.5


def add(site: Site) -> None:
    """Register the page."""

    @ui.page("/wall")
    def wall(
        request: Request,
        camera: Annotated[list[str] | None, Query()] = None,
        group: str | None = None,
        show: Annotated[int, Query(ge=0, le=100)] = 0,
        every: Annotated[float, Query(ge=1, le=3600)] = 10.0,
    ) -> None:
        with page_of(site, request, "live", bare=True) as reader:
            Tag("h1", "quiet", reader("live"))
            Tag("a", "skip", reader("wall_leave"), href="/")
            asked = list(dict.fromkeys(camera or ()))
            why = reader("wall_no_camera", names=", ".join(asked)) if asked else reader("no_cameras")
            nothing = Tag("p", "empty big", reader("no_group") if group else why)
            grid = Tag("ul", "screens")
        ui.context.client.on_connect(lambda: ui.run_javascript("emobotWall()"))
        screens: dict[str, _Screen] = {}

        def renew() -> None:
            there = [name for of, names in site.arranged() if group in (None, of) for name in names]
            names = [name for name in asked if name in there] if asked else there
            nothing.set(hidden=bool(names))
            for gone in screens.keys() - set(names):
                screens.pop(gone).element.delete()
            shown = turn(names, show, every, time.time())
            columns = math.ceil(math.sqrt(len(shown) or 1))
            grid.look(f"--columns:{columns};--rows:{math.ceil(len(shown) / columns) or 1}")
            for name in names:
                if name not in screens:
                    with grid:
                        screens[name] = _Screen(reader, name)
                    screens[name].element.move(target_index=[n for n in names if n in screens].index(name))
                screens[name].element.set(hidden=name not in shown)
                if name in shown and (now := site.now(name)):
                    screens[name].picture.show(now)
                    screens[name].state.show(now)

        renew()
        ui.timer(RENEW_S, renew, immediate=False)


def turn(names: list[str], most: int, every_s: float, now_s: float) -> list[str]:
    """Return the cameras that are shown at a time; all screens change at the same time.

    Args:
        names: All cameras.
        most: How many fit on the screen; 0 for all.
        every_s: Seconds for which the same are shown.
        now_s: UNIX seconds.
    """
    if not most or len(names) <= most:
        return names
    first = int(now_s // every_s) % math.ceil(len(names) / most) * most
    return names[first : first + most]


class _Screen:
    """One camera."""

    def __init__(self, reader: Reader, name: str) -> None:
        with Tag("li", "screen") as self.element:
            self.picture = Picture(reader, name)
            with Tag("div", "caption"):
                Tag("h2", text=name)
                self.state = State(reader)
