"""Files that several processes share: locks, and replacement at once.

The kernel unlocks a file when its holder dies, even by `kill -9`.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import ConfigError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock; wait while another process holds it.

    Args:
        path: The lock file. It is created if absent and never removed: who waits on a removed file would hold
            another lock than the next one.

    Raises:
        ConfigError: The file cannot be created, or its file system has no locks.
    """
    lock = open_lock(path)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            raise ConfigError(
                f"expected a file system with locks (flock), found none at {path.parent}: {error.strerror}"
            ) from error
        yield
    finally:
        os.close(lock)


def open_lock(path: Path) -> int:
    """Return the descriptor of the open, unlocked lock file; child processes do not inherit it.

    Raises:
        ConfigError: The file cannot be created.
    """
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise ConfigError(f"expected a folder that can be written to, found {path.parent}: {error.strerror}") from error


def is_locked(path: Path) -> bool:
    """Return whether a living process holds this lock; an absent lock file is not held."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # shared: two processes that check at the same time do not mistake each other for the holder
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def replace_whole(path: Path, data: bytes, prefix: str) -> None:
    """Write a file atomically: readers find the old one or the new one.

    Args:
        path: The file.
        data: Its new contents.
        prefix: Prefix of the file that is written meanwhile, beside it.

    Raises:
        OSError: It cannot be written.
    """
    partial = path.with_name(f"{prefix}{path.name}.{os.getpid()}.{secrets.token_hex(3)}")
    try:
        # a machine that does not see this one's locks may take it for that of a dead process, and remove it
        while not _replaced(path, partial, data):
            pass
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def _replaced(path: Path, partial: Path, data: bytes) -> bool:
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        # otherwise a power cut may leave an empty file
        os.fsync(file.fileno())
    try:
        partial.replace(path)
    except FileNotFoundError:
        return False
    return True
