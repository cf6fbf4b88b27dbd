"""Format of a recording's results: names of files and fields of `summary.json`; `columns.py` has the tables."""

import csv
from collections.abc import Iterable
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pipeline.batch.columns import COLUMNS as COLUMNS
from pipeline.batch.columns import OLD_COLUMNS as OLD_COLUMNS
from pipeline.errors import ConfigError, InputError
from pipeline.messages import Fault, Language

SUMMARY, TABLE, TIMELINE, REPORT = "summary.json", "faces.csv", "timeline.png", "report.html"
PARQUET, DICTIONARY = "faces.parquet", "columns.json"
VIDEO, PICTURES = "annotated.mp4", "moments"
"""Names of the result files of a recording and of its folder of pictures."""
MARKERS = "markers.csv"
"""File of the markers that other programs sent, if any were asked for."""
MARKER_COLUMNS = ("pts_ms", "at", "stream", "marker")


def check_folder(options: dict[str, Any]) -> None:
    """Refuse a `path` without the camera's name: streams would overwrite each other.

    Raises:
        ConfigError: The path does not contain `{camera}`.
    """
    if "{camera}" not in options.get("path", "{camera}"):
        raise ConfigError(f"path: expected a folder with {{camera}} in its name, found {options['path']!r}")


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
    started_at: float | None = None
    """When position 0 was recorded, UNIX seconds: the file's creation time or `--started-at`; null where unknown."""
    resumed_s: list[float] = []
    """Positions, in seconds, behind which a later batch continued after a kill."""
    language: Language = "en"
    """Language of the pages and pictures beside it; this file is not translated."""


class Marker(NamedTuple):
    """A marker that another program sent, such as the start of a stimulus."""

    at: float
    """When it was sent, UNIX seconds."""
    stream: str
    """Name of the stream it came from."""
    text: str


def read_markers(folder: Path) -> list[tuple[float, Marker]]:
    """Return the position in milliseconds and the marker of each row of `markers.csv`; none without the file.

    Raises:
        InputError: The file is no table of markers.
    """
    path = folder / MARKERS
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header = next(rows := csv.reader(file), [])
            if tuple(header) != MARKER_COLUMNS:
                raise ValueError(f"found {header}")
            return [(float(pts_ms), Marker(float(at), stream, text)) for pts_ms, at, stream, text in rows]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, csv.Error) as error:
        columns = ", ".join(MARKER_COLUMNS)
        raise InputError(f"expected a table of markers with {columns}, found {path}: {error}") from error


def save_summary(summary: Summary, path: Path) -> None:
    """Write a summary.

    Raises:
        OSError: It cannot be written.
    """
    path.write_bytes(msgspec.json.format(msgspec.json.encode(summary), indent=2) + b"\n")


def language_of(folders: Iterable[Path]) -> Language:
    """Return the language of the first recording that has results in one of these folders, `en` if none has."""
    for folder in folders:
        with suppress(OSError, UnicodeDecodeError, msgspec.MsgspecError):
            return msgspec.json.decode((folder / SUMMARY).read_bytes(), type=Summary).language
    return "en"
