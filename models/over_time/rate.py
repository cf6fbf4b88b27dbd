"""A camera's frame rate, as shown by the web page, the overlay and `emobot top`."""

from collections import deque

from models.over_time.cadence import LONGEST_S

WINDOW_S = 2.0
"""Seconds over which the rate is measured; of frames further apart, up to `LONGEST_S`, over the time between two."""


class FrameRate:
    """Frames per second sent by a camera, including dropped frames; feed it every frame that arrives.

    Frame numbers reveal how many frames were sent, even if some were dropped on the way. Capture times do not depend on
    the time of arrival. Dropped frames are counted and shown separately.
    """

    def __init__(self) -> None:
        self._frames: deque[tuple[int, float]] = deque()

    def update(self, number: int, captured_s: float) -> None:
        """Record a frame.

        Args:
            number: Its `seq`.
            captured_s: Time of capture, seconds of any clock.
        """
        if self._frames and (number <= self._frames[-1][0] or captured_s < self._frames[-1][1]):
            self._frames.clear()
        self._frames.append((number, captured_s))
        while captured_s - self._frames[0][1] > (WINDOW_S if len(self._frames) > 2 else LONGEST_S):
            self._frames.popleft()

    @property
    def fps(self) -> float:
        """Frames per second; 0 before the second frame."""
        if len(self._frames) < 2:
            return 0.0
        (first, then_s), (last, now_s) = self._frames[0], self._frames[-1]
        return (last - first) / (now_s - then_s) if now_s > then_s else 0.0
