"""Notices that this process stood still: stopped by Ctrl-Z or `docker pause`, or without a processor for seconds.

Most often the other processes of a run were stopped with it. Their silence meanwhile means nothing.
"""

LEAST_S = 2.0
"""Seconds without a look at the clock after which a process counts as having stood still."""


class Standstill:
    """The clock of a loop that looks at it several times per second.

    Args:
        now_s: Monotonic time, seconds.
    """

    def __init__(self, now_s: float) -> None:
        self._seen_s = now_s

    def lasted_s(self, now_s: float) -> float:
        """Return for how many seconds the process stood still since the last call; 0 below `LEAST_S`."""
        gap_s, self._seen_s = now_s - self._seen_s, now_s
        return gap_s if gap_s >= LEAST_S else 0.0
