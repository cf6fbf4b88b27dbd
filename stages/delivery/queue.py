"""The events that have not been delivered, in an SQLite file that survives the process."""

import contextlib
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pipeline.damaged_file import not_writable, open_or_renew
from pipeline.errors import ConfigError
from pipeline.locks import open_lock

APPLICATION = 0x456D5748
"""Application ID in the file's header: "EmWH"."""
REPLACED_S = 5.0
"""Seconds to wait for the end of the process that this one replaces."""
BUSY_S = 1.0
"""Seconds to wait for another program that writes to the file, such as a shell of SQLite."""
SCHEMA = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = 1;
CREATE TABLE events (number INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, body BLOB NOT NULL);
"""
NOTES = "CREATE TABLE IF NOT EXISTS notes (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, value BLOB)"
"""What a sender must know after a restart; a queue of an earlier program gets the table, which that one ignores."""
MOST_NOTES = 10_000
"""Maximum number of notes; the oldest are forgotten beyond it."""


class Row(NamedTuple):
    """An event that waits."""

    number: int
    body: bytes


class Queue:
    """A queue on disk. Thread-safe.

    A commit is in the file when it returns, and survives the end of the process, even by `kill -9`. After a power cut
    the newest changes may be missing. A damaged file is kept beside it, and a new one started.

    Args:
        path: The file; created if absent, with a lock file beside it. Others can read it meanwhile.
        most: Maximum number of events; the oldest are dropped beyond it.
        types: Types of events that may leave. Waiting events of other types are deleted: they were queued under another
            configuration, perhaps with less privacy.

    Raises:
        ConfigError: The file cannot be written, is no queue, or is in use.
        InputError: The disk is full, or another program locks the file.
    """

    def __init__(self, path: Path, most: int, types: Collection[str]) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._closed = False
        self._held = 0
        """Number of the newest event that is being sent; it and older ones are not dropped."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.ExitStack() as opened:
                # two senders would deliver everything twice
                opened.callback(os.close, _lock(path))
                open_or_renew(path, partial(self._open, path, types))
                opened.callback(self._db.close)
                self._opened = opened.pop_all()
        except (OSError, sqlite3.Error) as error:
            raise not_writable("a queue", path, error) from error

    def _open(self, path: Path, types: Collection[str]) -> None:
        # readable by its owner alone; SQLite gives its other files the same permissions
        path.touch(mode=0o600)
        self._db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
            marks = ", ".join("?" * len(types))
            self.deleted = self._db.execute(f"DELETE FROM events WHERE type NOT IN ({marks})", [*types]).rowcount
            """Number of events deleted because of their type."""
            (self.waiting,) = self._db.execute("SELECT count(*) FROM events").fetchone()
            """Number of events in it."""
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        (application,) = self._db.execute("PRAGMA application_id").fetchone()
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and application != APPLICATION:
            raise sqlite3.DatabaseError("it is another SQLite file")
        self._db.execute("PRAGMA journal_mode = WAL").fetchone()
        self._db.execute("PRAGMA synchronous = NORMAL")
        if not tables:
            self._db.executescript(f"BEGIN IMMEDIATE;{SCHEMA}COMMIT;")
        self._db.execute(NOTES)

    def notes(self) -> dict[str, bytes]:
        """Return what was noted, by name."""
        with self._lock:
            return {name: bytes(value) for name, value in self._db.execute("SELECT name, value FROM notes")}

    def put(self, events: Sequence[tuple[str, bytes]], notes: Mapping[str, bytes] | None = None) -> int:
        """Append events, types and bodies, in one transaction; return how many of the oldest were dropped.

        Args:
            events: The events.
            notes: What to note together with them, by name; what was noted under a name is replaced.

        Raises:
            sqlite3.OperationalError: The disk is full; nothing was appended.
        """
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany("INSERT INTO events (type, body) VALUES (?, ?)", events)
                if notes:
                    self._db.executemany("INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)", notes.items())
                    self._db.execute(
                        "DELETE FROM notes WHERE number <= (SELECT max(number) FROM notes) - ?", (MOST_NOTES,)
                    )
                excess = max(0, self.waiting + len(events) - self._most)
                dropped = self._db.execute(
                    "DELETE FROM events WHERE number IN"
                    " (SELECT number FROM events WHERE number > ? ORDER BY number LIMIT ?)",
                    (self._held, excess),
                ).rowcount
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self.waiting += len(events) - dropped
            return dropped

    def take(self, most: int) -> list[Row]:
        """Return the oldest events and hold them until `remove` or `release`; empty after `close`.

        Raises:
            sqlite3.OperationalError: They cannot be read.
        """
        with self._lock:
            if self._closed:
                return []
            found = self._db.execute("SELECT number, body FROM events ORDER BY number LIMIT ?", (most,)).fetchall()
            rows = [Row(number, bytes(body)) for number, body in found]
            self._held = rows[-1].number if rows else 0
            return rows

    def release(self) -> None:
        """Allow the events that `take` returned to be dropped."""
        self._held = 0

    def remove(self, rows: Sequence[Row]) -> None:
        """Delete the events that `take` returned; nothing after `close`.

        Raises:
            sqlite3.OperationalError: The disk is full; they are still there.
        """
        with self._lock:
            if self._closed or not rows:
                return
            self.waiting -= self._db.execute("DELETE FROM events WHERE number <= ?", (rows[-1].number,)).rowcount
            self._held = 0

    def close(self) -> None:
        """Close the file; what waits remains in it."""
        with self._lock:
            self._closed = True
            self._opened.close()


def _lock(path: Path) -> int:
    """Return the descriptor of a queue's lock file, locked until it is closed or the process ends.

    Raises:
        ConfigError: Another process or output holds it.
        OSError: The file system has no locks.
    """
    lock = open_lock(path.with_name(f"{path.name}.lock"))
    end_s = time.monotonic() + REPLACED_S
    try:
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            if time.monotonic() >= end_s:
                found = f"{path}, which another process or output uses"
                raise ConfigError(f"queue: expected a file of this output alone, found {found}")
            time.sleep(0.05)
    except BaseException:
        os.close(lock)
        raise
