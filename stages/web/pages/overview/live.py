"""The first page: all cameras at once."""

from fastapi import Request
from nicegui import ui

from models.display.palette import PALETTE
from stages.web.counters import Numbers
from stages.web.live.board import Now
from stages.web.pages.layout import Tag, page_of
from stages.web.pages.overview.alerts import AlertList
from stages.web.pages.parts import Picture, State, numbers
from stages.web.site import Site
from stages.web.visitor import Reader

RENEW_S = 0.5
FEW = 2
"""Number of cameras from which on they can be searched by name and shown on a wall."""
MOST_NAMED = 3
"""Maximum people listed below a camera; more are only counted."""


def add(site: Site) -> None:
    """Register the page."""

    @ui.page("/")
    def live(request: Request) -> None:
        with page_of(site, request, "live") as reader:
            Tag("h1", "quiet", reader("live"))
            with Tag("div", "empty") as empty:
                Tag("p", "big", reader("no_cameras"))
                Tag("p", "muted", reader("no_cameras_why"))
            alerts = AlertList(reader, site.alerts)
            with Tag("div", "controls find") as controls:
                Tag(
                    "input",
                    type="search",
                    id="find",
                    placeholder=reader("find_camera"),
                    aria_label=reader("find_camera"),
                )
                Tag("a", "button", reader("wall"), href="/wall", title=reader("wall_why"))
            mosaic = Tag("ul", "mosaic")
        tiles: dict[str, _Tile] = {}

        def renew() -> None:
            counted = site.counters.read()
            for gone in tiles.keys() - set(site.board.names()):
                tiles.pop(gone).element.delete()
            for name in site.board.names():
                now = site.now(name)
                if now and name not in tiles:
                    with mosaic:
                        tiles[name] = _Tile(reader, name)
                    # by name, whichever came first
                    tiles[name].element.move(target_index=sorted(tiles).index(name))
                if now:
                    tiles[name].show(now, counted)
            alerts.show()
            empty.set(hidden=bool(tiles))
            controls.set(hidden=len(tiles) < FEW)
            mosaic.set(data_count=len(tiles))

        renew()
        ui.timer(RENEW_S, renew, immediate=False)


class _Tile:
    """One camera."""

    def __init__(self, reader: Reader, name: str) -> None:
        self._reader = reader
        with (
            Tag("li", "tile", data_name=name) as self.element,
            Tag("a", href=f"/camera/{name}", aria_label=reader("open_camera", name=name)),
        ):
            self._picture = Picture(reader, name)
            with Tag("div", "under"):
                with Tag("div", "line"):
                    Tag("h2", text=name)
                    self._state = State(reader)
                with Tag("div", "line"):
                    self._numbers = Tag("span", "muted numbers")
                    with Tag("span", "faces"):
                        self._people = [Tag("span", "label") for _ in range(MOST_NAMED)]
                        self._more = Tag("span", "muted")

    def show(self, now: Now, counted: Numbers) -> None:
        """Update the lines below the picture."""
        self._picture.show(now)
        self._state.show(now)
        self._numbers.text = numbers(self._reader, now, counted.dropped.get(now.name))
        for i, label in enumerate(self._people):
            person = now.people[i] if i < len(now.people) else None
            label.set(hidden=person is None)
            if person:
                label.text = self._reader.label(person.label)
                label.look(f"--colour:{PALETTE[person.label]}")
        more = len(now.people) - MOST_NAMED
        self._more.text = f"+{more}" if more > 0 else ""
