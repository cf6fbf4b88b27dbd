"""Reads the history, an SQLite file with one writer and any number of readers.

    events    one row for each person who appeared, changed or was lost, and for each change of a camera's state
    minutes   one row for each minute, camera and person: seconds each label was shown
    zone_minutes   one row for each minute, camera, person, and zone or line: seconds and crossings, see `audience`

Minutes are summed in place, so a minute may be written in pieces. Track numbers restart when a camera or its tracking
stage restarts: camera, `since` and track identify a person.

The version of the schema is the file's `user_version`. Readers accept older versions and refuse newer ones; the writer
migrates older ones. In version 1, which had no `since`, `run` and track identified a person. Events have their `clock`
since version 5.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from pipeline.errors import InputError
from pipeline.messages import EMOTIONS, Clock

VERSION = 5
LABELS = (*EMOTIONS, "uncertain")
MEASURED = ("measured", "facing", "blinking", "blinks")
"""Columns of minutes since version 3."""
SUMMED = ("visitors", "visits", "dwell", "ins", "outs", "measured", "facing")
"""Columns of `zone_minutes` besides the labels, all added up."""
PERIOD_S = 60.0
BUSY_S = 5.0
"""Seconds to wait for another writer."""
PAGE = 4096

What = Literal["minutes", "events"]
EventType = (
    Literal["appeared", "changed", "lost", "camera", "marker", "zone_entered", "zone_left", "line_crossed"]
    | Literal["alert_raised", "alert_cleared"]
)


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the history; text is empty and numbers are 0 where they do not apply."""

    at: float
    """Time of the event, UNIX seconds, as `clock` says."""
    camera: str
    """Name of the camera; empty for a marker, which concerns all."""
    run: int
    """Start of the camera's process, UNIX milliseconds."""
    track: int = 0
    """Track of the person; 0 = none."""
    type: EventType
    before: str = ""
    """The label until then, or the camera's state, the stream that sent a marker, or the name of an alert."""
    after: str = ""
    """The label from then on, or the camera's state, the direction in which a line was crossed (`in` or `out`), or why
    an alert was cleared."""
    seconds: float = 0.0
    """Seconds the person was present, or in the zone, or the alert was raised."""
    detail: str = ""
    """The camera's error, a marker's text, or an alert's condition."""
    since: int
    """Start of the track numbering, UNIX milliseconds: camera, `since` and track identify a person."""
    zone: str = ""
    """Name of the zone or line."""
    clock: Clock | Literal[""] = ""
    """Where `at` comes from: `ntp`, the camera's clock; `arrival`, when the frame arrived; empty for an alert and a
    marker, and in rows of earlier versions, whose clock is not known."""


class MinuteRow(msgspec.Struct, frozen=True, kw_only=True):
    """Labels of one minute, of one person or of everybody in front of a camera."""

    at: int
    """Start of the minute, UNIX seconds."""
    camera: str
    run: int
    """Start of the camera's process, UNIX milliseconds."""
    track: int
    """Track of the person; 0 = everybody, in totals only."""
    people: int
    """Number of people."""
    looks: int
    """Number of classifications."""
    confidence: float
    """Mean fused probability of the strongest emotion."""
    seconds: Mapping[str, float]
    """Seconds each label was shown."""
    since: int
    """Start of the track numbering, UNIX milliseconds: camera, `since` and track identify a person."""
    measured: float = 0.0
    """Seconds for which `[landmarks]` measured the pose; 0 without it."""
    facing: float = 0.0
    """Seconds of these in which the face was turned towards the camera."""
    blinking: float = 0.0
    """Seconds in which blinks could be counted."""
    blinks: int = 0


class ZoneRow(msgspec.Struct, frozen=True, kw_only=True):
    """One zone or line in one minute, of one person or of everybody."""

    at: int
    """Start of the minute, UNIX seconds."""
    camera: str
    run: int
    since: int
    track: int
    """Track of the person; 0 = everybody, in totals only."""
    zone: str
    """Name of the zone or line."""
    people: int
    """Number of people."""
    visitors: int = 0
    """People who entered for the first time."""
    visits: int = 0
    """Number of times that somebody entered."""
    dwell: float = 0.0
    """Seconds in the zone, over all people."""
    ins: int = 0
    outs: int = 0
    """Crossings of a line in its two directions."""
    measured: float = 0.0
    """Seconds for which `[landmarks]` measured whether the face was turned towards the camera."""
    facing: float = 0.0
    seconds: Mapping[str, float] = {}
    """Seconds each label was shown."""


class Sum(NamedTuple):
    """Labels of one person in one time step."""

    at: float
    """Start of the step, UNIX seconds."""
    since: int
    track: int
    """Who, as in `MinuteRow`."""
    seconds: tuple[float, ...]
    """Seconds each of `LABELS` was shown."""


