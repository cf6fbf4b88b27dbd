"""Lets one process per worker handle frames at a time: a lock in the run's directory, released when it dies."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

POLL_S = 0.002
"""Seconds between attempts: the maximum delay of a handover, beyond the other process's remaining work."""


class Turn:
    """The lock of one worker.

    Args:
        directory: The run's.
        name: Name and number of the worker.
    """

    def __init__(self, directory: Path, name: str) -> None:
        # the kernel releases a flock(2) lock however its process ends
        self._file = os.open(directory / f"{name}.turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, beat: Callable[[], bool]) -> bool:
        """Wait until no other process holds the lock.

        Args:
            beat: Called while waiting; False stops it.

        Returns:
            Whether the lock was acquired.
        """
        while beat():
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(POLL_S)
            else:
                return True
        return False

    def close(self) -> None:
        """Release the lock."""
        os.close(self._file)
