"""Tells a process that hangs from one that gets no processor: on a saturated machine, heartbeats are late."""

from contextlib import suppress
from pathlib import Path

MOST = 3.0
"""Multiple of the allowed silence after which a process counts as hanging however long it waited for a processor."""


def waited_s(pid: int) -> float:
    """Return how long a process's main thread has waited for a processor since it started, seconds.

    0 without such statistics (`/proc/PID/schedstat`, Documentation/scheduler/sched-stats.rst of Linux).
    """
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[1]) / 1e9
    return 0.0


def hangs(silent_s: float, starved_s: float, limit_s: float) -> bool:
    """Return whether a process has been silent for too long.

    Args:
        silent_s: Seconds since its last heartbeat.
        starved_s: Of these, seconds for which it waited for a processor.
        limit_s: Seconds of silence that are allowed.
    """
    return silent_s - starved_s > limit_s or silent_s > MOST * limit_s
