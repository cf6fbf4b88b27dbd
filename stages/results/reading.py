"""Finds and reads finished results: folders that the output `table` wrote."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.over_time.episodes import LOST_AFTER_S
from pipeline.batch.columns import OLD_COLUMNS
from pipeline.batch.ledger import RECORD, Entry
from pipeline.batch.results import SUMMARY, TABLE, Summary, save_summary
from pipeline.errors import InputError
from pipeline.messages import EMOTIONS, Label
from stages.results.columns import read_columns
from stages.results.persons.joining import in_order, join, sum_up, tracks_as_persons, with_persons
from stages.results.persons.settling import read_persons, settle
from stages.results.persons.tracks import Rows

LABELS: tuple[str, ...] = get_args(Label)
"""The seven emotions and `uncertain`."""
DROPPED_GAP = 3.0
"""Frame durations between rows that are no absence where frames were dropped, as in live cameras."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The results of one recording, `n` faces in `F` frames.

    Attributes:
        folder: Their folder.
        summary: `summary.json`.
        source: The recording, where `emobot batch` has noted it; it may have been moved since.
        frame: Number of each face's frame, `int64[n]`.
        pts_ms: Its time, milliseconds from the container's start, `float64[n]`.
        track: Its person, `int64[n]`: the number of the person's first track.
        tracked: Its number in `faces.csv`, `int64[n]`.
        label: Its label, `object[n]`.
        confidence: Probability of the most probable emotion, `float64[n]`; 0 before the first classification.
        probabilities: Fused probabilities in the order of `EMOTIONS`, `float64[n, 7]`; NaN before the first.
        box: x, y, width and height of the face, pixels of the frame, `float64[n, 4]`.
        extra: Further columns of `faces.csv` by name, each of `n` rows.
        frame_pts_ms: Times of all frames that have a row, also one without a face, `float64[F]`; sorted and unique.
        frame_end_ms: End of each of these frames, `float64[F]`: the start of the next frame.
        frame_number: Number of each of these frames, `int64[F]`.
        end_ms: End of the recording's last frame, which may have no row.
        names: Names of people by track, where they have one.
    """

    folder: Path
    summary: Summary
    source: Path | None
    frame: NDArray[np.int64]
    pts_ms: NDArray[np.float64]
    track: NDArray[np.int64]
    tracked: NDArray[np.int64]
    label: NDArray[Any]
    confidence: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    box: NDArray[np.float64]
    extra: Mapping[str, NDArray[Any]]
    frame_pts_ms: NDArray[np.float64]
    frame_end_ms: NDArray[np.float64]
    frame_number: NDArray[np.int64]
    end_ms: float
    names: Mapping[int, str] = field(default_factory=dict)

    @property
    def people(self) -> list[int]:
        """All people, in order."""
        return in_order({int(track): self.name(int(track)) for track in np.unique(self.track)})

    @property
    def rows(self) -> Rows:
        """When and where faces were seen."""
        summary, n = self.summary, len(self.frame)
        sizes = {"frame_width": summary.width, "frame_height": summary.height}
        # the two columns are missing in old tables
        found = [self.extra.get(name, np.full(n, np.nan)) for name in sizes]
        size = [
            np.where(pixels >= 1, pixels, max(1, usual)) for pixels, usual in zip(found, sizes.values(), strict=True)
        ]
        return Rows(frame=self.frame, pts_ms=self.pts_ms, track=self.tracked, box=self.box, size=np.stack(size, 1))

    def name(self, track: int) -> str:
        """Return a person's name; "Person 3" for a person without one."""
        return self.names.get(track) or f"Person {track}"


def has_results(folder: Path) -> bool:
    """Return whether a folder holds a recording's results."""
    return (folder / SUMMARY).is_file() and (folder / TABLE).is_file()


