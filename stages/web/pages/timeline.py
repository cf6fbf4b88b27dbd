"""Each person's emotions over the last minutes."""

import time
from urllib.parse import urlencode

import numpy as np
from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui
from nicegui.events import GenericEventArguments

from pipeline.batch.results import Marker
from stages.web.charts.charts import choose_lanes, height_px, read_zoom, timeline_options
from stages.web.charts.names import Names
from stages.web.live.samples import SAMPLE, Samples, find_bands, label_seconds
from stages.web.pages.layout import Tag, add_links, page_of
from stages.web.pages.marks import Marks
from stages.web.pages.parts import clock
from stages.web.pages.shares import Shares
from stages.web.pages.stored import LATEST_S
from stages.web.site import Site
from stages.web.visitor import Reader

RENEW_S = 1.0
BESIDE_S = 60
"""Seconds before and after a time that the stored history shows."""
MINUTES = (1.0, 5.0, 10.0, 30.0, 60.0, 120.0)


def add(site: Site) -> None:
    """Register the page."""

    @ui.page("/timeline")
    def timeline(request: Request, camera: str = "", minutes: float = 1.0, at: float = 0.0) -> Response | None:
        names = site.names()
        name = camera if camera in names else next(iter(names), "")
        longest = site.history_s / 60
        choices = [m for m in MINUTES if m < longest] + [longest]
        window_s = 60 * min(choices, key=lambda choice: abs(choice - minutes))
        at = at if 0 < at <= LATEST_S else 0.0
        if at and site.stored and at < time.time() - site.history_s:
            # only the stored history still has it
            period = {"camera": camera, "begin": f"{at - BESIDE_S:.0f}", "end": f"{at + BESIDE_S:.0f}"}
            return RedirectResponse(f"/history?{urlencode(period)}")
        with page_of(site, request, "timeline") as reader:
            Tag("h1", text=reader("timeline"))
            with Tag("div", "controls"):
                add_links(reader, "camera", [(n, f"?camera={n}&minutes={window_s / 60:g}", n == name) for n in names])
                when = f"&at={at:.0f}" if at else ""
                spans = [
                    (reader("minutes", minutes=f"{m:g}"), f"?camera={name}&minutes={m:g}{when}", 60 * m == window_s)
                    for m in choices
                ]
                if at:
                    spans.append((reader("latest"), f"?camera={name}", False))
                if site.stored:
                    spans.append((reader("stored"), f"/history?camera={name}", False))
                add_links(reader, "window", spans)
                with Tag("div", "actions"):
                    pause = Tag(
                        "button", "button", reader("pause"), type="button", aria_pressed="false", hidden=bool(at)
                    )
                    address = f"/history/{name}.csv?seconds={window_s:g}"
                    Tag("a", "button", reader("csv"), href=address, download=f"{name}.csv")
            if not name:
                Tag("p", "empty big", reader("no_cameras"))
                return None
            view = _View(site, reader, name, window_s, at)

        def toggle() -> None:
            view.paused = not view.paused
            pause.text = reader("go_on" if view.paused else "pause")
            pause.set(aria_pressed="true" if view.paused else "false")

        pause.on("click", toggle)
        view.renew()
        if not at:
            ui.timer(RENEW_S, view.renew, immediate=False)
        return None


class _View:
    """Chart and table of one camera: its last minutes, or those around `at_s`, if that is not 0."""

    def __init__(self, site: Site, reader: Reader, name: str, window_s: float, at_s: float) -> None:
        self.paused = False
        self._at_s = at_s
        self._site, self._reader, self._name, self._window_s = site, reader, name, window_s
        self._person: int | None = None
        self._zoom = (0.0, 1.0)
        self._samples: Samples = np.empty(0, SAMPLE)
        self._end_s = time.time()
        with Tag("section", "card"):
            self._chart = ui.echart({"series": []}).classes("chart")
            Tag("p", "muted hint", f"{reader('around')} {reader('zoom_hint')}" if at_s else reader("zoom_hint"))
        self._chart.on("chart:datazoom", self._zoomed, throttle=0.2)
        with Tag("section", "card", aria_labelledby="shares"):
            Tag("h2", text=reader("distribution"), id="shares")
            self._shares = Shares(reader, self._choose)
        self._marks: list[Marker] = []
        self._list = Marks(reader)

    def renew(self) -> None:
        """Update chart and table."""
        if not self.paused:
            now = time.time()
            self._end_s = self._at_s + self._window_s / 2 if self._at_s else now
            samples = self._site.board.history(self._name, now - self._end_s + self._window_s)
            if samples is not None:
                self._samples = samples[samples["time_s"] <= self._end_s]
            self._marks = self._site.markers.since(self._end_s - self._window_s)
            self._draw()

    def _draw(self) -> None:
        bands = find_bands(self._samples)
        lanes = choose_lanes(bands)
        if self._person not in lanes:
            self._person = lanes[-1] if lanes else None
        span = (self._end_s - self._window_s, self._end_s)
        options = timeline_options(
            self._reader,
            bands,
            self._samples,
            person=self._person,
            span=span,
            of_day=True,
            marks=[(mark.at, mark.text) for mark in self._marks],
        )
        self._list.show([(clock(mark.at), f"{mark.text} ({mark.stream})") for mark in reversed(self._marks)])
        self._chart.options.clear()
        self._chart.options.update(options)
        self._chart.style(f"height:{height_px(len(lanes))}px")
        self._chart.update()
        first, last = (span[0] + part * self._window_s for part in self._zoom)
        names = Names(self._reader, (band.person for band in bands))
        self._shares.show(names, label_seconds(bands, first, last), self._person)

    def _choose(self, person: int) -> None:
        self._person = person
        self._draw()

    def _zoomed(self, event: GenericEventArguments) -> None:
        if zoom := read_zoom(event):
            self._zoom = zoom
            self._draw()
