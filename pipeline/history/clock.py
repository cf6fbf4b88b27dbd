"""Decides up to when rows of a history are old, also where the machine's clock is wrong.

A clock that is set years ahead makes every row old. So a leap is not believed at once: rows from before it are kept for
as long as if they were written at the leap. What is deleted then is old by any clock.
"""

import time
from collections.abc import Callable
from math import inf

import msgspec

FIRST_S = 1_767_225_600.0
"""2026-01-01: a clock with an earlier time is not set, because the program is younger; UNIX seconds."""
LEAP_S = 3 * 86_400.0
"""Seconds by which a clock may run ahead of the time that has passed during a run."""
OFF_S = 366 * 86_400.0
"""Seconds for which a machine may have been off."""


def awake_s() -> float:
    """Return seconds since the machine started, with the time for which it was suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the clock, in UNIX seconds; kept in the history itself."""

    latest: float
    """Latest time that was believed."""
    held: float = inf
    """When a leap is believed; infinite without one."""
    ahead: float = inf
    """When rows of the future were first seen; infinite without them."""
    ahead_to: float = 0.0
    """Time of the newest of them then."""


class Clock:
    """Judges the readings of a clock.

    Args:
        seen: What is known from earlier runs.
        awake: Measures the time that has passed.
    """

    def __init__(self, seen: Seen, awake: Callable[[], float] = awake_s) -> None:
        self.seen = seen
        self._awake = awake
        self._at: float | None = None

    def old(self, now_s: float, keep_s: float) -> float:
        """Return the time before which rows are old: `keep_s` before now, or before the last time that was believed.

        It is -inf while the clock is not set.

        Args:
            now_s: Reading of the clock, UNIX seconds.
            keep_s: Seconds for which rows are kept.
        """
        if now_s < FIRST_S:
            return -inf
        seen, at = self.seen, self._awake()
        # nobody knows for how long a machine was off, but a restart explains no leap of an earlier run
        passed = LEAP_S if seen.held < inf else OFF_S
        if self._at is not None:
            passed = at - self._at + LEAP_S
        held = min(seen.held, now_s + keep_s)
        if now_s > seen.latest + passed and now_s < held:
            self.seen = msgspec.structs.replace(seen, held=held)
            return seen.latest - keep_s
        if now_s >= seen.latest:
            self._at = at
        self.seen = msgspec.structs.replace(seen, latest=max(seen.latest, now_s), held=inf)
        return now_s - keep_s

    def future(self, now_s: float, keep_s: float, newest_s: float) -> tuple[float, float]:
        """Return from when to when rows of a future are old: seen for `keep_s`; (0, 0) for none.

        Args:
            now_s: Reading of the clock, UNIX seconds, as given to `old`.
            keep_s: Seconds for which rows are kept.
            newest_s: Time of the newest row.
        """
        seen, begin = self.seen, now_s + LEAP_S
        if now_s < FIRST_S:
            return 0.0, 0.0
        if seen.held < inf or newest_s <= begin:
            self.seen = msgspec.structs.replace(seen, ahead=inf, ahead_to=0.0)
        elif now_s >= seen.ahead + keep_s:
            self.seen = Seen(latest=now_s)
            return begin, seen.ahead_to
        elif now_s < seen.ahead:
            self.seen = msgspec.structs.replace(seen, ahead=now_s, ahead_to=newest_s)
        return 0.0, 0.0
