"""A camera's frame rate: the one number that the page, the picture and `emobot top` show."""

from collections import deque

WINDOW_S = 2.0
"""Seconds over which the rate is measured."""


class FrameRate:
    """Frames per second that a camera sends, dropped ones included; feed it every frame that arrives.

    Numbers of frames tell how many were sent, whatever was dropped on the way here, and the times at which they were
    captured do not depend on when they arrive. What was dropped is counted, and shown, apart.
    """

    def __init__(self) -> None:
        self._frames: deque[tuple[int, float]] = deque()

    def update(self, number: int, captured_s: float) -> None:
        """Note a frame.

        Args:
            number: Its `seq`.
            captured_s: When it was captured, seconds of any clock.
        """
        if self._frames and (number <= self._frames[-1][0] or captured_s < self._frames[-1][1]):
            self._frames.clear()
        self._frames.append((number, captured_s))
        while captured_s - self._frames[0][1] > WINDOW_S:
            self._frames.popleft()

    @property
    def fps(self) -> float:
        """Frames per second; 0 before the second frame."""
        if len(self._frames) < 2:
            return 0.0
        (first, then_s), (last, now_s) = self._frames[0], self._frames[-1]
        return (last - first) / (now_s - then_s) if now_s > then_s else 0.0

    def clear(self) -> None:
        """Begin again: the camera was started again."""
        self._frames.clear()
