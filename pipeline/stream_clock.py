"""The time a frame was taken, for totals over time, and the difference between two clocks."""

from collections import deque

from pipeline.messages import Frame

WINDOW = 20
"""Number of blocks whose minimum is kept; after this many a difference follows a clock that was set."""
BLOCK_NS = 1_000_000_000
"""Length of a block in nanoseconds; each block keeps its smallest difference."""


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
