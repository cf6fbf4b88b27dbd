"""The results of a recording: video, timeline and downloads."""

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from fastapi import Request
from nicegui import ui

from pipeline.errors import InputError
from stages.results.export.formats import Format
from stages.results.persons.editing import Tracked
from stages.results.reading import apply_persons, read_tracks
from stages.web.charts.charts import choose_lanes, height_px, timeline_options
from stages.web.charts.names import Names
from stages.web.live.board import Person
from stages.web.live.samples import LABELS, Band, Samples, bands_of, label_seconds, samples_of
from stages.web.pages.layout import Tag, icon, page_of
from stages.web.pages.parts import Bars
from stages.web.pages.persons import PersonsForm
from stages.web.pages.shares import Shares
from stages.web.site import Site
from stages.web.uploads import RESULTS, Recordings
from stages.web.visitor import Reader

BUILD_S = 60.0
"""Seconds to wait for the page; reading the table of a crowded hour takes several."""


def add(site: Site, recordings: Recordings) -> None:
    """Register the page."""

    @ui.page("/recordings/{id_}", response_timeout=BUILD_S)
    async def result(request: Request, id_: str) -> None:
        recording = recordings.get(id_)
        found = None
        if recording and recording.status == "done":
            with contextlib.suppress(InputError):  # the recording was just deleted
                found = await asyncio.to_thread(_read, recording.results)
        with page_of(site, request, "recordings", recording.name if recording and found else "") as reader:
            with Tag("a", "back", href="/recordings"):
                icon("arrow_back")
                Tag("span", text=reader("recordings"))
            if recording is None or found is None:
                Tag("p", "empty big", reader("gone"))
                return
            samples, bands, names, tracked = found
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
                        _Timeline(reader, samples, bands, names)
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


def _read(folder: Path) -> tuple[Samples, list[Band], dict[int, str], Tracked]:
    """Return a recording's samples and bands, the names of its people and its tracks."""
    results = read_tracks(folder)
    people = apply_persons(results)
    names = {person: people.name(person) for person in people.people}
    return samples_of(people), bands_of(people), names, Tracked.of(results)


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

    def __init__(self, reader: Reader, samples: Samples, bands: list[Band], given: Mapping[int, str]) -> None:
        self._given = given
        self._reader, self._samples, self._bands = reader, samples, bands
        lanes = choose_lanes(self._bands)
        self._person = lanes[0]
        with Tag("section", "card"):
            with Tag("div", "seek"):
                self._chart = ui.echart(self._options()).classes("chart")
                self._chart.style(f"height:{height_px(len(lanes))}px")
                Tag("div", "playhead", id="playhead", aria_hidden="true", hidden=True)
            Tag("p", "muted hint", reader("seek_hint"))
        ui.context.client.on_connect(lambda: ui.run_javascript(f"emobotSeek({self._chart.id})"))
        with Tag("section", "card", aria_labelledby="shares"):
            Tag("h2", text=reader("distribution"), id="shares")
            self._shares = Shares(reader, self._choose)
        self._names = Names(reader, lanes, given)
        self._shares.show(self._names, label_seconds(self._bands), self._person)

    def _options(self) -> dict[str, object]:
        end_s = max(band.end_s for band in self._bands)
        return timeline_options(
            self._reader,
            self._bands,
            self._samples,
            person=self._person,
            span=(0.0, end_s),
            of_day=False,
            given=self._given,
        )

    def _choose(self, person: int) -> None:
        self._person = person
        self._chart.options.clear()
        self._chart.options.update(self._options())
        self._chart.update()
        self._shares.show(self._names, label_seconds(self._bands), person)
