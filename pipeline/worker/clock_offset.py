"""Estimates the offset between this machine's clock and that of a machine that sends frames.

A frame that arrives over TCP carries its sending time. Arrival minus sending time is the clock offset plus the transit
time. The fastest of many frames had almost no transit time, so the minimum is the offset (as in NTP's clock filter, RFC
5905 section 10, but in one direction only). On a local network the error is about a millisecond. A delay that all
frames have counts as offset and is missing from their age.
"""

import logging
from collections import deque

from msgspec.structs import replace

from pipeline.messages import Frame

WINDOW = 20
"""Number of blocks whose minimum is kept; after this many the estimate follows a clock that was set."""
BLOCK_NS = 1_000_000_000
"""Length of a block in nanoseconds; each block keeps its smallest difference."""
WARN_S = 1.0
"""Seconds of offset above which a warning is logged."""

log = logging.getLogger("emobot")


class ClockOffset:
    """Converts the times of frames from another machine to this machine's clock.

    Args:
        stage: Name of the receiving stage, for the log.
    """

    def __init__(self, stage: str) -> None:
        self.ns = 0
        """This machine's clock minus the other's at the last frame, nanoseconds."""
        self._stage = stage
        self._blocks: deque[tuple[int, int]] = deque(maxlen=WINDOW)
        self._warned = False

    def correct(self, frame: Frame, now_ns: int) -> Frame:
        """Return a frame with its times on this machine's clock.

        Args:
            frame: The received frame; one without `sent_ns` comes from this machine and is returned unchanged.
            now_ns: Time of arrival, `time.time_ns()`.
        """
        if not frame.sent_ns:
            return frame
        self._note(now_ns - frame.sent_ns, now_ns // BLOCK_NS)
        captured_ns = frame.captured_ns + self.ns if frame.captured_ns else 0
        return replace(frame, captured_ns=captured_ns, sent_ns=0)

    def _note(self, difference_ns: int, block: int) -> None:
        if self._blocks and self._blocks[-1][0] == block:
            self._blocks[-1] = block, min(difference_ns, self._blocks[-1][1])
        else:
            self._blocks.append((block, difference_ns))
        self.ns = min(smallest for _, smallest in self._blocks)
        apart = abs(self.ns) > WARN_S * 1e9
        if apart and not self._warned:
            log.warning(
                "%s: expected clocks that agree to %g s, found the sending machine %.1f s %s; its times are corrected,"
                " but set both clocks (NTP)",
                self._stage,
                WARN_S,
                abs(self.ns) / 1e9,
                "behind" if self.ns > 0 else "ahead",
            )
        self._warned = apart