def find_results(paths: Iterable[Path]) -> list[Path]:
    """Return all folders with results, each once: the paths themselves, or the folders in them by name.

    Raises:
        InputError: A path holds no results.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        inside = [path] if has_results(path) else sorted(p for p in path.glob("[!.]*") if p.is_dir() and has_results(p))
        if not inside:
            raise InputError(f"expected {TABLE} and {SUMMARY} in {path} or its folders, found none")
        for folder in inside:
            found.setdefault(folder.resolve(), folder)
    return list(found.values())


def read_summary(folder: Path) -> Summary:
    """Read a recording's `summary.json`.

    Raises:
        InputError: It is missing or not valid.
    """
    try:
        return msgspec.json.decode((folder / SUMMARY).read_bytes(), type=Summary)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"expected a summary of a recording, found {folder / SUMMARY}: {error}") from error


def read_results(folder: Path) -> Results:
    """Read a recording's results, with the people of `persons.csv`: joined, named, and without those left out.

    Raises:
        InputError: A file is missing or not valid.
    """
    return apply_persons(read_tracks(folder))


def read_each(folders: Iterable[Path]) -> Iterator[Results]:
    """Yield the results of recordings, one in memory at a time.

    Raises:
        InputError: Some cannot be read; raised after the others, with a line for each mistake.
    """
    mistakes: dict[str, None] = {}
    for folder in folders:
        try:
            results = read_results(folder)
        except InputError as error:
            mistakes[str(error)] = None
        else:
            yield results
    if mistakes:
        raise InputError("\n".join(mistakes))


def settle_persons(folder: Path, seats: int | None = None) -> Results:
    """Write `persons.csv` and `seats` in `summary.json` where they have to be written; return the results.

    Args:
        folder: Folder of results.
        seats: Number of seats by which to join tracks, 0 for none; None keeps what was chosen before.

    Raises:
        InputError: A file is missing, not valid or cannot be written.
    """
    results = read_tracks(folder)
    chosen = settle(folder, results.rows, results.summary, seats)
    if chosen != results.summary.seats:
        results = replace(results, summary=msgspec.structs.replace(results.summary, seats=chosen))
        save_summary(results.summary, folder / SUMMARY)
    return results


def apply_persons(results: Results) -> Results:
    """Return the results of `read_tracks` with the people of `persons.csv`.

    Raises:
        InputError: `persons.csv` is not valid.
    """
    folder = results.folder
    names = read_persons(folder, results.rows, results.summary)
    if names is None:
        return replace(results, summary=with_persons(results.summary, tracks_as_persons(results.summary)))
    joined = join(results.rows, names)
    at = np.searchsorted(results.frame_pts_ms, results.pts_ms)
    shown_ms = (results.frame_end_ms - results.frame_pts_ms)[at]
    persons = sum_up(joined, names, results.pts_ms, shown_ms, results.label)
    kept = joined.rows
    return replace(
        results,
        summary=with_persons(results.summary, persons, joined.others),
        frame=results.frame[kept],
        pts_ms=results.pts_ms[kept],
        track=joined.person,
        tracked=results.tracked[kept],
        label=results.label[kept],
        confidence=results.confidence[kept],
        probabilities=results.probabilities[kept],
        box=results.box[kept],
        extra={name: values[kept] for name, values in results.extra.items()},
        names=joined.names,
    )


def read_tracks(folder: Path) -> Results:
    """Read a recording's results as the tracker numbered the people.

    Raises:
        InputError: A file is missing or not valid.
    """
    summary = read_summary(folder)
    columns = read_columns(folder / TABLE)
    seen = ~np.isnan(columns["track"])
    unknown = sorted(set(columns["label"][seen]) - set(LABELS))
    if unknown:
        raise InputError(f"expected {', '.join(LABELS)} as labels, found {unknown[0]!r}, in {folder / TABLE}")
    starts, ends, numbers = _frames(columns["frame"], columns["pts_ms"], summary)
    known = columns if seen.all() else {name: values[seen] for name, values in columns.items()}
    return Results(
        folder=folder,
        summary=summary,
        source=_source(folder),
        frame=known["frame"].astype(np.int64),
        pts_ms=known["pts_ms"],
        track=known["track"].astype(np.int64),
        tracked=known["track"].astype(np.int64),
        label=known["label"],
        confidence=known["confidence"],
        probabilities=np.stack([known[name] for name in EMOTIONS], axis=1),
        box=np.stack([known[name] for name in ("x", "y", "width", "height")], axis=1),
        extra={name: values for name, values in known.items() if name not in OLD_COLUMNS or name == "score"},
        frame_pts_ms=starts,
        frame_end_ms=ends,
        frame_number=numbers,
        end_ms=max(_end_ms(summary), *ends[-1:].tolist()) if ends.size else _end_ms(summary),
    )


def _frames(
    frame: NDArray[np.float64], pts_ms: NDArray[np.float64], summary: Summary
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return start, end and number of each frame that has a row."""
    starts, first = np.unique(pts_ms, return_index=True)
    numbers = frame[first].astype(np.int64)
    if not starts.size:
        return starts, starts, numbers
    follows = np.diff(numbers) == 1
    lengths = np.diff(starts)
    usual = float(np.median(lengths[follows])) if follows.any() else 1e3 / (summary.fps or 25.0)
    dropped = has_dropped(numbers, summary)
    if dropped:
        usual = max(usual, 1e3 / (summary.fps or 25.0))
    last_ms = starts[-1] + usual
    summed_ms = _end_ms(summary)
    ends = np.append(starts[1:], summed_ms if starts[-1] < summed_ms else last_ms)
    # the frames in between had no face, so no row: this frame ended after the usual time
    is_last = summary.frames_out in (numbers[-1] + 1, len(numbers)) and ends[-1] - starts[-1] <= DROPPED_GAP * usual
    gone = np.append(~follows, not is_last) & (ends - starts > usual * (DROPPED_GAP if dropped else 1.0))
    if dropped and summary.frames_out == len(numbers):
        # every frame has a row, so those in between were dropped: a frame counts until the next one, as in the summary
        gone[:-1] = False
    ends[gone] = starts[gone] + usual
    if dropped or not summary.lossless:
        ends = np.minimum(ends, starts + LOST_AFTER_S * 1e3)
    return starts, ends, numbers


def has_dropped(numbers: NDArray[np.int64], summary: Summary) -> bool:
    """Return whether frames were dropped, by a live camera or on the way: a gap in the numbers may be no absence.

    Args:
        numbers: Numbers of the frames that have a row, sorted.
        summary: `summary.json`; what a live camera dropped itself is not in its `frames_in`.
    """
    dropped = numbers.size > 0 and not summary.lossless and numbers[-1] >= summary.frames_out
    return summary.frames_in != summary.frames_out or bool(dropped)


def _end_ms(summary: Summary) -> float:
    return (summary.first_pts_ms or 0.0) + summary.duration_s * 1e3


def _source(folder: Path) -> Path | None:
    try:
        return Path(msgspec.json.decode((folder / RECORD).read_bytes(), type=Entry).source)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        # a table of `emobot run` has no such file
        return None


def durations_s(results: Results, labels: Sequence[str] = LABELS) -> dict[str, float]:
    """Return the seconds for which each label was shown, over all people."""
    at = np.searchsorted(results.frame_pts_ms, results.pts_ms)
    seconds = (results.frame_end_ms - results.frame_pts_ms)[at] / 1e3
    return {label: float(seconds[results.label == label].sum()) for label in labels}
