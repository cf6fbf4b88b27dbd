"""When a face is worth another look of the network: it is new, it has changed, or its last look is old."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.following.load import THRIFTY

CHANGED = 8.0
"""A crop that differs by so many gray levels on average from the one last looked at shows something new."""
NEW_S = 0.5
"""For so long a new face is looked at in every picture: its label is decided by what is seen first."""
FORGET_S = 5.0
"""A track absent for so long, seconds of its stream, is forgotten."""


@dataclass(slots=True)
class _Track:
    since_s: float
    seen_s: float
    look_s: float
    crop: NDArray[np.uint8]


class Looks:
    """Remembers the last looks at the faces of one camera.

    Args:
        hz: How often a face is looked at that does not change, times per second; 0: in every picture.

    Attributes:
        hz: As above; may be changed at any time.
        thrifty: Whether changes have to wait, see `models.following.load.THRIFTY`.
    """

    def __init__(self, hz: float = 0.0) -> None:
        self.hz = hz
        self.thrifty = False
        self._tracks: dict[int, _Track] = {}

    def due(self, track: int, crop: NDArray[np.uint8], time_s: float) -> bool:
        """Return whether the network shall see this crop; if so it counts as seen.

        Args:
            track: Number of the face's track.
            crop: `uint8[size, size]`.
            time_s: Seconds of the stream.
        """
        if not self.hz:
            return True
        known = self._tracks.get(track)
        if known is None or not 0 <= time_s - known.seen_s <= FORGET_S:
            self._tracks[track] = _Track(time_s, time_s, time_s, crop)
            return True
        known.seen_s = time_s
        new = time_s - known.since_s < NEW_S
        periods = (time_s - known.look_s + 1e-3) * self.hz
        soon = self.thrifty and periods < 1 / THRIFTY
        if not (new or periods > 1 or (not soon and cv2.norm(crop, known.crop, cv2.NORM_L1) > CHANGED * crop.size)):
            return False
        known.look_s, known.crop = time_s, crop
        return True

    def forget(self, time_s: float) -> None:
        """Drop the tracks not seen for long."""
        self._tracks = {n: t for n, t in self._tracks.items() if abs(time_s - t.seen_s) <= FORGET_S}
