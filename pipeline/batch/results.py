"""Format of a recording's results: names of files and fields of `summary.json`; `columns.py` has the tables."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pipeline.batch.columns import COLUMNS as COLUMNS
from pipeline.batch.columns import OLD_COLUMNS as OLD_COLUMNS
from pipeline.errors import ConfigError
from pipeline.messages import Fault, Language
from pipeline.output_path import free_path, is_taken

SUMMARY, TABLE, TIMELINE, REPORT = "summary.json", "faces.csv", "timeline.png", "report.html"
PARQUET, DICTIONARY = "faces.parquet", "columns.json"
VIDEO, PICTURES = "annotated.mp4", "moments"
"""Names of the result files of a recording and of its folder of pictures."""
PERSONS, EARLIER_PERSONS = "persons.csv", "persons-before"
"""Names of the table of names that people gave, and of those before an analysis that may number people differently
(`persons-before.csv`, `persons-before-2.csv`)."""
MARKERS = "markers.csv"
"""File of the markers that other programs sent, if any were asked for."""
MARKER_COLUMNS = ("pts_ms", "at", "stream", "marker")
ZONE_TABLE = "zones.csv"
"""File of the visits of zones and the crossings of lines, if there are any zones or lines."""
ZONE_COLUMNS = ("zone", "what", "track", "start_ms", "end_ms", "dwell_s", "direction")


def check_folder(options: dict[str, Any]) -> None:
    """Refuse a `path` without the camera's name: streams would overwrite each other.

    Raises:
        ConfigError: The path does not contain `{camera}`.
    """
    if "{camera}" not in options.get("path", "{camera}"):
        raise ConfigError(f"path: expected a folder with {{camera}} in its name, found {options['path']!r}")


def unused_folder(folder: Path, names: Iterable[str]) -> Path:
    """Return the folder, or that with the first number behind its name that has none of these files, complete or not.

    What an earlier run, or an earlier process of the camera, has written stays.
    """
    every = [file for name in names for file in (name, f"{name}.partial")]
    return free_path(folder, taken=lambda one: any(is_taken(one / file) for file in every))


class Measured(msgspec.Struct, kw_only=True):
    """What `[landmarks]` measured of one person."""

    seconds: float = 0.0
    """Seconds for which the pose was measured."""
    facing_s: float = 0.0
    """Seconds of these in which the face was turned towards the camera."""
    blinks_s: float = 0.0
    """Seconds in which blinks could be counted."""
    blinks: int = 0

    def __add__(self, other: "Measured") -> "Measured":
        """Return the sums of both."""
        return Measured(
            seconds=self.seconds + other.seconds,
            facing_s=self.facing_s + other.facing_s,
            blinks_s=self.blinks_s + other.blinks_s,
            blinks=self.blinks + other.blinks,
        )

    def rounded(self) -> "Measured":
        """Return the sums in whole milliseconds."""
        return Measured(
            seconds=round(self.seconds, 3),
            facing_s=round(self.facing_s, 3),
            blinks_s=round(self.blinks_s, 3),
            blinks=self.blinks,
        )


class TrackSummary(msgspec.Struct, kw_only=True):
    """One person in `summary.json`."""

    track: int
    first_s: float
    last_s: float
    seconds: dict[str, float]
    """Seconds each label was shown; a frame counts until the next one starts."""
    measured: Measured | None = None
    """What `[landmarks]` measured; null without it."""


def merge(tracks: Iterable[TrackSummary]) -> list[TrackSummary]:
    """Return one summary for each person, also of those who left and came back."""
    people: dict[int, TrackSummary] = {}
    for track in tracks:
        one = people.setdefault(track.track, TrackSummary(track=track.track, first_s=inf, last_s=0.0, seconds={}))
        one.first_s, one.last_s = min(one.first_s, track.first_s), max(one.last_s, track.last_s)
        for label, seconds in track.seconds.items():
            one.seconds[label] = one.seconds.get(label, 0.0) + seconds
        if track.measured:
            one.measured = track.measured + (one.measured or Measured())
    return list(people.values())


def measured_of(tracks: Iterable[TrackSummary], only: Iterable[int]) -> Measured | None:
    """Return the sums of what was measured of some tracks; None if nothing was."""
    wanted = set(only)
    found = [track.measured for track in tracks if track.track in wanted and track.measured]
    return sum(found, Measured()) if found else None


class PersonSummary(msgspec.Struct, kw_only=True):
    """One person in `summary.json`: the tracks that `persons.csv` joins."""

    name: str
    tracks: list[int]
    """Their tracks, in order; the first one's number stands for the person."""
    first_s: float
    last_s: float
    seconds: dict[str, float]
    """Seconds each label was shown."""
    frames_with_more: int = 0
    """Frames in which several of these tracks were seen. Only the face of the largest track counts there."""


