"""Reads a recording's results from the folder that the output `table` writes."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.display.timeline import PersonTimeline
from models.over_time.moments import Moment, Moments
from pipeline.batch.results import Summary, merge
from stages.results.reading import Results, read_results

_Row = tuple[float, int, tuple[float, ...] | None, str]
"""Time in seconds, track, fused probabilities and label."""
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
        summary: `summary.json`.
        people: All people, ordered by number.
        confidences: Probability of the most probable emotion in each classification, 0 to 1, `float64[n]`.
        labels: Number of classifications per label.
        moments: All label changes, ordered by time.
    """

    folder: Path
    title: str
    summary: Summary
    people: list[PersonTimeline]
    confidences: NDArray[np.float64]
    labels: dict[str, int]
    moments: list[Moment]

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
    """Read a folder.

    Args:
        folder: Folder that the output `table` wrote.
        title: Title of the recording; empty for the camera's name.

    Raises:
        InputError: A file is missing or not valid.
    """
    results = read_results(folder)
    summary = results.summary
    people: dict[int, PersonTimeline] = {}
    found: list[Moment] = []
    moments = Moments()
    for time_s, track, fused, label in _rows(results):
        person = people.setdefault(track, PersonTimeline(track))
        person.add(time_s, label, fused)
        if moment := moments.update(track, label, fused, time_s):
            found.append(moment)
    for one in merge(summary.tracks):
        if one.track in people:
            people[one.track].seconds = one.seconds
    return Recording(
        folder=folder,
        title=title or summary.camera,
        summary=summary,
        people=sorted(people.values(), key=lambda person: person.track),
        confidences=results.confidence,
        labels=dict(Counter(results.label.tolist())),
        moments=found,
    )


def _rows(results: Results) -> Iterator[_Row]:
    for start in range(0, len(results.track), BLOCK):
        block = slice(start, start + BLOCK)
        times, tracks = (results.pts_ms[block] / 1e3).tolist(), results.track[block].tolist()
        fused, labels = results.probabilities[block].tolist(), results.label[block].tolist()
        for time_s, track, row, label in zip(times, tracks, fused, labels, strict=True):
            yield time_s, track, None if isnan(row[0]) else tuple(row), label
