"""Scheduling priorities for when the CPU is saturated."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NICE = 10
"""Niceness of a source, relative to the next stages: process decoded frames first."""
LOADING_NICE = 12
"""Niceness of a process that loads beside the one it replaces: above `NICE`, so that cameras drop no frames."""
PLANNING_NICE = 5
"""Niceness of a process that plans a change: a user waits for it, and it takes 0.15 s. With `LOADING_NICE` it had no
result after 8 s on a saturated machine."""
OFTEN = 0.3
"""Share of a recording's frames that had to wait, above which its priority is lowered."""
MEMORY = 1 / 100
"""Weight of one frame in that share: an average over about a hundred frames."""


class Priority:
    """Lowers the priority of a source's process: a camera's always, a recording's when it runs ahead.

    A recording that seldom waits is the bottleneck; lowering its priority would help no other process. It stays lowered
    until the process ends: only root could raise it.
    """

    def __init__(self) -> None:
        self._waits = 0.0
        self._lowered = False

    def note(self, *, waited: bool) -> None:
        """Record whether a frame waited for a slot."""
        self._waits += MEMORY * (waited - self._waits)
        if self._waits > OFTEN:
            self.lower()

    def lower(self) -> None:
        """Lower the priority of this process."""
        if self._lowered:
            return
        self._lowered = True
        _add(NICE)


def give_way() -> None:
    """Lower the priority of this process for good: it plans a change while cameras run."""
    _add(PLANNING_NICE)


@contextmanager
def loading(*, beside: bool) -> Iterator[None]:
    """Lower the priority while a stage loads, if the process it replaces still works.

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
    # a thread may have ended, a container may forbid it: both are harmless
    with suppress(OSError):
        for thread in Path("/proc/self/task").iterdir():
            with suppress(OSError):
                which = os.PRIO_PROCESS, int(thread.name)
                os.setpriority(*which, os.getpriority(*which) + nice)
