"""What figures show of each person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ConfigError
from stages.results.episodes import Episode, episodes
from stages.results.export.document import Mark, one_line, read_marks
from stages.results.paths import Recorded, titles_of
from stages.results.reading import Results, read_each
from stages.results.study import read_study

MOST_COLUMNS = 600
"""Most samples of a person's probabilities; at 180 mm one is 0.3 mm wide. Longer recordings show means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A recording, or those of its people who are in one group.

    Attributes:
        results: Its results.
        title: Title of the recording.
        tracks: The people who are shown.
        group: Group of the recording; empty without one.
        marks: Markers of other programs, ordered by time.
    """

    results: Results
    title: str
    tracks: list[int]
    group: str = ""
    marks: list[Mark] = field(default_factory=list)

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds of each label over all of these people."""
        return seconds_of([one for track in self.tracks for one in episodes(self.results, track)])

    @property
    def start_s(self) -> float:
        """Time of the first frame, seconds from the container's start."""
        return (self.results.summary.first_pts_ms or 0.0) / 1e3

    @property
    def end_s(self) -> float:
        """End of the recording or of its last marker, seconds; frames without a face have no rows."""
        last_s = self.marks[-1].at_ms / 1e3 if self.marks else 0.0
        return max(self.results.end_ms / 1e3, self.start_s + self.results.summary.duration_s, last_s)

    def longest(self, most: int) -> list[int]:
        """Return the people in view longest, ordered by number."""
        rows = {track: int((self.results.track == track).sum()) for track in self.tracks}
        return sorted(sorted(rows, key=lambda track: -rows[track])[:most])


def read_shown(
    folders: Sequence[Path], participants: Path | None = None, pattern: str = "", by: str = ""
) -> list[Shown]:
    """Read recordings, ordered by group; the people of one recording may be in several groups.

    Args:
        folders: Folders of results.
        participants: Table of participants, None without one.
        pattern: Pattern of the recordings' paths, empty without one.
        by: Column of the table, or name in the pattern, that is the group.

    Raises:
        ConfigError: There is no such column, or the pattern is wrong.
        InputError: Results or table cannot be read.
    """
    if participants is None and not pattern:
        if by not in ("", "condition"):
            raise ConfigError(f"--by: expected --participants or --pattern with it, found only {by!r}")
        return _titled(folders)
    shown = _titled(folders)
    study = read_study(participants, None, pattern)
    everything = [Recorded.of(one.results) for one in shown]
    study.check(everything)
    study.mistakes.raise_if_any()
    study.report_absent()
    if by not in (known := ("participant", "condition", *study.extra)):
        raise ConfigError(f"--by: expected one of {', '.join(known)}, found {by!r}")
    grouped = []
    for one, recorded in zip(shown, everything, strict=True):
        groups: dict[str, list[int]] = {} if one.tracks else {study.describe(recorded, 0)[by]: []}
        for track in one.tracks:
            groups.setdefault(study.describe(recorded, track)[by], []).append(track)
        grouped += [replace(one, tracks=tracks, group=group) for group, tracks in groups.items()]
    return sorted(grouped, key=lambda one: (not one.group, one.group))


def _titled(folders: Sequence[Path]) -> list[Shown]:
    """Return recordings with names that an SVG can hold."""
    recordings = list(read_each(folders))
    shown = []
    for results, title in zip(recordings, titles_of(recordings), strict=True):
        names = {track: one_line(name) for track, name in results.names.items()}
        named = replace(results, names=names)
        marks = read_marks(results.folder)
        shown.append(Shown(results=named, title=one_line(title), tracks=results.people, marks=marks))
    return shown


def seconds_of(spans: Sequence[Episode]) -> dict[str, float]:
    """Return the seconds of each label."""
    seconds: dict[str, float] = {}
    for one in spans:
        seconds[one.label] = seconds.get(one.label, 0.0) + (one.end_ms - one.start_ms) / 1e3
    return seconds


def shares_of(seconds: Mapping[str, float]) -> dict[str, float]:
    """Return the share of each label, 0 to 1; empty without time."""
    total = sum(seconds.values())
    return {label: value / total for label, value in seconds.items()} if total else {}


def probabilities(
    results: Results, track: int, start_s: float, end_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return edges in seconds `float64[n + 1]`, and mean probabilities between them `float64[n, 7]`, NaN if not seen.

    Args:
        results: The recording.
        track: The person.
        start_s: Start of the axis.
        end_s: Its end; a column is a `MOST_COLUMNS`th of it, or a frame if that is longer.
    """
    mine = results.track == track
    times, values = results.pts_ms[mine], results.probabilities[mine]
    starts, ends = results.frame_pts_ms, results.frame_end_ms
    known = ~np.isnan(values[:, 0])
    times, values = times[known], values[known]
    if len(starts) <= MOST_COLUMNS:
        # a column per frame, and one per gap between frames
        edges = np.unique(np.concatenate([starts, ends]))
    else:
        edges = np.linspace(start_s * 1e3, end_s * 1e3, MOST_COLUMNS + 1)
    if len(edges) < 2:
        return np.zeros(1), np.empty((0, 7))
    at = np.clip(np.searchsorted(edges, times, side="right") - 1, 0, len(edges) - 2)
    count = np.bincount(at, minlength=len(edges) - 1)
    sums = np.stack([np.bincount(at, column, len(edges) - 1) for column in values.T], axis=1)
    with np.errstate(invalid="ignore"):
        return edges / 1e3, sums / count[:, None]
