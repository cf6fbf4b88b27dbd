"""What to do with an SQLite file of ours that cannot be opened: keep a damaged one and start a new one, or wait."""

import logging
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pipeline.errors import ConfigError, InputError
from pipeline.output_path import FULL, free_path

_START = b"SQLite format 3\0"
_FIRST_CODE = 0xFF
"""Mask of the primary code in an extended one of SQLite."""

_PASSING = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

log = logging.getLogger(__name__)


def open_or_renew(path: Path, opens: Callable[[], None]) -> None:
    """Open a file of ours; set a damaged one aside and start a new one.

    Args:
        path: The file.
        opens: Opens it, or creates it.

    Raises:
        OSError: It is damaged, and cannot be set aside.
        Exception: What `opens` raises for another reason.
    """
    try:
        opens()
    except (sqlite3.Error, InputError) as error:
        cause = error.__cause__ or error
        if not is_damaged(cause, path):
            raise
        set_aside(path, cause)
        opens()


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


def not_writable(what: str, path: Path, error: Exception) -> ConfigError | InputError:
    """Return the error about a file that cannot be opened: an `InputError` if it may pass, so that it is tried again.

    Args:
        what: What was expected, such as "a history".
        path: The file.
        error: Of SQLite or the system.
    """
    text = f"expected {what} that can be written, found {path}: {error}"
    code = getattr(error.__cause__ or error, "sqlite_errorcode", 0) & _FIRST_CODE
    passes = code in _PASSING or (isinstance(error, OSError) and error.errno in FULL)
    with suppress(OSError):
        # SQLite reports a file that it cannot create on a full disk as one that cannot be opened
        passes = passes or shutil.disk_usage(path.parent).free == 0
    return InputError(text) if passes else ConfigError(text)


def set_aside(path: Path, error: BaseException) -> None:
    """Rename a damaged file, with its journals, to the first free `NAME.damaged`, and log it.

    Raises:
        OSError: It cannot be renamed.
    """
    place = free_path(path.with_name(f"{path.name}.damaged"))
    path.rename(place)
    for journal in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + journal).rename(place.with_name(place.name + journal))
    log.error("%s is damaged (%s); it is now %s, and a new one was started", path, error, place.name)
