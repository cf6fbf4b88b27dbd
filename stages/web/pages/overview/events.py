"""What happened lately: who came, changed and left, and which camera changed its state; newest first."""

from fastapi import Request
from nicegui import ui

from models.display.palette import PALETTE
from stages.web.live.event_log import Entry
from stages.web.pages.layout import Tag, add_links, page_of
from stages.web.site import Site
from stages.web.visitor import Reader

RENEW_S = 1.0
MOST_ROWS = 200
BESIDE_S = 60
"""Seconds before and after an event that its link shows."""


def add(site: Site) -> None:
    """Register the page."""

    @ui.page("/events")
    def events(request: Request, camera: str = "", emotion: str = "") -> None:
        names = site.board.names()
        camera = camera if camera in names else ""
        emotion = emotion if emotion in PALETTE else ""
        with page_of(site, request, "events") as reader:
            Tag("h1", text=reader("events"))
            with Tag("div", "controls"):
                choices = [("", reader("all_cameras")), *((name, name) for name in names)]
                links = [(text, f"?camera={name}&emotion={emotion}", name == camera) for name, text in choices]
                add_links(reader, "camera", links)
                choices = [("", reader("all_emotions")), *((name, reader.label(name)) for name in PALETTE)]
                links = [(text, f"?camera={camera}&emotion={name}", name == emotion) for name, text in choices]
                add_links(reader, "emotion", links)
            table = _Table(site, reader)

        last = 0

        def renew() -> None:
            nonlocal last
            new = site.board.events.after(last)
            last = new[-1].number if new else last
            wanted = (e for e in new if camera in ("", e.camera) and (not emotion or e.names(emotion)))
            table.add(list(wanted)[-MOST_ROWS:])

        renew()
        ui.timer(RENEW_S, renew, immediate=False)


class _Table:
    """The rows, newest first."""

    def __init__(self, site: Site, reader: Reader) -> None:
        self._site, self._reader = site, reader
        self._rows: list[Tag] = []
        scroll = Tag("div", "scroll", tabindex="0", role="region", aria_label=reader("events"))
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
        reader = self._reader
        past = f"/history?camera={entry.camera}&begin={entry.at - BESIDE_S:.0f}&end={entry.at + BESIDE_S:.0f}"
        address = past if self._site.stored else f"/timeline?camera={entry.camera}"
        with Tag("td"):
            Tag("a", "at", href=address, data_since=f"{entry.at:.0f}", data_exact="yes", data_text="{time}")
        Tag("td", text=entry.camera)
        with Tag("td"), Tag("span", "line event"):
            if entry.kind == "state":
                Tag("span", text=reader("event_state", state=reader(f"state_{entry.state}")))
                return
            Tag("span", text=reader(f"event_{entry.kind}", track=entry.track, time=reader.seconds(entry.seconds)))
            for label in (entry.before, entry.label):
                if label:
                    Tag("span", "label", reader.label(label)).look(f"--colour:{PALETTE[label]}")
