"""The audience by hour and weekday, and day by day."""

import asyncio
import time
from pathlib import Path

from fastapi import Request
from nicegui import ui

from pipeline.errors import InputError
from pipeline.history.audience import LEAST_PEOPLE, Audience, AudienceRow
from stages.web.charts.week import MEASURES, Cell, Measure, Week
from stages.web.pages.layout import Tag, add_links, page_of
from stages.web.pages.parts import Reason
from stages.web.site import Site
from stages.web.visitor import Reader

WEEKS = (1, 4, 12)
DAY_S = 86_400
BUILD_S = 60.0
"""Seconds to wait for the page; summing up crowded months takes several."""


def add(site: Site, path: Path) -> None:
    """Register the page."""

    @ui.page("/audience", response_timeout=BUILD_S)
    async def audience(
        request: Request, camera: str = "", zone: str = "", weeks: int = 4, measure: str = "visitors"
    ) -> None:
        weeks = min(max(weeks, 1), 520)
        chosen: Measure = next((one for one in MEASURES if one == measure), "visitors")
        now = time.time()
        found = Audience(path, "hour", from_s=now - 7 * weeks * DAY_S)
        rows: list[AudienceRow] = []
        error = ""
        try:
            rows = await asyncio.to_thread(list, found)
        except InputError as problem:
            error = str(problem)
        with page_of(site, request, "timeline", Reader.of(request, site)("audience")) as reader:
            Tag("h1", text=reader("audience"))
            if error or not rows:
                few = reader("audience_few", least=LEAST_PEOPLE) if found.withheld else reader("nothing_stored")
                reason = Reason("empty big")
                reason.show(*((reader("stored_unreadable"), error) if error else (few,)))
                return
            cameras = sorted({row.camera for row in rows})
            camera = camera if camera in cameras else cameras[0]
            zones = sorted({row.zone for row in rows if row.camera == camera})
            zone = zone if zone in zones else zones[0]
            link = f"?camera={{}}&zone={{}}&weeks={weeks}&measure={chosen}"
            with Tag("div", "controls"):
                add_links(reader, "camera", [(one, link.format(one, ""), one == camera) for one in cameras])
                names = [(one or reader("whole_frame"), link.format(camera, one), one == zone) for one in zones]
                add_links(reader, "zones", names)
                here = f"?camera={camera}&zone={zone}"
                spans = [(reader(f"weeks_{n}"), f"{here}&weeks={n}&measure={chosen}", n == weeks) for n in WEEKS]
                add_links(reader, "window", spans)
                values = [(reader(f"by_{m}"), f"{here}&weeks={weeks}&measure={m}", m == chosen) for m in MEASURES]
                add_links(reader, "measure", values)
            week = Week.of(row for row in rows if (row.camera, row.zone) == (camera, zone))
            _add_heat_map(reader, week, chosen)
            _add_days(reader, week)
            if found.withheld:
                text = reader("audience_withheld", count=found.withheld, least=LEAST_PEOPLE)
                Tag("p", "muted hint", text)


def _add_heat_map(reader: Reader, week: Week, measure: Measure) -> None:
    first, end = week.range()
    values = {key: value for key, cell in week.hours.items() if (value := cell.value(measure)) is not None}
    low, high = min(values.values(), default=0.0), max(values.values(), default=0.0)
    low = -max(abs(low), abs(high)) if measure == "mood" else 0.0
    with Tag("section", "card", aria_labelledby="heat"):
        Tag("h2", text=reader(f"heat_{measure}"), id="heat")
        scroll = Tag("div", "scroll", tabindex="0", role="group", aria_label=reader(f"heat_{measure}"))
        with scroll, Tag("table", "heat"):
            with Tag("thead"), Tag("tr"):
                Tag("th", text=reader("weekday"), scope="col")
                for hour in range(first, end):
                    Tag("th", text=reader("at_hour", hour=hour), scope="col")
            with Tag("tbody"):
                for day, name in enumerate(reader("weekdays").split()):
                    with Tag("tr"):
                        Tag("th", text=name, scope="row")
                        for hour in range(first, end):
                            value = values.get((day, hour))
                            cell = Tag("td", text="" if value is None else _text(reader, measure, value))
                            if value is not None and high > low:
                                cell.look(f"--heat:{100 * (value - low) / (high - low):.0f}%")


def _add_days(reader: Reader, week: Week) -> None:
    with Tag("section", "card", aria_labelledby="days"):
        Tag("h2", text=reader("audience_days"), id="days")
        scroll = Tag("div", "scroll", tabindex="0", role="group", aria_label=reader("audience_days"))
        with scroll, Tag("table"):
            with Tag("thead"), Tag("tr"):
                for key in ("audience_day", "by_visitors", "by_dwell", "by_attention", "by_mood", "crossings"):
                    Tag("th", text=reader(key), scope="col")
            with Tag("tbody"):
                for day, cell in reversed(week.days.items()):
                    with Tag("tr"):
                        name = reader("weekdays").split()[day.weekday()]
                        Tag("th", text=f"{name} {day.isoformat()}", scope="row")
                        for measure in MEASURES:
                            value = _day(cell, measure)
                            Tag("td", "number", "" if value is None else _text(reader, measure, value))
                        Tag("td", "number", f"{cell.ins} / {cell.outs}" if cell.ins or cell.outs else "")


def _day(cell: Cell, measure: Measure) -> float | None:
    return float(cell.visitors) if measure == "visitors" else cell.value(measure)


def _text(reader: Reader, measure: Measure, value: float) -> str:
    if measure == "visitors":
        return f"{value:.0f}" if value >= 10 or value == int(value) else reader.tenths(value)
    if measure == "mood":
        return ("+" if value >= 0.05 else "") + reader.tenths(value)
    return reader.seconds(value)
