"""Writes a history and limits its size."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import ConfigError, InputError
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
from pipeline.history.schema import FROM_1, FROM_2, FROM_3, FROM_4, SCHEMA

TABLES = ("events", "minutes", "zone_minutes")
SLACK = 0.9
"""Share of the size limit to which a too large file is trimmed, so that trimming is rare."""


class History:
    """A history open for writing.

    Args:
        path: The file; created if absent.
        most_bytes: Size limit in bytes; the oldest rows are deleted.

    Raises:
        ConfigError: The file cannot be created, is not a history, or is of a newer version.
    """

    def __init__(self, path: Path, most_bytes: int) -> None:
        self._path = path
        self._most_bytes = most_bytes
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(f"expected a history that can be written, found {path}: {error}") from error
        try:
            self._bring_up_to_date()
            # a commit is in the file when it returns, and survives the end of the process; every checkpoint survives
            # a power cut
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(f"PRAGMA journal_size_limit = {max(PAGE, most_bytes // 20)}")
        except (sqlite3.Error, InputError) as error:
            self._db.close()
            raise ConfigError(f"expected a history that can be written, found {path}: {error}") from error

    def write(self, events: Iterable[EventRow], minutes: Iterable[MinuteRow], zones: Iterable[ZoneRow] = ()) -> None:
        """Add rows in one transaction.

        Raises:
            sqlite3.OperationalError: The disk is full, or another writer locks the file; nothing was written.
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
        for at, track, kind, after in self._db.execute(
            "SELECT at, track, type, after FROM events WHERE camera = ? AND since = ? ORDER BY id", (camera, since)
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
        for at, track, zone, kind in self._db.execute(
            "SELECT at, track, zone, type FROM events WHERE camera = ? AND since = ? AND zone != '' ORDER BY id",
            (camera, since),
        ):
            if kind == "zone_entered":
                inside[track, zone] = at
            elif kind == "zone_left":
                inside.pop((track, zone), None)
        return inside

    def forget(self, before_s: float) -> None:
        """Delete rows older than `before_s` (UNIX seconds), and the oldest rows if the file is too large.

        Raises:
            sqlite3.OperationalError: Another writer locks the file.
        """
        self._delete(before_s)
        # checkpointed rows survive a power cut
        self._checkpoint("PASSIVE")
        if self.size() <= self._most_bytes:
            return
        oldest, newest = self._span()
        while self._used() > SLACK * self._most_bytes and oldest is not None and newest is not None:
            self._delete(oldest + max(PERIOD_S, (newest - oldest) / 10))
            oldest, newest = self._span()
        # an active reader prevents truncation; then the next call truncates
        self._checkpoint("TRUNCATE")

    def size(self) -> int:
        """Return the size in bytes of the file and its write-ahead log."""
        files = (self._path, self._path.with_name(self._path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def close(self) -> None:
        """Close the file."""
        self._db.close()

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

    def _delete(self, before_s: float) -> None:
        for table in TABLES:
            self._db.execute(f"DELETE FROM {table} WHERE at < ?", (before_s,))
        # the pragma takes one step per page, and `execute` runs only the first
        self._db.executescript("PRAGMA incremental_vacuum")

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
