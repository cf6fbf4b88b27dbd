"""How far the clock of another machine is ahead of or behind this one's, from the frames it sends.

A frame that arrives over TCP says when it was sent. Arrival minus sending is the offset between the clocks plus the
time in transit, and of many frames the fastest was in transit for almost no time (the clock filter of NTP, RFC 5905
section 10, in one direction alone). On a local network that is right to about a millisecond; a delay that every frame
has counts as offset, so it is missing from the age of the frames.
"""

import logging
from collections import deque

from msgspec.structs import replace

from pipeline.messages import Frame

WINDOW = 20
"""Blocks that are remembered; a clock that is set is followed after this many."""
BLOCK_NS = 1_000_000_000
"""Nanoseconds from which one smallest difference is kept."""
WARN_S = 1.0
"""Seconds of difference above which a warning is logged."""

log = logging.getLogger("emobot")


class ClockOffset:
    """Puts the times of frames from another machine on this machine's clock.

    Args:
        stage: The stage that receives, for the log.
    """

    def __init__(self, stage: str) -> None:
        self.ns = 0
        """This machine's clock minus the other's, nanoseconds, at the last frame."""
        self._stage = stage
        self._blocks: deque[tuple[int, int]] = deque(maxlen=WINDOW)
        self._warned = False

    def correct(self, frame: Frame, now_ns: int) -> Frame:
        """Return a frame with its times on this machine's clock.

        Args:
            frame: As it arrived; one without `sent_ns` comes from this machine and is returned unchanged.
            now_ns: When, `time.time_ns()`.
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
