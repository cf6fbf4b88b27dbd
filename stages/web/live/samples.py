"""People's emotions over the last minutes: a bounded table of samples and its evaluation."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TextIO

import numpy as np

from pipeline.messages import EMOTIONS, Face
from stages.results.episodes import episodes
from stages.results.reading import Results

LABELS = (*EMOTIONS, "uncertain")
"""Labels by their code in `Samples["label"]`."""
Samples = np.ndarray[Any, np.dtype[np.void]]
SAMPLE = np.dtype(
    [("time_s", "f8"), ("person", "i8"), ("label", "u1"), ("confidence", "f4"), ("probabilities", "f4", (7,))]
)
"""One sample of one person; probabilities are NaN before the first classification."""

GAP_S = 1.0
"""Seconds without a sample of a person in front of a camera after which they count as absent: cameras drop frames."""
_FIRST_ROWS = 1024
_TRACK_BITS = 30


def person_key(since_s: int, track: int) -> int:
    """Return a unique number for a person of one camera, since each start of the camera counts tracks from 1.

    Args:
        since_s: Start of the camera's numbering, UNIX seconds; 0 in a recording.
        track: The person's number since then.
    """
    return since_s << _TRACK_BITS | track


def track_of(person: int) -> int:
    """Return a person's displayed number."""
    return person & (1 << _TRACK_BITS) - 1


def since_of(person: int) -> int:
    """Return the start of a person's numbering, UNIX seconds; 0 in a recording."""
    return person >> _TRACK_BITS


class History:
    """The samples of one camera; the newest replace the oldest.

    Args:
        keep_s: Seconds for which samples are kept.
        most_rows: Maximum rows, 49 bytes each.
    """

    def __init__(self, keep_s: float, most_rows: int) -> None:
        self._keep_s = keep_s
        self._most_rows = most_rows
        self._rows: Samples = np.empty(min(_FIRST_ROWS, most_rows), SAMPLE)
        self._start = 0
        self._count = 0

    def add(self, time_s: float, since_s: int, faces: Iterable[Face]) -> None:
        """Add the faces of one frame.

        Args:
            time_s: Time of the frame; must not decrease.
            since_s: As in `person_key`.
            faces: The faces.
        """
        self._forget(time_s - self._keep_s)
        for face in faces:
            if self._count == len(self._rows):
                self._make_room()
            row = self._rows[(self._start + self._count) % len(self._rows)]
            row["time_s"] = time_s
            row["person"] = person_key(since_s, face.track)
            row["label"] = LABELS.index(face.label)
            row["confidence"] = face.confidence
            row["probabilities"] = np.nan if face.fused is None else face.fused
            self._count += 1

    def select(self, from_s: float = -np.inf, to_s: float = np.inf) -> Samples:
        """Return a copy of the samples within a period, oldest first."""
        rows = self._rows[(self._start + np.arange(self._count)) % len(self._rows)]
        return rows[(rows["time_s"] >= from_s) & (rows["time_s"] <= to_s)]

    def _forget(self, before_s: float) -> None:
        while self._count and self._rows[self._start]["time_s"] < before_s:
            self._start = (self._start + 1) % len(self._rows)
            self._count -= 1

    def _make_room(self) -> None:
        if len(self._rows) < self._most_rows:
            larger: Samples = np.empty(min(2 * len(self._rows), self._most_rows), SAMPLE)
            larger[: self._count] = self.select()
            self._rows, self._start = larger, 0
        else:
            self._start = (self._start + 1) % len(self._rows)
            self._count -= 1


class Band(NamedTuple):
    """One person showing one label without interruption."""

    person: int
    start_s: float
    end_s: float
    label: str


def find_bands(samples: Samples) -> list[Band]:
    """Merge samples into bands; a sample lasts until the person's next one, unless they were absent for `GAP_S`."""
    bands = []
    for person, rows in by_person(samples):
        times, labels = rows["time_s"], rows["label"]
        gaps = np.diff(times)
        usual = float(np.median(gaps)) if gaps.size else 0.04
        away = gaps > max(GAP_S, 3 * usual)
        ends = np.append(np.where(away, times[:-1] + usual, times[1:]), times[-1] + usual)
        starts = np.flatnonzero(np.append(True, away | (np.diff(labels.astype(int)) != 0)))
        for first, last in zip(starts, np.append(starts[1:], len(rows)) - 1, strict=True):
            bands.append(Band(person, float(times[first]), float(ends[last]), LABELS[labels[first]]))
    return bands


def bands_of(results: Results) -> list[Band]:
    """Return the bands of a recording: its episodes, in which every absence is a hole."""
    return [
        Band(track, one.start_ms / 1e3, one.end_ms / 1e3, one.label)
        for track in dict.fromkeys(results.track.tolist())
        for one in episodes(results, track)
    ]


def label_seconds(bands: Iterable[Band], from_s: float = -np.inf, to_s: float = np.inf) -> dict[int, dict[str, float]]:
    """Return the seconds for which each person showed each label within a period."""
    seconds: dict[int, dict[str, float]] = {}
    for band in bands:
        shown = min(band.end_s, to_s) - max(band.start_s, from_s)
        if shown > 0:
            person = seconds.setdefault(band.person, {})
            person[band.label] = person.get(band.label, 0.0) + shown
    return seconds


def by_person(samples: Samples) -> Iterator[tuple[int, Samples]]:
    """Yield each person with their samples, in order of appearance."""
    people, first = np.unique(samples["person"], return_index=True)
    for person in people[np.argsort(first)]:
        yield int(person), samples[samples["person"] == person]


def write_csv(samples: Samples, file: TextIO) -> None:
    """Write samples as a table: UNIX time in seconds, track, the seven probabilities, label, confidence.

    The last column is the start of the numbering, UNIX seconds: `since_s` and track together identify a person.
    """
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(("time_s", "track", *EMOTIONS, "label", "confidence", "since_s"))
    for row in samples:
        values = ["" if np.isnan(value) else f"{value:.4f}" for value in row["probabilities"]]
        label = LABELS[row["label"]]
        person, confidence = int(row["person"]), f"{row['confidence']:.4f}"
        rows.writerow((f"{row['time_s']:.3f}", track_of(person), *values, label, confidence, since_of(person)))


def samples_of(results: Results) -> Samples:
    """Return the samples of a recording; times count from the container's start, people are its persons."""
    samples: Samples = np.zeros(len(results.frame), SAMPLE)
    codes = {label: code for code, label in enumerate(LABELS)}
    samples["time_s"] = results.pts_ms / 1e3
    samples["person"] = results.track
    samples["label"] = [codes[label] for label in results.label.tolist()]
    samples["confidence"] = results.confidence
    samples["probabilities"] = results.probabilities
    return samples
