"""The first page: all cameras at once."""

from urllib.parse import urlencode

from fastapi import Request
from nicegui import ui

from models.display.palette import PALETTE
from stages.web.counters import Numbers
from stages.web.live.board import Now
from stages.web.pages.layout import Tag, add_links, page_of
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
    def live(request: Request, group: str | None = None) -> None:
        with page_of(site, request, "live") as reader:
            Tag("h1", "quiet", reader("live"))
            with Tag("div", "empty") as empty:
                nothing = Tag("p", "big")
                why = Tag("p", "muted", reader("no_cameras_why"))
            alerts = AlertList(reader, site.alerts)
            with Tag("div", "controls find") as controls:
                choices = _Groups(reader, group)
                Tag(
                    "input",
                    type="search",
                    id="find",
                    placeholder=reader("find_camera"),
                    aria_label=reader("find_camera"),
                )
                wall = "/wall" if group is None else f"/wall?{urlencode({'group': group})}"
                Tag("a", "button", reader("wall"), href=wall, title=reader("wall_why"))
            tiles = _Tiles(reader)

        def renew() -> None:
            arranged = site.arranged()
            choices.show([name for name, _ in arranged])
            shown = [(name, cameras) for name, cameras in arranged if group in (None, name)]
            tiles.show(site, shown)
            alerts.show()
            empty.set(hidden=bool(shown))
            nothing.text = reader("no_group" if arranged else "no_cameras")
            why.set(hidden=bool(arranged))
            controls.set(hidden=sum(len(cameras) for _, cameras in arranged) < FEW)

        renew()
        ui.timer(RENEW_S, renew, immediate=False)


class _Groups:
    """Links to the groups, if there are several."""

    def __init__(self, reader: Reader, chosen: str | None) -> None:
        self._reader, self._chosen = reader, chosen
        self._shown: list[str] = []
        self._box = Tag("div", "groups")

    def show(self, groups: list[str]) -> None:
        """Update the links."""
        if groups == self._shown:
            return
        self._shown = groups
        self._box.clear()
        if len(groups) > 1 or self._chosen is not None:
            reader, chosen = self._reader, self._chosen
            links = [
                (name or reader("other_cameras"), f"/?{urlencode({'group': name})}", name == chosen) for name in groups
            ]
            with self._box:
                add_links(reader, "groups", [(reader("all_cameras"), "/", chosen is None), *links])


class _Tiles:
    """The cameras, under the headings of their groups."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._box = Tag("div", "sections")
        self._sections: dict[str, tuple[Tag, Tag, Tag]] = {}
        """Section, heading and list of each group."""
        self._tiles: dict[str, _Tile] = {}
        self._arranged: list[tuple[str, list[str]]] = []

    def show(self, site: Site, arranged: list[tuple[str, list[str]]]) -> None:
        """Update all tiles."""
        if arranged != self._arranged:
            self._arrange(arranged)
        counted = site.counters.read()
        for name, tile in self._tiles.items():
            if now := site.now(name):
                tile.show(now, counted)

    def _arrange(self, arranged: list[tuple[str, list[str]]]) -> None:
        before = {name: group for group, names in self._arranged for name in names}
        after = {name: group for group, names in arranged for name in names}
        self._arranged = arranged
        for name in [name for name, group in before.items() if after.get(name) != group]:
            self._tiles.pop(name).element.delete()
        for group in self._sections.keys() - set(after.values()):
            self._sections.pop(group)[0].delete()
        for place, (group, names) in enumerate(arranged):
            section, heading, mosaic = self._sections.get(group) or self._add(group)
            section.move(target_index=place)
            alone = len(arranged) == 1
            # without groups screen readers still get a heading above those of the cameras
            plain = alone and not group
            heading.text = self._reader("all_cameras") if plain else group or self._reader("other_cameras")
            heading.classes(replace="quiet" if plain else "name")
            # few cameras fill the page, but not each group of few
            mosaic.set(data_count=len(names) if alone else None)
            for index, name in enumerate(names):
                if name not in self._tiles:
                    with mosaic:
                        self._tiles[name] = _Tile(self._reader, name)
                self._tiles[name].element.move(target_index=index)

    def _add(self, group: str) -> tuple[Tag, Tag, Tag]:
        title = group or self._reader("other_cameras")
        with self._box, Tag("section", "group", aria_label=title) as section:
            heading = Tag("h2", "name", title)
            mosaic = Tag("ul", "mosaic")
        self._sections[group] = section, heading, mosaic
        return self._sections[group]


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
                    Tag("h3", text=name)
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
