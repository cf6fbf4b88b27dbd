"""Which parts of a frame are searched next: new, lost and changed ones first, each within a bounded time."""

import math
from collections.abc import Sequence

_SOON_S = 1e-3
"""Times of frames are rounded; this early is in time."""


class Turns:
    """The turns of some parts of a frame.

    Each part is due after a period, which may differ from frame to frame. What is most overdue, in its periods, comes
    first. So a part with a long period waits longer than one with a short one, but not for ever.

    Args:
        count: Number of parts.
    """

    def __init__(self, count: int) -> None:
        self._searched_s = [-math.inf] * count

    def due(self, time_s: float, periods_s: Sequence[float], most: int | None = None) -> list[int]:
        """Return the numbers of the parts to search now, most urgent first.

        Args:
            time_s: Seconds of the stream.
            periods_s: Seconds after its last search from which on each part is due; 0 is always due, before others.
            most: Most parts to return; None for all that are due.
        """
        ages = [time_s - searched_s for searched_s in self._searched_s]
        urgency = [_urgency(age_s, period_s) for age_s, period_s in zip(ages, periods_s, strict=True)]
        chosen = [n for n, value in enumerate(urgency) if value >= 1]
        return sorted(chosen, key=lambda n: -urgency[n])[:most]

    def done(self, part: int, time_s: float) -> None:
        """Record that a part has been searched."""
        self._searched_s[part] = time_s


def _urgency(age_s: float, period_s: float) -> float:
    return (age_s + _SOON_S) / period_s if period_s else math.inf
