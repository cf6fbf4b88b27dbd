"""How long a piece of work will still take, by its progress so far."""

LEAST = 0.02
"""Progress from which on its speed says something."""


class TimeLeft:
    """Seconds that are left; counted from the first sign of progress, since starting takes as long for every file."""

    def __init__(self) -> None:
        self.seconds: float | None = None
        """Seconds left; None if not known yet."""
        self._first: tuple[float, float] | None = None
        self._last = 0.0

    def note(self, progress: float, now_s: float) -> None:
        """Record a progress of 0 to 1 at a time of a monotonic clock, seconds."""
        if self._first is None or progress < self._last:
            # the analysis begins, or begins again after its process died
            self._first, self.seconds = (progress, now_s), None
        self._last = progress
        done, lasted_s = progress - self._first[0], now_s - self._first[1]
        if done >= LEAST and lasted_s > 0:
            self.seconds = (1.0 - progress) * lasted_s / done
