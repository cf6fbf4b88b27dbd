"""One process of a worker processes frames at a time: a lock in the run's directory that ends with its holder."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

POLL_S = 0.002
"""Seconds between two attempts: what a handover costs each camera at most, beside what the other still has to do."""


class Turn:
    """The lock of one worker.

    Args:
        directory: The run's.
        name: Name and number of the worker.
    """

    def __init__(self, directory: Path, name: str) -> None:
        # a lock of flock(2) goes with its process, however that ends
        self._file = os.open(directory / f"{name}.turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, beat: Callable[[], bool]) -> bool:
        """Wait until no other process has it.

        Args:
            beat: Called while waiting; False ends it.

        Returns:
            Whether it is taken.
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
        """Let the next process have it."""
        os.close(self._file)
