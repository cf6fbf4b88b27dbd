"""What to do with an SQLite file of ours that a power cut has damaged: keep it, and start a new one."""

import logging
import sqlite3
from contextlib import suppress
from itertools import count
from pathlib import Path

_START = b"SQLite format 3\0"
_FIRST_CODE = 0xFF
"""Mask of the primary code in an extended one of SQLite."""

log = logging.getLogger(__name__)


def is_damaged(error: BaseException | None, path: Path, *, was_open: bool = False) -> bool:
    """Return whether an error of SQLite means that its file is damaged, and not that it is a file of another kind.

    Args:
        error: The error.
        path: The file.
        was_open: Whether the file was a good one before.
    """
    code = getattr(error, "sqlite_errorcode", 0) & _FIRST_CODE
    if code == sqlite3.SQLITE_NOTADB and not was_open:
        with suppress(OSError), path.open("rb") as file:
            start = file.read(len(_START))
            # after a power cut the first pages may be zeros
            return start == _START or (start != b"" and not start.strip(b"\0"))
        return False
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def set_aside(path: Path, error: BaseException) -> None:
    """Rename a damaged file, with its journals, to the first free `NAME.damaged`, and log it.

    Raises:
        OSError: It cannot be renamed.
    """
    names = (path.with_name(f"{path.name}.damaged{f'-{n}' if n > 1 else ''}") for n in count(1))
    place = next(one for one in names if not one.exists())
    path.rename(place)
    for journal in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + journal).rename(place.with_name(place.name + journal))
    log.error("%s is damaged (%s); it is now %s, and a new one was started", path, error, place.name)
