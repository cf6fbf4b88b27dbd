"""Writes a history and limits its size."""

import logging
import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any

import msgspec

from pipeline.damaged_file import is_damaged, not_writable, open_or_renew, set_aside
from pipeline.errors import InputError
from pipeline.history.clock import FIRST_S, Clock, Seen, awake_s
from pipeline.history.read import (
    BUSY_S,
    LABELS,
    MEASURED,
    PAGE,
    PERIOD_S,
    SUMMED,
    VERSION,
    EventRow,
    MinuteRow,
    ZoneRow,
    version_of,
)
from pipeline.history.schema import FROM_1, FROM_2, FROM_3, FROM_4, SCHEMA, SEEN

TABLES = ("events", "minutes", "zone_minutes")
SLACK = 0.9
"""Share of the size limit to which a too large file is trimmed, so that trimming is rare."""
ROW = 400
"""Bytes of a large row: trimming deletes no more rows at a time than would be as many bytes."""
NOTE_S = 3600.0
"""Seconds by which the time in the file may be late: an idle history writes once per hour."""

log = logging.getLogger(__name__)


class History:
    """A history open for writing. A damaged file is kept beside it, and a new one started.

    Args:
        path: The file; created if absent.
        most_bytes: Size limit in bytes; the oldest rows are deleted.
        awake: Measures the time that passes, to judge the clock by.

    Raises:
        ConfigError: The file cannot be created, is not a history, or is of a newer version.
        InputError: The disk is full, or another program locks the file.
    """

    def __init__(self, path: Path, most_bytes: int, awake: Callable[[], float] = awake_s) -> None:
        self._path = path
        self._awake = awake
        self._clock: Clock | None = None
        self._noted: Seen | None = None
        self._most_bytes = most_bytes
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            open_or_renew(path, self._open)
        except (OSError, sqlite3.Error, InputError) as error:
            raise not_writable("a history", path, error) from error

    def renew(self, error: sqlite3.Error) -> bool:
        """Set the file aside and start a new one, if this error means that it is damaged; return whether it was.

        Raises:
            OSError: It cannot be set aside.
        """
        if not is_damaged(error, self._path, was_open=True):
            return False
        self._db.close()
        set_aside(self._path, error)
        self._clock = self._noted = None
        self._open()
        return True

    def write(self, events: Iterable[EventRow], minutes: Iterable[MinuteRow], zones: Iterable[ZoneRow] = ()) -> None:
        """Add rows in one transaction.

        Raises:
            sqlite3.DatabaseError: The disk is full, another writer locks the file, or it is damaged, see `renew`.
                Nothing was written.
        """
        columns = ", ".join((*LABELS, *MEASURED))
        added = ", ".join(map(_added, (*LABELS, *MEASURED)))
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany(
                f"INSERT INTO events ({', '.join(_EVENT)}) VALUES ({', '.join('?' * len(_EVENT))})",
                (tuple(getattr(event, name) for name in _EVENT) for event in events),
            )
            self._db.executemany(
                f"INSERT INTO minutes (at, camera, run, since, track, people, looks, confidence, {columns})"
                f" VALUES (?, ?, ?, ?, ?, ?, ?, ?{', ?' * len((*LABELS, *MEASURED))}) ON CONFLICT DO UPDATE SET"
                " people = max(people, excluded.people), looks = looks + excluded.looks,"
                " confidence = (confidence * looks + excluded.confidence * excluded.looks)"
                f" / max(1, looks + excluded.looks), {added}",
                (
                    (m.at, m.camera, m.run, m.since, m.track, m.people, m.looks, m.confidence)
                    + tuple(m.seconds.get(label, 0.0) for label in LABELS)
                    + (m.measured, m.facing, m.blinking, m.blinks)
                    for m in minutes
                ),
            )
            self._db.executemany(
                f"INSERT INTO zone_minutes VALUES (?, ?, ?, ?, ?, ?, ?{', ?' * len(_ZONE_SUMS)}) ON CONFLICT DO UPDATE"
                f" SET people = max(people, excluded.people), {', '.join(map(_added, _ZONE_SUMS))}",
                (
                    (z.at, z.camera, z.run, z.since, z.track, z.zone, z.people)
                    + (z.visitors, z.visits, z.dwell, z.ins, z.outs, z.measured, z.facing)
                    + tuple(z.seconds.get(label, 0.0) for label in LABELS)
                    for z in zones
                ),
            )
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def present(self, camera: str, since: int) -> dict[int, tuple[float, str]]:
        """Return who has appeared and not left, by track: when, UNIX seconds, and the last label.

        Args:
            camera: Its name.
            since: Start of the track numbering, UNIX milliseconds.
        """
        people: dict[int, tuple[float, str]] = {}
        for at, track, kind, after in self._read(
            "SELECT at, track, type, after FROM events WHERE camera = ? AND since = ? ORDER BY id", camera, since
        ):
            if kind == "lost":
                people.pop(track, None)
            elif kind == "appeared":
                people[track] = at, after
            elif kind == "changed" and track in people:
                people[track] = people[track][0], after
        return people

    def inside(self, camera: str, since: int) -> dict[tuple[int, str], float]:
        """Return who has entered a zone and not left it, by track and zone: when, UNIX seconds; as `present`."""
        inside: dict[tuple[int, str], float] = {}
        for at, track, zone, kind in self._read(
            "SELECT at, track, zone, type FROM events WHERE camera = ? AND since = ? AND zone != '' ORDER BY id",
            camera,
            since,
        ):
            if kind == "zone_entered":
                inside[track, zone] = at
            elif kind == "zone_left":
                inside.pop((track, zone), None)
        return inside

    def forget(self, now_s: float, keep_s: float) -> None:
        """Delete old rows, and the oldest rows if the file is too large.

        Args:
            now_s: Reading of the clock, UNIX seconds; after a leap, rows from before it are kept, see `Clock`.
            keep_s: Seconds for which rows are kept.

        Raises:
            sqlite3.DatabaseError: Another writer locks the file, or it is damaged, see `renew`.
        """
        clock = self._clock = self._clock or Clock(self._seen(now_s), self._awake)
        before = clock.seen
        old_s, (begin_s, end_s) = clock.old(now_s, keep_s), clock.future(now_s, keep_s, self._span()[1] or 0.0)
        if clock.seen.held < inf == before.held:
            log.warning(
                "the clock went from %s to %s: older rows of the history are kept for %g days from now",
                *(datetime.fromtimestamp(at, UTC).date() for at in (before.latest, now_s)),
                round(keep_s / 86_400, 2),
            )
        self._delete("at < ? OR at BETWEEN ? AND ?", old_s, begin_s or inf, end_s)
        self._note(clock.seen)
        # checkpointed rows survive a power cut
        self._checkpoint("PASSIVE")
        if self.size() <= self._most_bytes:
            return
        while self._used() > SLACK * self._most_bytes and self._trim():
            pass
        # an active reader prevents truncation; then the next call truncates
        self._checkpoint("TRUNCATE")

    def size(self) -> int:
        """Return the size in bytes of the file and its write-ahead log."""
        files = (self._path, self._path.with_name(self._path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _open(self) -> None:
        self._db = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)
        try:
            self._bring_up_to_date()
            # a commit is in the file when it returns, and survives the end of the process; every checkpoint survives
            # a power cut
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(f"PRAGMA journal_size_limit = {max(PAGE, self._most_bytes // 20)}")
        except BaseException:
            self._db.close()
            raise

    def _bring_up_to_date(self) -> None:
        version = version_of(self._db, self._path)
        if version == VERSION:
            return
        try:
            self._db.executescript({0: SCHEMA, 1: FROM_1, 2: FROM_2, 3: FROM_3, 4: FROM_4}[version])
        except sqlite3.OperationalError:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            # another process may have migrated it first
            if version_of(self._db, self._path) != VERSION:
                raise

    def _read(self, query: str, *values: object) -> list[Any]:
        """Return rows; none of a damaged file, which is set aside."""
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            if not self.renew(error):
                raise
            return []

    def _seen(self, now_s: float) -> Seen:
        """Return what earlier runs knew of the clock: at least the time of the newest row."""
        self._db.execute(SEEN)
        known = self._db.execute("SELECT latest, held, ahead, ahead_to FROM clock").fetchone()
        if known:
            self._noted = Seen(**dict(zip(Seen.__struct_fields__, known, strict=True)))
            return self._noted
        return Seen(latest=min(now_s, max(FIRST_S, self._span()[1] or now_s)))

    def _note(self, seen: Seen) -> None:
        noted = self._noted
        if noted and 0 <= seen.latest - noted.latest < NOTE_S:
            seen = msgspec.structs.replace(seen, latest=noted.latest)
        if seen != noted:
            values = msgspec.structs.astuple(seen)
            self._db.execute("INSERT OR REPLACE INTO clock VALUES (1, ?, ?, ?, ?)", values)
            self._noted = seen

    def _delete(self, which: str, *values: float) -> None:
        for table in TABLES:
            self._db.execute(f"DELETE FROM {table} WHERE {which}", values)
        # the pragma takes one step per page, and `execute` runs only the first
        self._db.executescript("PRAGMA incremental_vacuum")

    def _trim(self) -> bool:
        """Delete the oldest rows, about as many as are too much; return whether there are more.

        Only these are read: to count all rows would read the whole file. The rows are not chosen by a share of the
        time: after a leap of the clock all rows before it would be in the first share.
        """
        oldest, _ = self._span()
        if oldest is None:
            return False
        rows = int(self._used() - SLACK * self._most_bytes) // ROW + 1
        until: list[float] = []
        while not until:
            until = [at for table in TABLES if (at := self._at(table, rows)) is not None]
            rows //= 2
        self._delete("at < ?", max(oldest + PERIOD_S, min(until)))
        return self._span() != (None, None)

    def _at(self, table: str, rows: int) -> float | None:
        """Return the time of the row that follows the oldest `rows` of a table; None if there are no more."""
        found = self._db.execute(f"SELECT at FROM {table} ORDER BY at LIMIT 1 OFFSET {rows}").fetchone()
        return found[0] if found else None

    def _checkpoint(self, mode: str) -> None:
        self._db.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()

    def _used(self) -> int:
        pages, free = (self._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
        return int(pages - free) * PAGE

    def _span(self) -> tuple[float | None, float | None]:
        spans = " UNION ALL ".join(f"SELECT {end}(at) AS at FROM {table}" for table in TABLES for end in ("min", "max"))
        row = self._db.execute(f"SELECT min(at), max(at) FROM ({spans})").fetchone()
        return row[0], row[1]


_EVENT = EventRow.__struct_fields__
_ZONE_SUMS = (*SUMMED, *LABELS)


def _added(name: str) -> str:
    return f"{name} = {name} + excluded.{name}"
