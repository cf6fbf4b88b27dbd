"""What one person showed over time, in few enough samples to draw."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MOST_COLUMNS = 1200
"""Most samples drawn for a person; the picture has hardly more columns."""
MOST_SAMPLES = 4 * MOST_COLUMNS
"""Most samples stored for a person, because a camera may run for weeks."""
TOUCHING_S = 1e-4
"""Seconds between the end of a sample and the start of the next within which they touch: times are rounded."""
Run = tuple[str, float, float]
"""Label, start and end in seconds of the stream."""


@dataclass(slots=True)
class PersonTimeline:
    """One person's samples. Each has its own end, so that any absence is a hole between two of them.

    Attributes:
        track: The person's track number.
        name: The person's name; empty for "Person TRACK".
        seconds: Seconds for which each label was shown, over every frame; there may be fewer samples.
        starts_s: Start of each sample, seconds of the stream.
        ends_s: End of each sample, seconds of the stream.
        probabilities: Fused probabilities in the order of the palette's first seven, or None.
        runs: Spans of time with one label, ordered by time.
        count: Number of samples added, kept or not.
    """

    track: int
    name: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    starts_s: list[float] = field(default_factory=list)
    ends_s: list[float] = field(default_factory=list)
    probabilities: list[Sequence[float] | None] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    count: int = 0

    def add(self, start_s: float, end_s: float, label: str, probabilities: Sequence[float] | None) -> None:
        """Add a sample behind the others."""
        self.count += 1
        self.starts_s.append(start_s)
        self.ends_s.append(end_s)
        self.probabilities.append(probabilities)
        if self.runs and self.runs[-1][0] == label and start_s <= self.runs[-1][2] + TOUCHING_S:
            self.runs[-1] = (label, self.runs[-1][1], end_s)
        else:
            self.runs.append((label, start_s, end_s))
        if max(len(self.starts_s), len(self.runs)) > MOST_SAMPLES:
            self.thin(MOST_SAMPLES)

    def thin(self, most: int) -> None:
        """Merge samples and runs where there are more than `most`; half as many are left."""
        if len(self.starts_s) > most:
            first, last = _groups(self.starts_s, self.ends_s, most // 4)
            self.starts_s = [self.starts_s[i] for i in first]
            self.ends_s = [self.ends_s[i] for i in last]
            self.probabilities = [self.probabilities[i] for i in first]
        self.runs = merged_runs(self.runs, most // 4) if len(self.runs) > most else self.runs


@dataclass(frozen=True, slots=True)
class Spans:
    """One person's probabilities in few samples.

    Attributes:
        starts_s: Start of each sample, seconds of the stream, `float64[n]`.
        ends_s: Its end, `float64[n]`.
        table: Probabilities `float64[n, 7]`; NaN if unknown.
    """

    starts_s: NDArray[np.float64]
    ends_s: NDArray[np.float64]
    table: NDArray[np.float64]

    @classmethod
    def of(cls, person: PersonTimeline, most: int = MOST_COLUMNS) -> "Spans":
        """Return about `most` samples, at most twice as many, of a person who was seen at least once."""
        n = len(person.starts_s)
        first, last = _groups(person.starts_s, person.ends_s, most) if n > most else (np.arange(n), np.arange(n))
        table = [[np.nan] * 7 if (one := person.probabilities[i]) is None else one for i in first]
        return cls(np.array(person.starts_s)[first], np.array(person.ends_s)[last], np.array(table, np.float64))

    def stretches(self) -> list[slice]:
        """Return the index ranges in which the person was seen without interruption and has probabilities."""
        known = ~np.isnan(self.table[:, 0])
        follows = known[1:] & known[:-1] & (self.starts_s[1:] <= self.ends_s[:-1] + TOUCHING_S)
        first = np.flatnonzero(known & ~np.concatenate([[False], follows]))
        last = np.flatnonzero(known & ~np.concatenate([follows, [False]]))
        return [slice(int(a), int(b) + 1) for a, b in zip(first, last, strict=True)]


def merged_runs(runs: Sequence[Run], most: int) -> list[Run]:
    """Return runs of which those that start within the same `most`th of the time are one, with the longest's label."""
    if len(runs) <= most:
        return list(runs)
    first, last = _groups([run[1] for run in runs], [run[2] for run in runs], most)
    groups = [runs[a : b + 1] for a, b in zip(first, last, strict=True)]
    return [(max(group, key=lambda run: run[2] - run[1])[0], group[0][1], group[-1][2]) for group in groups]


def choose_people(people: Sequence[PersonTimeline], most: int) -> list[PersonTimeline]:
    """Return the `most` people seen longest, in their order."""
    longest = {id(person) for person in sorted(people, key=lambda person: -person.count)[:most]}
    return [person for person in people if id(person) in longest]


def largest_share(person: PersonTimeline) -> tuple[str, float]:
    """Return the label a person showed longest, and its fraction of their time, 0 to 1.

    A person seen in a single sample, without measurable time, gets that sample's label.
    """
    seconds = person.seconds
    if not sum(seconds.values()):
        seconds = {}
        for label, start, end in person.runs:
            seconds[label] = seconds.get(label, 0.0) + end - start
    most = max(seconds, key=seconds.__getitem__)
    return most, seconds[most] / sum(seconds.values()) if sum(seconds.values()) else 1.0


def _groups(starts_s: Sequence[float], ends_s: Sequence[float], most: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first and last index of each group of samples that start within the same `most`th of the time.

    Absences divide a group, too, unless there are more than `most`: then they are narrower than what can be drawn.
    """
    starts, ends = np.asarray(starts_s), np.asarray(ends_s)
    span = max(1e-9, float(ends[-1] - starts[0]))
    cuts = np.diff(np.floor((starts - starts[0]) * (most / span))) > 0
    away = starts[1:] > ends[:-1] + TOUCHING_S
    if np.count_nonzero(away) <= most:
        cuts |= away
    return np.flatnonzero(np.append(True, cuts)), np.flatnonzero(np.append(cuts, True))
