"""When to classify a face again: it is new, it has changed, or its last classification is too old."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

CHANGED = 8.0
"""Mean difference from the last classified crop, in gray levels, above which a face counts as changed."""
NEW_S = 0.5
"""Seconds for which a new face is classified in every frame, because its first label depends on these frames."""
FORGET_S = 5.0
"""Seconds of the stream after which an absent track is forgotten."""


@dataclass(slots=True)
class _Track:
    since_s: float
    seen_s: float
    classified_s: float
    crop: NDArray[np.uint8]


class ClassificationSchedule:
    """Schedules the classifications of one camera's faces.

    Args:
        hz: Classifications per second of a face that does not change; 0 classifies every frame.

    Attributes:
        hz: As above; may be changed at any time.
        limit: Largest multiple of `hz` at which a face that changes is classified; load shedding lowers it.
    """

    def __init__(self, hz: float = 0.0) -> None:
        self.hz = hz
        self.limit = math.inf
        self.tracks: dict[int, _Track] = {}
        """What is remembered of each face, by its track."""

    def may_be_due(self, track: int, time_s: float, *, held: bool = False) -> bool:
        """Return whether a crop of this face is worth making; if not, it is not due in this frame.

        Args:
            track: Number of the face's track.
            time_s: Seconds of the stream.
            held: Whether the face is where it was in the last frame, so that it counts as unchanged.
        """
        known = self._known(track, time_s)
        if not self.hz or known is None:
            return True
        return self._is_overdue(known, time_s) or not (held or self._is_soon(known, time_s))

    def due(self, track: int, crop: NDArray[np.uint8], time_s: float) -> bool:
        """Return whether to classify this crop; if so, it counts as classified.

        Args:
            track: Number of the face's track.
            crop: `uint8[size, size]`.
            time_s: Seconds of the stream.
        """
        if not self.hz:
            return True
        known = self._known(track, time_s)
        if known is None:
            self.tracks[track] = _Track(time_s, time_s, time_s, crop)
            return True
        if not self._is_overdue(known, time_s):
            change = cv2.norm(crop, known.crop, cv2.NORM_L1)
            if self._is_soon(known, time_s) or change <= CHANGED * crop.size:
                return False
        known.classified_s, known.crop = time_s, crop
        return True

    def forget(self, time_s: float) -> None:
        """Drop tracks not seen for `FORGET_S`."""
        self.tracks = {n: t for n, t in self.tracks.items() if abs(time_s - t.seen_s) <= FORGET_S}

    def _known(self, track: int, time_s: float) -> _Track | None:
        """Return what is remembered of a face, which has now been seen; None if it is new."""
        known = self.tracks.get(track)
        if known is None or not 0 <= time_s - known.seen_s <= FORGET_S:
            return None
        known.seen_s = time_s
        return known

    def _is_overdue(self, known: _Track, time_s: float) -> bool:
        return time_s - known.since_s < NEW_S or self._periods(known, time_s) > 1

    def _is_soon(self, known: _Track, time_s: float) -> bool:
        return self._periods(known, time_s) < 1 / self.limit

    def _periods(self, known: _Track, time_s: float) -> float:
        return (time_s - known.classified_s + 1e-3) * self.hz
