"""Decides whether the time that a camera gives for its frames is used, and keeps time from running backwards.

The times of two cameras can be compared if both clocks are set (NTP). Many are not: a camera may be years behind after
it lost power, or minutes ahead. Then the time of arrival is nearer to the truth.
"""

import logging

from pipeline.messages import Clock
from pipeline.stream_clock import ClockDifference

AHEAD_S, BEHIND_S = 0.2, 2.0
"""Seconds by which a camera's clock may be ahead of this machine's, and by which its frames may be late. A frame is
taken before it arrives, but both clocks have an error."""
AGAIN = 0.5
"""Share of these limits within which a clock that was refused is used again, so that it does not change back and forth
at the limit."""
STALL_NS = 10_000_000_000
"""Nanoseconds by which a frame may be later than the fastest of the last 20 s, after a stall of the network; beyond it,
the camera's clock was set. A time this far before the last frame's is a clock that was set, too."""
STEP_NS = 1000
"""Nanoseconds between frames while a time would run backwards, as when a camera's time replaces that of arrival."""

log = logging.getLogger(__name__)


class CameraClock:
    """The clock of one camera.

    Args:
        name: The camera, for the log.
    """

    def __init__(self, name: str) -> None:
        self.offset_ns = 0
        """This machine's clock minus the camera's, with the delay of the network, nanoseconds; 0 if unknown."""
        self._name = name
        self._difference = ClockDifference()
        self._trusted = True
        self._used = False
        self._last_ns = 0

    def restart(self) -> None:
        """Forget the offset: a new connection may lead to another camera, or one whose clock was set."""
        self._difference, self.offset_ns = ClockDifference(), 0

    def read(self, camera_ns: int, arrived_ns: int) -> tuple[int, Clock]:
        """Return when a frame was taken, and by which clock; 0 until the camera has given a time that is used.

        Args:
            camera_ns: The camera's time of the frame, UNIX nanoseconds; 0 if it gave none.
            arrived_ns: Time of arrival, `time.time_ns()`.
        """
        uses_camera = bool(camera_ns) and self._trusts(arrived_ns - camera_ns, arrived_ns)
        self._used |= uses_camera
        at_ns = camera_ns if uses_camera else arrived_ns
        if 0 <= self._last_ns - at_ns < STALL_NS:
            # the camera's time is earlier than that of arrival by the delay, until it has caught up
            at_ns, uses_camera = self._last_ns + STEP_NS, False
        self._last_ns = at_ns
        return at_ns if self._used else 0, "ntp" if uses_camera else "arrival"

    def _trusts(self, difference_ns: int, now_ns: int) -> bool:
        self.offset_ns = self._difference.note(difference_ns, now_ns)
        share = 1.0 if self._trusted else AGAIN
        before, self._trusted = self._trusted, -AHEAD_S * share <= self.offset_ns / 1e9 <= BEHIND_S * share
        if before and not self._trusted:
            log.warning(
                "%s: expected a camera's clock at most %g s ahead of this machine's and %g s behind it, found it %s %s;"
                " times are those of arrival until both clocks are set (NTP)",
                self._name,
                AHEAD_S,
                BEHIND_S,
                duration(abs(self.offset_ns) / 1e9),
                "ahead" if self.offset_ns < 0 else "behind",
            )
        return self._trusted and difference_ns - self.offset_ns < STALL_NS


def duration(seconds: float) -> str:
    """Return a duration in the largest unit of which it has two, or seconds."""
    units = (("years", 31_557_600), ("days", 86_400), ("hours", 3600), ("minutes", 60))
    return next((f"{seconds / size:.0f} {unit}" for unit, size in units if seconds >= 2 * size), f"{seconds:.1f} s")
