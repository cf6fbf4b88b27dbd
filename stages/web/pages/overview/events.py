"""What happened lately: people, zones, alerts and states of cameras; newest first."""

from dataclasses import asdict
from urllib.parse import urlencode

from fastapi import Request
from nicegui import ui

from models.display.palette import PALETTE
from stages.web.live.event_log import GROUPS, Entry, Wanted
from stages.web.pages.layout import Tag, add_links, page_of
from stages.web.site import Site
from stages.web.visitor import Reader

RENEW_S = 1.0
MOST_ROWS = 200


def add(site: Site) -> None:
    """Register the page."""

    @ui.page("/events")
    def events(request: Request, kind: str = "", camera: str = "", zone: str = "", emotion: str = "") -> None:
        cameras = site.names()
        camera = camera if camera in cameras else ""
        zones = _zones(site, camera)
        wanted = Wanted(
            kind=kind if kind in GROUPS else "",
            camera=camera,
            zone=zone if zone in zones else "",
            emotion=emotion if emotion in PALETTE else "",
        )
        with page_of(site, request, "events") as reader:
            Tag("h1", text=reader("events"))
            with Tag("div", "controls"):
                _add_choices(reader, wanted, "kind", [(name, reader(f"events_{name}")) for name in GROUPS])
                if len(cameras) > 1:
                    _add_choices(reader, wanted, "camera", [(name, name) for name in cameras])
                if zones:
                    _add_choices(reader, wanted, "zone", [(name, name) for name in zones])
                _add_choices(reader, wanted, "emotion", [(name, reader.label(name)) for name in PALETTE])
            table = _Table(reader)

        last = 0

        def renew() -> None:
            nonlocal last
            new = site.board.events.after(last)
            last = new[-1].number if new else last
            table.add([entry for entry in new if wanted.takes(entry)][-MOST_ROWS:])

        renew()
        ui.timer(RENEW_S, renew, immediate=False)


def _zones(site: Site, camera: str) -> list[str]:
    """Return the names of the zones and lines of a camera, or of all."""
    there = (now for name in site.board.names() if camera in ("", name) and (now := site.now(name)))
    return sorted({zone for now in there for zone in (*now.zones, *now.lines)})


def _add_choices(reader: Reader, wanted: Wanted, key: str, choices: list[tuple[str, str]]) -> None:
    """Add the links that choose one field of what is wanted, and keep the others."""
    chosen = asdict(wanted)
    links = []
    for name, text in [("", reader(f"all_{key}s")), *choices]:
        links.append((text, f"?{urlencode({**chosen, key: name})}", name == chosen[key]))
    add_links(reader, key, links)


class _Table:
    """The rows, newest first."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._rows: list[Tag] = []
        scroll = Tag("div", "scroll", tabindex="0", role="group", aria_label=reader("events"))
        with Tag("section", "card") as self._card, scroll.move(self._card), Tag("table", "events"):
            with Tag("thead"), Tag("tr"):
                for key in ("time", "camera", "event"):
                    Tag("th", text=reader(key), scope="col")
            self._body = Tag("tbody")
        self._nothing = Tag("p", "empty muted", reader("no_events"))
        self._show()

    def add(self, entries: list[Entry]) -> None:
        """Add entries, oldest first, above those that are there."""
        for entry in entries:
            with self._body:
                row = Tag("tr")
            row.move(target_index=0)
            self._rows.append(row)
            with row:
                self._fill(entry)
        while len(self._rows) > MOST_ROWS:
            self._rows.pop(0).delete()
        if entries:
            self._show()

    def _show(self) -> None:
        self._nothing.set(hidden=bool(self._rows))
        self._card.set(hidden=not self._rows)

    def _fill(self, entry: Entry) -> None:
        address = f"/timeline?{urlencode({'camera': entry.camera, 'at': f'{entry.at:.0f}'})}"
        with Tag("td"):
            Tag("a", "at", href=address, data_since=f"{entry.at:.0f}", data_exact="yes", data_text="{time}")
        Tag("td", text=entry.camera)
        with Tag("td"), Tag("span", "line event"):
            Tag("span", text=_text(self._reader, entry))
            for label in (entry.before, entry.label):
                if label:
                    Tag("span", "label", self._reader.label(label)).look(f"--colour:{PALETTE[label]}")


def _text(reader: Reader, entry: Entry) -> str:
    """Return an event in words."""
    if entry.kind == "state":
        return reader("event_state", state=reader(f"state_{entry.state}"))
    key = f"event_{entry.kind}_{entry.direction}" if entry.direction else f"event_{entry.kind}"
    values = {"track": entry.track, "zone": entry.zone, "alert": entry.alert, "text": entry.text}
    return reader(key, time=reader.seconds(entry.seconds), **values)