class PersonBaseline(msgspec.Struct, kw_only=True):
    """How one person's neutral face differs from an average one."""

    name: str
    tracks: list[int]
    faces: int
    """Number of faces it was measured on."""
    seconds: float
    """Seconds in which they were seen."""
    label: str
    """Strongest emotion of their mean; if it is not neutral, the time may have been chosen badly."""
    offset: dict[str, float]
    """What is subtracted from the logarithm of each probability."""


class Baseline(msgspec.Struct, kw_only=True):
    """The time in which people were neutral, and what was measured there."""

    source: str
    """The window as "0-10s", or the folder with the results of a clip."""
    start_s: float | None
    end_s: float | None
    """The window, seconds from the container's start; null for a clip."""
    persons: list[PersonBaseline]


class Summary(msgspec.Struct, kw_only=True):
    """`summary.json`."""

    camera: str
    status: str
    """`done`, or `failed` if something was wrong with the source or frames are missing."""
    error: str | None
    fault: Fault = ""
    """Kind of the error."""
    frames_in: int
    """Frames the source sent."""
    frames_out: int
    """Frames that arrived here."""
    duration_s: float
    fps: float
    """Frame rate of the stream, frames per second."""
    width: int
    height: int
    model: str
    faces: int
    """Rows of `faces.csv` that have a face."""
    seconds: dict[str, float]
    """Seconds each label was shown, over all people."""
    tracks: list[TrackSummary]
    first_pts_ms: float | None = None
    """Position of the first frame, milliseconds from the container's start."""
    media_s: float | None = None
    """Length of the whole media file, sound included, seconds from the container's start; null where unknown."""
    started_at: float | None = None
    """When position 0 was recorded, UNIX seconds: the file's creation time or `--started-at`; null where unknown."""
    resumed_s: list[float] = []
    """Positions, in seconds, behind which a later batch continued after a kill."""
    language: Language = "en"
    """Language of the pages and pictures beside it; this file is not translated."""
    lossless: bool = True
    """Whether frames wait, as those of files; with live cameras, a frame counts for at most a second."""
    seats: int = 0
    """Number of seats by which tracks were joined when `persons.csv` was written; 0: each track is a person."""
    persons: list[PersonSummary] = []
    """People as `persons.csv` names and joins them; empty until a report was made. `seconds` is their sum."""
    frames_with_others: int = 0
    """Frames with a face that does not count: of a track that `persons.csv` skips, or a person's smaller one."""
    baseline: Baseline | None = None
    """The baseline whose columns `faces.csv` has."""


class Marker(NamedTuple):
    """A marker that another program sent, such as the start of a stimulus."""

    at: float
    """When it was sent, UNIX seconds."""
    stream: str
    """Name of the stream it came from."""
    text: str


def save_summary(summary: Summary, path: Path) -> None:
    """Write a summary; readers find the old file or the new one.

    Raises:
        OSError: It cannot be written.
    """
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(summary), indent=2) + b"\n")
    partial.replace(path)


def language_of(folders: Iterable[Path]) -> Language:
    """Return the language of the first recording that has results in one of these folders, `en` if none has."""
    for folder in folders:
        with suppress(OSError, UnicodeDecodeError, msgspec.MsgspecError):
            return msgspec.json.decode((folder / SUMMARY).read_bytes(), type=Summary).language
    return "en"


def keep_persons(old: Path, new: Path) -> None:
    """Copy what people wrote into `persons.csv` to the folder of a new analysis, as `persons-before.csv`.

    Args:
        old: The folder of results that will be replaced, or whose files will be written again.
        new: The folder of the new results; may be the same.

    Raises:
        OSError: It cannot be written.
    """
    earlier = list(old.glob(f"{EARLIER_PERSONS}*.csv"))
    if old != new:
        for file in earlier:
            shutil.copy2(file, new)
    if (old / PERSONS).is_file():
        number = max(map(age_of_names, earlier), default=0) + 1
        place = new / (f"{EARLIER_PERSONS}-{number}.csv" if number > 1 else f"{EARLIER_PERSONS}.csv")
        shutil.copy2(old / PERSONS, place)
    if old == new:
        (old / PERSONS).unlink(missing_ok=True)


def age_of_names(file: Path) -> int:
    """Return the number of a file of earlier names: 1 for `persons-before.csv`, 2 for `persons-before-2.csv`."""
    number = file.stem.removeprefix(EARLIER_PERSONS).lstrip("-")
    return int(number) if number.isdecimal() else 1