def read_history(
    path: Path, what: What, cameras: Sequence[str] = (), from_s: float = 0.0, to_s: float = float("inf")
) -> Iterator[EventRow | MinuteRow]:
    """Yield the rows of a history, even during a run.

    Args:
        path: The file.
        what: Which table.
        cameras: Names of the cameras; none = all. Markers, which other programs sent, are of every camera.
        from_s: UNIX seconds, included; a minute counts by its start.
        to_s: UNIX seconds, excluded.

    Yields:
        Rows in order of time.

    Raises:
        InputError: The file is absent, not a history, or of a newer version.
    """
    with opened(path) as (db, version):
        if not version:
            return
        since = _since(version)
        where = f" AND camera IN ('', {', '.join('?' * len(cameras))})" if cameras else ""
        columns, order, make = (
            (_event_columns(version), "at, id", _event)
            if what == "events"
            else (_minute_columns(version), f"at, camera, run, {since}, track", _minute)
        )
        rows = db.execute(
            f"SELECT {since} AS since, {columns} FROM {what} WHERE at >= ? AND at < ?{where} ORDER BY {order}",
            (from_s, to_s, *cameras),
        )
        for row in rows:
            yield make(row)


def read_cameras(path: Path, *, events: bool = False) -> list[str]:
    """Return the names of the cameras in a history.

    Args:
        path: The file.
        events: Whether to name those without minutes, too.

    Raises:
        InputError: As `read_history`.
    """
    also = " UNION SELECT camera FROM events WHERE camera != ''" if events else ""
    with opened(path) as (db, version):
        names = db.execute(f"SELECT DISTINCT camera FROM minutes{also} ORDER BY camera") if version else ()
        return [name for (name,) in names]


def sum_history(path: Path, camera: str, from_s: float, to_s: float, step_s: int) -> list[Sum]:
    """Add up the labels of each person in front of a camera, per time step.

    Args:
        path: The file.
        camera: Its name.
        from_s: UNIX seconds, included; a minute counts by its start.
        to_s: UNIX seconds, excluded.
        step_s: Length of a step; the first one begins at `from_s`.

    Returns:
        A sum for each step and person, in order of time.

    Raises:
        InputError: As `read_history`.
    """
    columns = ", ".join(f"SUM({label})" for label in LABELS)
    with opened(path) as (db, version):
        if not version:
            return []
        rows = db.execute(
            f"SELECT CAST((at - ?2) / ?1 AS INTEGER) * ?1 + ?2, {_since(version)}, track, {columns} FROM minutes"
            " WHERE at >= ?2 AND at < ?3 AND camera = ?4 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            (step_s, from_s, to_s, camera),
        )
        return [Sum(at, since, track, tuple(seconds)) for at, since, track, *seconds in rows]


@contextmanager
def opened(path: Path) -> Iterator[tuple[sqlite3.Connection, int]]:
    """Open a history for reading and yield its version; 0 if it is being created.

    Raises:
        InputError: As `read_history`.
    """
    if not path.is_file():
        raise InputError(f"expected a history, found no file {path}")
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)
    try:
        # one read transaction, so that a writer cannot change the version in between
        db.execute("BEGIN")
        yield db, version_of(db, path)
    except sqlite3.Error as error:
        raise InputError(f"expected a history, found {path}: {error}") from error
    finally:
        db.close()


def _since(version: int) -> str:
    """Return the column with the start of the track numbering."""
    return "run" if version == 1 else "since"


_EVENT = tuple(name for name in EventRow.__struct_fields__ if name != "since")
_SINCE = {"zone": 4, "clock": 5}
"""Versions that added columns to events."""
_MINUTE = ("at", "camera", "run", "track", "people", "looks", "confidence")


def _event_columns(version: int) -> str:
    return ", ".join(name if version >= _SINCE.get(name, 1) else "''" for name in _EVENT)


def _event(row: Sequence[Any]) -> EventRow:
    return EventRow(since=row[0], **dict(zip(_EVENT, row[1:], strict=True)))


def _minute_columns(version: int) -> str:
    measured = MEASURED if version >= 3 else ["0"] * len(MEASURED)
    return ", ".join((*_MINUTE, *LABELS, *measured))


def _minute(row: Sequence[Any]) -> MinuteRow:
    named = dict(zip((*_MINUTE, *LABELS, *MEASURED), row[1:], strict=True))
    seconds = {label: named.pop(label) for label in LABELS}
    return MinuteRow(since=row[0], seconds=seconds, **named)


def version_of(db: sqlite3.Connection, path: Path) -> int:
    """Return the version of the schema, 0 for a new file.

    Raises:
        InputError: It is newer than this program, or the file is another database.
    """
    try:
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        raise InputError(f"expected a history, found {path}: {error}") from error
    if version > VERSION:
        raise InputError(f"expected a history of version {VERSION}, found {version} in {path}: by a newer Emobot")
    if tables and not {"events", "minutes"} <= tables:
        raise InputError(f"expected a history, found another database: {path}")
    return version
