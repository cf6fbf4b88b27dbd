"""Format of a recording's results: names of files and fields of `summary.json`; `columns.py` has the tables."""

from collections.abc import Iterable
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import Any

import msgspec

from pipeline.batch.columns import COLUMNS as COLUMNS
from pipeline.batch.columns import OLD_COLUMNS as OLD_COLUMNS
from pipeline.errors import ConfigError
from pipeline.messages import Fault, Language

SUMMARY, TABLE, TIMELINE, REPORT = "summary.json", "faces.csv", "timeline.png", "report.html"
PARQUET, DICTIONARY = "faces.parquet", "columns.json"
VIDEO, PICTURES = "annotated.mp4", "moments"
"""Names of the result files of a recording and of its folder of pictures."""


def check_folder(options: dict[str, Any]) -> None:
    """Refuse a `path` without the camera's name: streams would overwrite each other.

    Raises:
        ConfigError: The path does not contain `{camera}`.
    """
    if "{camera}" not in options.get("path", "{camera}"):
        raise ConfigError(f"path: expected a folder with {{camera}} in its name, found {options['path']!r}")


class TrackSummary(msgspec.Struct, kw_only=True):
    """One person in `summary.json`."""

    track: int
    first_s: float
    last_s: float
    seconds: dict[str, float]
    """Seconds each label was shown."""


def merge(tracks: Iterable[TrackSummary]) -> list[TrackSummary]:
    """Return one summary for each person, also of those who left and came back."""
    people: dict[int, TrackSummary] = {}
    for track in tracks:
        one = people.setdefault(track.track, TrackSummary(track=track.track, first_s=inf, last_s=0.0, seconds={}))
        one.first_s, one.last_s = min(one.first_s, track.first_s), max(one.last_s, track.last_s)
        for label, seconds in track.seconds.items():
            one.seconds[label] = one.seconds.get(label, 0.0) + seconds
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
    language: Language = "en"
    """Language of the pages and pictures beside it; this file is not translated."""


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
