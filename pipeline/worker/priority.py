"""Which processes give way to others where there is not enough CPU."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NICE = 10
"""By how much a source gives way to the stages behind it: what has been decoded is used first."""
LOADING_NICE = 12
"""By how much a process that loads beside the one it replaces gives way: cameras keep their frames, at `NICE`."""
OFTEN = 0.3
"""A recording gives way once so many of its pictures have found no room at first."""
MEMORY = 1 / 100
"""Weight of one picture in that share: about the last hundred count."""


class Priority:
    """Lets the process of a source give way: a camera's always, a recording's when it turns out to be ahead.

    A recording that seldom waits for room is what all others wait for; none of them is helped by its standing back.
    What gave way once does so until it ends: only root could take it back.
    """

    def __init__(self) -> None:
        self._waits = 0.0
        self._gave_way = False

    def note(self, *, waited: bool) -> None:
        """Take into account whether a picture had to wait for room."""
        self._waits += MEMORY * (waited - self._waits)
        if self._waits > OFTEN:
            self.give_way()

    def give_way(self) -> None:
        """Lower the priority of this process."""
        if self._gave_way:
            return
        self._gave_way = True
        _add(NICE)


@contextmanager
def loading(*, beside: bool) -> Iterator[None]:
    """Give way to everything that runs while a stage loads, if the process before it still works.

    Not where the priority could not be raised again afterwards: that takes root or RLIMIT_NICE (getrlimit(2)).

    Args:
        beside: Whether the process before this one still works.
    """
    allowed = os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_NICE)[0] >= 20 - os.getpriority(*_SELF)
    if not (beside and allowed):
        yield
        return
    _add(LOADING_NICE)
    try:
        yield
    finally:
        _add(-LOADING_NICE)


_SELF = os.PRIO_PROCESS, 0


def _add(nice: int) -> None:
    """Change the niceness of every thread of this process, and so of those they start (Linux, setpriority(2))."""
    # a thread may have ended, a container may forbid it: nothing depends on it
    with suppress(OSError):
        for thread in Path("/proc/self/task").iterdir():
            with suppress(OSError):
                which = os.PRIO_PROCESS, int(thread.name)
                os.setpriority(*which, os.getpriority(*which) + nice)
