"""Counts the blinks of one person: short drops of the eye aspect ratio, after Soukupova & Cech 2016.

Their fixed limit does not fit all eyes: open ones were 0.14 and 0.30 in two people of our clips. So an eye is closed
below a part of what it usually is.
"""

from collections import deque

import numpy as np

MIN_HZ = 15.0
"""Measurements per second below which blinks, of 0.1 to 0.4 s, are missed."""
CLOSED, OPEN = 0.6, 0.75
"""Parts of the usual ratio below which the eyes are closed, and above which they are open again; in our clips a blink
fell to 0.45 of it, and a look down or a smile to 0.61."""
USUAL_S = 2.0
"""Seconds over which the usual ratio is the median."""
LONGEST_S = 0.5
"""Seconds above which closed eyes are no blink."""


class Blinks:
    """Counts one person's blinks; feed it every measurement."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()
        self._ratios: deque[float] = deque()
        self._closed_s: float | None = None
        self._count = 0

    def update(self, ratio: float, time_s: float) -> int | None:
        """Return the number of blinks so far; None if the last second had too few measurements to see them.

        Args:
            ratio: Mean eye aspect ratio of both eyes.
            time_s: Seconds of the stream.
        """
        if self._times and not 0 < time_s - self._times[-1] < USUAL_S:
            # the stream jumped, or nobody could see the eyes
            self._times.clear()
            self._ratios.clear()
            self._closed_s = None
        self._times.append(time_s)
        self._ratios.append(ratio)
        while self._times[0] < time_s - USUAL_S:
            self._times.popleft()
            self._ratios.popleft()
        # a millisecond of grace for rates that are not whole
        if sum(at > time_s - 1.001 for at in self._times) < MIN_HZ:
            self._closed_s = None
            return None
        usual = float(np.median(self._ratios))
        if self._closed_s is None:
            if ratio < CLOSED * usual:
                self._closed_s = time_s
        elif ratio > OPEN * usual:
            self._count += time_s - self._closed_s <= LONGEST_S
            self._closed_s = None
        return self._count
