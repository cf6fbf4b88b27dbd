"""Estimates the offset between this machine's clock and that of a machine that sends frames.

A frame that arrives over TCP carries its sending time, see `pipeline.stream_clock.ClockDifference`. On a local network
the error is about a millisecond. A delay that all frames have counts as offset and is missing from their age.
"""

import logging

from msgspec.structs import replace

from pipeline.messages import Frame
from pipeline.metrics.metrics import CLOCK_OFFSET
from pipeline.stream_clock import ClockDifference

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
        self._difference = ClockDifference()
        self._shown = CLOCK_OFFSET.labels(stage)
        self._warned = False

    def correct(self, frame: Frame, now_ns: int) -> Frame:
        """Return a frame with its times on this machine's clock.

        Args:
            frame: The received frame; one without `sent_ns` comes from this machine and is returned unchanged.
            now_ns: Time of arrival, `time.time_ns()`.
        """
        if not frame.sent_ns:
            return frame
        self._note(now_ns - frame.sent_ns, now_ns)
        captured_ns, taken_ns = (at_ns + self.ns if at_ns else 0 for at_ns in (frame.captured_ns, frame.taken_ns))
        return replace(frame, captured_ns=captured_ns, taken_ns=taken_ns, sent_ns=0)

    def _note(self, difference_ns: int, now_ns: int) -> None:
        before, self.ns = self.ns, self._difference.note(difference_ns, now_ns)
        if self.ns != before:
            self._shown.set(self.ns / 1e9)
        apart = self._difference.is_settled and abs(self.ns) > WARN_S * 1e9
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
