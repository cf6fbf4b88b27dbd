"""The time a frame was taken, for totals over time, and the difference between two clocks."""

import time
from collections import deque
from collections.abc import Callable

from pipeline.messages import Frame

WINDOW = 20
"""Number of blocks whose minimum is kept; after this many a difference follows a clock that was set."""
BLOCK_NS = 1_000_000_000
"""Length of a block in nanoseconds; each block keeps its smallest difference."""
CLOSE_ENOUGH_S = 50e-6
"""Seconds between two readings of a clock within which the other clock counts as read at the same time."""
MOST_READINGS = 20
"""Maximum number of readings; an interruption between two of them takes milliseconds."""


class StreamClock:
    """The clock of one camera's stream.

    A live frame has the time its camera gives, or else that of its arrival. A recording is read faster or slower than
    real time: its time runs with the stream position, from the moment its first frame was read.
    """

    def __init__(self) -> None:
        self._run: int | None = None
        self._began_s = 0.0

    def __call__(self, frame: Frame) -> float:
        """Return the time a frame was taken, UNIX seconds."""
        if not frame.lossless:
            return frame.at_ns / 1e9
        if frame.run != self._run:
            self._run, self._began_s = frame.run, (frame.captured_ns - frame.pts_ns) / 1e9
        return self._began_s + frame.pts_ns / 1e9


class ClockDifference:
    """The difference between this machine's clock and another one that stamps messages.

    Arrival minus stamp is the difference of the clocks plus the transit time. The fastest of many messages had almost
    no transit time, so the minimum is the difference (as in NTP's clock filter, RFC 5905 section 10, but in one
    direction only). A delay that all messages have counts as difference.
    """

    def __init__(self) -> None:
        self._blocks: deque[tuple[int, int]] = deque(maxlen=WINDOW)

    @property
    def is_settled(self) -> bool:
        """Return whether messages of more than one block are known; the first ones may have waited for a connection."""
        return len(self._blocks) > 1

    def note(self, difference_ns: int, now_ns: int) -> int:
        """Note a message's arrival minus its stamp, and return the smallest of the last `WINDOW` blocks with messages.

        Args:
            difference_ns: Nanoseconds.
            now_ns: Time of arrival, `time.time_ns()`.
        """
        block = now_ns // BLOCK_NS
        if self._blocks and self._blocks[-1][0] == block:
            self._blocks[-1] = block, min(difference_ns, self._blocks[-1][1])
        else:
            self._blocks.append((block, difference_ns))
        return min(smallest for _, smallest in self._blocks)


def unix_offset(local_clock: Callable[[], float], unix_clock: Callable[[], float] = time.time) -> float:
    """Return UNIX time minus another clock of this machine, seconds, though a busy machine may interrupt a reading.

    It is right to `CLOSE_ENOUGH_S` unless the CPU is saturated.

    Args:
        local_clock: The other clock, seconds.
        unix_clock: UNIX seconds.
    """
    closest, offset = float("inf"), 0.0
    for _ in range(MOST_READINGS):
        before, unix, after = local_clock(), unix_clock(), local_clock()
        if after - before < closest:
            closest, offset = after - before, unix - (before + after) / 2
        if closest <= CLOSE_ENOUGH_S:
            break
    return offset
