"""Locks between processes: the kernel unlocks the file when its holder dies, even by `kill -9`."""

import fcntl
import os
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
