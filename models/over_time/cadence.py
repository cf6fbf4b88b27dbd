"""How far apart the frames of a stream are, so that nobody counts as absent only because a camera is slow."""

from collections import deque
from statistics import median

REMEMBERED = 5
"""Number of steps from frame to frame that are remembered."""
SLACK = 2.5
"""Multiple of the usual step up to which a frame is the next one: one that was dropped in between makes it two."""
LONGEST_S = 10.0
"""Seconds up to which a step can be usual; above, nobody can tell who came and went in between."""


class Cadence:
    """The steps between the frames of one stream; give it the time of every frame."""

    def __init__(self) -> None:
        self.last_s: float | None = None
        """Time of the last frame, seconds; None before the first."""
        self._steps_s: deque[float] = deque(maxlen=REMEMBERED)

    def note(self, time_s: float) -> None:
        """Take a frame at a time, seconds; one before the last frame starts again."""
        if self.last_s is not None and time_s < self.last_s:
            self._steps_s.clear()
        elif self.last_s is not None and time_s > self.last_s:
            self._steps_s.append(time_s - self.last_s)
        self.last_s = time_s

    @property
    def usual_s(self) -> float:
        """Return the usual step, seconds; 0 before the second frame."""
        return median(self._steps_s) if self._steps_s else 0.0

    def absence_s(self, time_s: float, least_s: float) -> float:
        """Return how long somebody must not have been seen at the next frame to count as absent, seconds.

        Args:
            time_s: Time of the next frame, seconds. If it comes as soon after the last one as frames usually do, who
                was in the last one is not absent. The second frame always does, since nothing is known then.
            least_s: The least result, seconds.
        """
        if self.last_s is None:
            return least_s
        step_s = time_s - self.last_s
        if step_s <= least_s:
            return least_s
        return step_s if step_s <= min(LONGEST_S, SLACK * (self.usual_s or step_s)) else least_s
