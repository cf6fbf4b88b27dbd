"""The results of a recording: video, timeline and downloads."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fastapi import Request
from nicegui import ui

from pipeline.batch.results import Measured, measured_of
from pipeline.errors import InputError
from stages.results.export.document import read_marks
from stages.results.export.formats import Format
from stages.results.persons.editing import Tracked
from stages.results.reading import apply_persons, read_tracks
from stages.web.charts.charts import choose_lanes, height_px, timeline_options
from stages.web.charts.measures import HEIGHT_PX, Measures, measures_options
from stages.web.charts.names import Names
from stages.web.exports import without_folder
from stages.web.live.board import Person
from stages.web.live.samples import LABELS, Band, Samples, bands_of, label_seconds, samples_of
from stages.web.pages.layout import Tag, icon, page_of
from stages.web.pages.marks import Marks
from stages.web.pages.parts import Bars
from stages.web.pages.persons import PersonsForm
from stages.web.pages.shares import Shares
from stages.web.site import Site
from stages.web.uploads import RESULTS, Recordings
from stages.web.visitor import Reader

BUILD_S = 60.0
"""Seconds to wait for the page; reading the table of a crowded hour takes several."""
RATE_S = 10.0
"""Seconds in which blinks could be counted, below which a rate per minute is chance."""


def add(site: Site, recordings: Recordings) -> None:
    """Register the page."""

    @ui.page("/recordings/{id_}", response_timeout=BUILD_S)
    async def result(request: Request, id_: str) -> None:
        recording = recordings.get(id_)
        found, damage = None, ""
        if recording and recording.status == "done":
            try:
                found = await asyncio.to_thread(read_result, recording.results)
                damage = found.damage
            except InputError as error:
                # unless the recording was just deleted
                damage = without_folder(error, recording.results) if recordings.get(id_) else ""
        with page_of(site, request, "recordings", recording.name if recording and found else "") as reader:
            with Tag("a", "back", href="/recordings"):
                icon("arrow_back")
                Tag("span", text=reader("recordings"))
            if damage:
                Tag("p", "" if found else "empty big", reader("damaged", reason=damage), role="alert")
            if recording is None or found is None:
                if not damage:
                    Tag("p", "empty big", reader("gone"))
                return
            samples, names, tracked = found.samples, found.names, found.tracked
            Tag("h1", "name", recording.name)
            is_video = not len(samples) or samples["time_s"][-1] > samples["time_s"][0]
            with Tag("div", "review"):
                address = f"/recordings/{id_}"
                with Tag("section", "card video", aria_label=reader("video")):
                    Tag(
                        "video", src=f"{address}/video", playsinline=True, preload="auto", id="video", controls=is_video
                    )
                with Tag("div", "beside"):
                    if not len(samples):
                        Tag("p", "empty", reader("no_face"))
                    elif is_video:
                        _Timeline(reader, found)
                    else:
                        _add_people(reader, samples, names)
                    if tracked.tracks:
                        PersonsForm(reader, recording, tracked)
                    _add_downloads(reader, address)


def _add_downloads(reader: Reader, address: str) -> None:
    with Tag("section", "card", aria_label=reader("downloads")):
        with Tag("div", "line downloads"):
            Tag("span", "muted", reader("downloads"))
            for what in RESULTS:
                Tag("a", "button", reader(f"download_{what}"), href=f"{address}/{what}?download=true", download="")
        with Tag("div", "line downloads"):
            Tag("span", "muted", reader("exports"))
            for name in Format:
                Tag("a", "button", reader(f"export_{name}"), href=f"{address}/export/{name}", download="")


@dataclass(frozen=True, slots=True)
class Found:
    """What the page shows of a recording.

    Attributes:
        samples: Samples of its people.
        bands: Their labels over time.
        names: Their names.
        tracked: Its tracks.
        marks: Time in seconds, text and stream of the markers of other programs.
        measures: What `[landmarks]` measured, None without it.
        totals: The same of each person, in sum.
        damage: Why there are no markers although others sent some, in one line; "" if nothing is wrong.
    """

    samples: Samples
    bands: list[Band]
    names: dict[int, str]
    tracked: Tracked
    marks: list[tuple[float, str, str]]
    measures: Measures | None
    totals: dict[int, Measured]
    damage: str


def read_result(folder: Path) -> Found:
    """Read what the page shows; a table of markers that is not valid costs only the markers.

    Raises:
        InputError: The results cannot be read.
    """
    results = read_tracks(folder)
    people = apply_persons(results)
    totals: dict[int, Measured] = {}
    for person in people.people:
        tracks = np.unique(people.tracked[people.track == person]).tolist()
        if measured := measured_of(results.summary.tracks, tracks):
            totals[person] = measured
    marks, damage = [], ""
    try:
        marks = [(mark.at_ms / 1e3, mark.text, mark.stream) for mark in read_marks(folder)]
    except InputError as error:
        damage = without_folder(error, folder)
    return Found(
        samples=samples_of(people),
        bands=bands_of(people),
        names={person: people.name(person) for person in people.people},
        tracked=Tracked.of(results),
        marks=marks,
        measures=Measures.of(people),
        totals=totals,
        damage=damage,
    )


def _add_people(reader: Reader, samples: Samples, given: Mapping[int, str]) -> None:
    """Show the emotion of each person in a still picture."""
    with Tag("section", "card people", aria_labelledby="people"):
        Tag("h2", text=reader("people"), id="people")
        with Tag("ul", "side"):
            names = Names(reader, given, given)
            for sample in samples:
                known = not np.isnan(sample["probabilities"]).any()
                person = Person(
                    track=int(sample["person"]),
                    since_s=0,
                    label=LABELS[sample["label"]],
                    confidence=float(sample["confidence"]),
                    probabilities=tuple(sample["probabilities"].tolist()) if known else None,
                    seconds={},
                )
                Bars(reader, person.track, name=names.of(person.track)).show(person)


class _Timeline:
    """Timeline and table of a recording."""

    def __init__(self, reader: Reader, found: Found) -> None:
        self._reader, self._found = reader, found
        lanes = choose_lanes(found.bands)
        self._person = lanes[0]
        self._names = Names(reader, lanes, found.names)
        self._marks = [(at, text) for at, text, _ in found.marks]
        with Tag("section", "card"):
            with Tag("div", "seek"):
                self._chart = ui.echart(self._options()).classes("chart")
                self._chart.style(f"height:{height_px(len(lanes))}px")
                Tag("div", "playhead", id="playhead", aria_hidden="true", hidden=True)
            Tag("p", "muted hint", reader("seek_hint"))
        ui.context.client.on_connect(lambda: ui.run_javascript(f"emobotSeek({self._chart.id})"))
        if found.measures:
            with Tag("section", "card", aria_labelledby="measures"):
                Tag("h2", text=reader("measures"), id="measures")
                self._totals = Tag("p", "numbers")
                self._measures = ui.echart(self._measured()).classes("chart").style(f"height:{HEIGHT_PX}px")
                Tag("p", "muted hint", reader("measures_hint"))
        Marks(reader).show([(reader.seconds(at), f"{text} ({stream})") for at, text, stream in found.marks])
        with Tag("section", "card", aria_labelledby="shares"):
            Tag("h2", text=reader("distribution"), id="shares")
            self._shares = Shares(reader, self._choose)
        self._show()

    @property
    def _span(self) -> tuple[float, float]:
        return 0.0, max([band.end_s for band in self._found.bands] + [at for at, _ in self._marks])

    def _options(self) -> dict[str, object]:
        return timeline_options(
            self._reader,
            self._found.bands,
            self._found.samples,
            person=self._person,
            span=self._span,
            of_day=False,
            given=self._found.names,
            marks=self._marks,
        )

    def _measured(self) -> dict[str, object]:
        assert self._found.measures
        name = self._names.of(self._person)
        return measures_options(
            self._reader, self._found.measures, person=self._person, name=name, span=self._span, marks=self._marks
        )

    def _choose(self, person: int) -> None:
        self._person = person
        renew(self._chart, self._options())
        if self._found.measures:
            renew(self._measures, self._measured())
        self._show()

    def _show(self) -> None:
        self._shares.show(self._names, label_seconds(self._found.bands), self._person)
        if self._found.measures:
            name = self._names.of(self._person)
            self._totals.text = " · ".join([name, *_sums(self._reader, self._found.totals.get(self._person))])


def renew(chart: ui.echart, options: dict[str, object]) -> None:
    """Draw a chart again."""
    chart.options.clear()
    chart.options.update(options)
    chart.update()


def _sums(reader: Reader, measured: Measured | None) -> list[str]:
    """Return the share of time facing the camera and the blinks per minute, where they are known."""
    if measured is None or not measured.seconds:
        return []
    parts = [reader("facing_share", share=reader.percent(measured.facing_s / measured.seconds))]
    if measured.blinks_s >= RATE_S:
        parts.append(reader("blink_rate", rate=reader.number(60 * measured.blinks / measured.blinks_s)))
    return parts
