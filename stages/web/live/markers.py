"""The markers that other programs sent during the last minutes."""

import threading
from collections import deque

from pipeline.batch.results import Marker
from stages.lsl.markers import MarkerInlet

MOST = 2000
"""Markers that are kept; about half a megabyte."""


class MarkerLog:
    """The latest markers. All methods are thread-safe.

    Args:
        name: Name of the streams to receive, as in `stages.lsl.markers.MarkerInlet`; empty for none.

    Raises:
        MissingPart: `pylsl` is needed and not installed.
    """

    def __init__(self, name: str = "") -> None:
        self._inlet = MarkerInlet(name) if name else None
        self._known: deque[Marker] = deque(maxlen=MOST)
        self._lock = threading.Lock()

    def since(self, at: float) -> list[Marker]:
        """Return the markers from a time on, UNIX seconds, oldest first."""
        with self._lock:
            if self._inlet:
                self._known += self._inlet.take()
            return sorted(marker for marker in self._known if marker.at >= at)

    def close(self) -> None:
        """Stop receiving."""
        if self._inlet:
            self._inlet.close()
