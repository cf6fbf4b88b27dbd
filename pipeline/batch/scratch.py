"""Folders on this machine's disk for copies of what lies elsewhere; those of killed processes are removed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.locks import is_locked, open_lock

PREFIX = "emobot-batch-"
LOCK = "lock"


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a new folder in the temporary directory, removed at the end.

    Raises:
        OSError: It cannot be created.
    """
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = open_lock(folder / LOCK)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep() -> None:
    """Remove the folders of killed processes."""
    for old in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        # one without a lock is being created or removed
        if (old / LOCK).exists() and not is_locked(old / LOCK):
            shutil.rmtree(old, ignore_errors=True)
