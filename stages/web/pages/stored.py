"""The stored history of a period: people's emotions step by step."""

import asyncio
import math
import time
from pathlib import Path

from fastapi import Request
from nicegui import ui
from nicegui.events import GenericEventArguments

from pipeline.errors import InputError
from pipeline.history.read import read_cameras
from stages.web.charts.charts import read_zoom
from stages.web.charts.names import Names
from stages.web.charts.stored import Stored
from stages.web.charts.stored_chart import HEIGHT_PX, stored_options
from stages.web.pages.layout import Tag, add_links, page_of
from stages.web.pages.parts import Reason
from stages.web.pages.shares import Shares
from stages.web.site import Site
from stages.web.visitor import Reader

HOURS = (1, 24, 168, 720)
LATEST_S = 4e9
"""Latest time that can be requested, UNIX seconds; in the year 2096."""
BUILD_S = 60.0
"""Seconds to wait for the page; summing up crowded months takes several."""


def add(site: Site, path: Path) -> None:
    """Register the page."""

    @ui.page("/history", response_timeout=BUILD_S)
    async def history(
        request: Request, camera: str = "", hours: float = 24.0, begin: float = math.nan, end: float = math.nan
    ) -> None:
        chosen = not (math.isnan(begin) and math.isnan(end))
        if not chosen:
            end = time.time()
            begin = end - 3600 * hours
        stored, error = None, ""
        names: list[str] = []
        try:
            names = await asyncio.to_thread(read_cameras, path)
            name = camera if camera in names else next(iter(names), "")
            if name and 0 <= begin < end <= LATEST_S:
                stored = await asyncio.to_thread(Stored.read, path, name, begin, end)
        except InputError as problem:
            error = str(problem)
        with page_of(site, request, "timeline", Reader.of(request, site)("stored")) as reader:
            Tag("h1", text=reader("stored"))
            if error or not names:
                reason = Reason("empty big")
                reason.show(*((reader("stored_unreadable"), error) if error else (reader("nothing_stored"),)))
                return
            when = f"begin={begin:.0f}&end={end:.0f}" if chosen else f"hours={hours:g}"
            with Tag("div", "controls"):
                add_links(reader, "camera", [(n, f"?camera={n}&{when}", n == name) for n in names])
                spans = [(reader(f"span_{h}"), f"?camera={name}&hours={h}", not chosen and hours == h) for h in HOURS]
                more = [(reader("audience"), f"/audience?camera={name}", False)]
                add_links(
                    reader, "window", [(reader("last_minutes"), f"/timeline?camera={name}", False), *spans, *more]
                )
            _add_form(reader, name, begin, end)
            if stored is None:
                Tag("p", "empty wrong", reader("wrong_times"))
                return
            _View(reader, stored)


def _add_form(reader: Reader, name: str, begin: float, end: float) -> None:
    """Add the fields for a period, in the reader's time zone, and its downloads."""
    with Tag("div", "controls"):
        with Tag("form", "times", onsubmit="emobotChooseTimes(event)"):
            for field, key, at in (("begin", "from", begin), ("end", "to", end)):
                with Tag("label", text=reader(key)):
                    known = f"{at:.0f}" if 0 <= at <= LATEST_S else ""
                    Tag("input", type="datetime-local", name_=field, required=True, data_at=known)
            Tag("button", "button", reader("show"), type="submit")
        with Tag("div", "actions"):
            for what in ("minutes", "events", "audience"):
                address = f"/history/{name}/{what}.csv?begin={begin:.0f}&end={end:.0f}"
                Tag("a", "button", reader(f"{what}_csv"), href=address, download="")
    ui.context.client.on_connect(lambda: ui.run_javascript("emobotShowTimes()"))


class _View:
    """Chart and table."""

    def __init__(self, reader: Reader, stored: Stored) -> None:
        self._reader, self._stored = reader, stored
        self._names = Names(reader, stored.people.tolist())
        self._person: int | None = None
        self._zoom = (0.0, 1.0)
        with Tag("section", "card"):
            self._chart = ui.echart(stored_options(reader, stored, None)).classes("chart")
            self._chart.style(f"height:{HEIGHT_PX}px")
            Tag("p", "muted hint", reader("stored_hint"))
        self._chart.on("chart:datazoom", self._zoomed, throttle=0.2)
        with Tag("section", "card", aria_labelledby="shares"):
            Tag("h2", text=reader("distribution"), id="shares")
            self._shares = Shares(reader, self._choose)
        self._shares.show(self._names, stored.label_seconds())

    def _choose(self, person: int) -> None:
        self._person = None if person == self._person else person
        self._chart.options.clear()
        self._chart.options.update(stored_options(self._reader, self._stored, self._person))
        self._chart.update()
        self._shares.show(self._names, self._stored.label_seconds(*self._zoom), self._person)

    def _zoomed(self, event: GenericEventArguments) -> None:
        if zoom := read_zoom(event):
            self._zoom = zoom
            self._shares.show(self._names, self._stored.label_seconds(*zoom), self._person)
