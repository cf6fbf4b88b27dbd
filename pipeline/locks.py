"""Locks between processes: a file that the kernel unlocks when its holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import ConfigError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock, waiting for it as long as another process has it.

    Args:
        path: The lock file. It is made if it is not there and stays, since a lock file that is removed and made again
            would be two locks at once for those who wait.

    Raises:
        ConfigError: The file cannot be made, or its file system has no locks.
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
    """Return the open lock file, not locked yet; processes this one starts do not inherit it.

    Raises:
        ConfigError: It cannot be made.
    """
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise ConfigError(f"expected a folder that can be written to, found {path.parent}: {error.strerror}") from error


def is_locked(path: Path) -> bool:
    """Return whether a living process holds this lock; a lock file that is not there is held by nobody."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # shared: two processes that ask at the same time do not take each other for the holder
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False
