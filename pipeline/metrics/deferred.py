"""Holds what a loop counts per frame, and writes it a few times per second.

Every value is a place in a mapped file, and the code that writes it is cold between two frames: written at once, counts
cost several times as much as the same counts one after the other.
"""

import time
from collections import defaultdict

from prometheus_client import Counter, Gauge

from pipeline.metrics.histogram import Histogram

EVERY_S = 0.25
"""Seconds between two writes of a busy loop; a process that is killed loses as much of these counts."""


class Deferred:
    """The counts of one loop that have not been written yet.

    The loop calls `flush` where it waits, at its end, and elsewhere if `is_due`.
    """

    def __init__(self) -> None:
        self._counts: defaultdict[Counter, float] = defaultdict(float)
        self._values: dict[Gauge, float] = {}
        self._observed: defaultdict[Histogram, list[float]] = defaultdict(list)
        self._due_s = 0.0

    def inc(self, counter: Counter, amount: float = 1) -> None:
        """Add to a counter; 0 makes it appear."""
        self._counts[counter] += amount

    def set(self, gauge: Gauge, value: float) -> None:
        """Set a gauge; the last value counts."""
        self._values[gauge] = value

    def observe(self, histogram: Histogram, value: float) -> None:
        """Add a value to a histogram."""
        self._observed[histogram].append(value)

    @property
    def is_due(self) -> bool:
        """Return whether the last write is more than `EVERY_S` ago."""
        return time.monotonic() >= self._due_s

    def flush(self) -> None:
        """Write everything."""
        self._due_s = time.monotonic() + EVERY_S
        for counter, amount in self._counts.items():
            counter.inc(amount)
        for gauge, value in self._values.items():
            gauge.set(value)
        for histogram, values in self._observed.items():
            histogram.observe_all(values)
        self._counts.clear()
        self._values.clear()
        self._observed.clear()
