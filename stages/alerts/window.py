"""Seconds per label over the last seconds, in constant memory and time."""

from collections import Counter, deque
from collections.abc import Iterable

PIECES = 60
"""Number of pieces of a window; the oldest is dropped as a whole, so the length is right within a sixtieth."""


class Window:
    """Seconds each label was shown in the last `length_s` seconds, summed over people."""

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self._pieces: deque[tuple[float, Counter[str]]] = deque()
        self._sum: Counter[str] = Counter()

    def add(self, labels: Iterable[str], seconds: float, at_s: float) -> None:
        """Add what was shown until now.

        Args:
            labels: One label for each person.
            seconds: For how long.
            at_s: Now, seconds of any clock.
        """
        start_s = at_s // (self._length_s / PIECES) * (self._length_s / PIECES)
        if not self._pieces or self._pieces[-1][0] != start_s:
            self._pieces.append((start_s, Counter()))
        for label in labels:
            self._pieces[-1][1][label] += seconds  # type: ignore[assignment] # seconds, not a whole number
            self._sum[label] += seconds  # type: ignore[assignment]
        self._expire(at_s)

    def share(self, labels: Iterable[str], at_s: float) -> float | None:
        """Return the share of these labels in all; None if nothing was shown."""
        self._expire(at_s)
        # sums of differences: rounding leaves a little
        total = sum(self._sum.values())
        return None if total < 1e-6 else min(1.0, max(0.0, sum(self._sum[label] for label in labels) / total))

    def clear(self) -> None:
        """Forget everything."""
        self._pieces.clear()
        self._sum.clear()

    def _expire(self, at_s: float) -> None:
        while self._pieces and self._pieces[0][0] <= at_s - self._length_s:
            self._sum.subtract(self._pieces.popleft()[1])
