"""Reads a recording's results from the folder that the output `table` writes."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.display.person_timeline import PersonTimeline
from models.over_time.moments import Moment, Moments
from pipeline.batch.results import Marker, Summary
from stages.results.markers import read_markers
from stages.results.paths import Recorded
from stages.results.reading import Results, apply_persons, settle_persons

_Row = tuple[float, float, int, int, tuple[float, ...] | None, str]
"""Start and end in seconds, person, track, fused probabilities and label."""
BLOCK = 10_000
"""Rows that are Python objects at a time; as arrays they are a tenth of the size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Figures by which recordings are compared.

    Attributes:
        duration_s: Duration.
        people: Number of people.
        seconds: Seconds for which each label was shown, over all people.
        changes: Number of label changes.
        uncertain: Share of uncertain classifications, 0 to 1.
        confidence: Mean probability of the most probable emotion over all usable classifications; None without any.
    """

    duration_s: float
    people: int
    seconds: dict[str, float]
    changes: int
    uncertain: float
    confidence: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recording's results.

    Attributes:
        folder: Their folder.
        title: Title of the recording.
        summary: `summary.json`, with the people of `persons.csv`.
        people: All people, in order.
        confidences: Probability of the most probable emotion in each classification, 0 to 1, `float64[n]`.
        labels: Number of classifications per label.
        moments: All label changes, ordered by time; their track is the tracker's.
        names: Name of each track's person.
        markers: Position in milliseconds and marker of everything that other programs sent meanwhile.
        recorded: What identifies it.
    """

    folder: Path
    title: str
    summary: Summary
    people: list[PersonTimeline]
    confidences: NDArray[np.float64]
    labels: dict[str, int]
    moments: list[Moment]
    names: dict[int, str]
    markers: list[tuple[float, Marker]]
    recorded: Recorded

    @property
    def facts(self) -> Facts:
        """Figures by which it is compared."""
        known = self.confidences[self.confidences > 0]
        return Facts(
            duration_s=self.summary.duration_s,
            people=len(self.people),
            seconds=self.summary.seconds,
            changes=len(self.moments),
            uncertain=self.labels.get("uncertain", 0) / max(1, sum(self.labels.values())),
            confidence=float(known.mean()) if known.size else None,
        )


def read_recording(folder: Path, title: str = "") -> Recording:
    """Read a folder. Write `persons.csv` into it if it has none.

    Args:
        folder: Folder that the output `table` wrote.
        title: Title of the recording; empty for the camera's name.

    Raises:
        InputError: A file is missing or not valid.
    """
    results = apply_persons(settle_persons(folder))
    summary = results.summary
    seconds = {one.tracks[0]: one.seconds for one in summary.persons}
    people = {
        number: PersonTimeline(number, seconds=seconds.get(number, {}), name=results.name(number))
        for number in results.people
    }
    found: list[Moment] = []
    moments = Moments()
    names: dict[int, str] = {}
    for time_s, end_s, number, track, fused, label in _rows(results):
        people[number].add(time_s, end_s, label, fused)
        names.setdefault(track, people[number].name)
        # of a track, as the pictures of the moments are
        if moment := moments.update(track, label, fused, time_s):
            found.append(moment)
    return Recording(
        folder=folder,
        title=title or summary.camera,
        summary=summary,
        people=list(people.values()),
        confidences=results.confidence,
        labels=dict(Counter(results.label.tolist())),
        moments=found,
        names=names,
        markers=read_markers(folder),
        recorded=Recorded.of(results),
    )


def _rows(results: Results) -> Iterator[_Row]:
    ends_ms = results.frame_end_ms[np.searchsorted(results.frame_pts_ms, results.pts_ms)]
    for start in range(0, len(results.track), BLOCK):
        block = slice(start, start + BLOCK)
        times, ends = (results.pts_ms[block] / 1e3).tolist(), (ends_ms[block] / 1e3).tolist()
        people, tracks = results.track[block].tolist(), results.tracked[block].tolist()
        fused, labels = results.probabilities[block].tolist(), results.label[block].tolist()
        for time_s, end_s, person, track, row, label in zip(times, ends, people, tracks, fused, labels, strict=True):
            yield time_s, end_s, person, track, None if isnan(row[0]) else tuple(row), label
