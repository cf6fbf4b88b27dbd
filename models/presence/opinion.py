"""The second opinion on each track of one camera: does it show a face, and where is it turned?

Detectors take hands, backs of heads and patterns for faces. The landmark network is asked about a track when it is new
and then at intervals, which costs little beside the detections.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detectors.base import Floats, Framing
from models.presence.landmarks import LandmarkNetwork, Landmarks, Square
from models.presence.pose import Pose, head_pose

CALM_S = 0.5
"""Seconds between opinions on a face that looks roughly into the camera."""
ALERT_S = 0.2
"""Seconds between opinions on a track whose answer may soon be another: refused, doubted or turned."""
TURNED_DEG = 20.0
"""Yaw or pitch in degrees above which a head counts as turned."""
DOUBT_S = 1.0
"""Seconds for which an accepted track must look like no face until it is refused; hands cover faces for less."""
FORGET_S = 60.0
"""Seconds of the stream after which an absent track is forgotten; no tracker remembers one for longer."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is known of a track.

    Attributes:
        person: Number among the accepted tracks, from 1; 0 while the track is refused.
        readable: Whether it looked like a face the last time.
        pose: Its pose then; None if it did not look like a face, or nobody asked.
    """

    person: int
    readable: bool = True
    pose: Pose | None = None


@dataclass(slots=True)
class _Track:
    person: int = 0
    """Number once it was accepted, also while it is refused again."""
    opinion: Opinion = Opinion(0, readable=False)
    asked_s: float = -np.inf
    seen_s: float = -np.inf
    doubted_s: float | None = None
    """Since when it has not looked like a face; None while it does."""

    def due(self, time_s: float) -> bool:
        pose = self.opinion.pose
        calm = pose is not None and max(abs(pose.yaw), abs(pose.pitch)) < TURNED_DEG
        # half a millisecond of grace for streams whose frames fall on the interval
        return not 0 <= time_s - self.asked_s < (CALM_S if calm else ALERT_S) - 0.0005


class SecondOpinion:
    """Accepts or refuses the tracks of one camera, and numbers the accepted ones.

    Args:
        network: The landmark network; cameras may share it. None accepts every track under its own number.
        framing: How the detector's boxes map to squares.
        min_presence: Minimum probability of a face, 0 to 1.
    """

    def __init__(self, network: LandmarkNetwork | None, framing: Framing, min_presence: float) -> None:
        self._network = network
        self._framing = framing
        self._min_presence = min_presence
        self._tracks: dict[int, _Track] = {}
        self._people = 0

    def on(self, track: int, picture: NDArray[np.uint8], box: Floats, roll: float, time_s: float) -> Opinion:
        """Return the opinion on a track, a new one if it is due.

        Args:
            track: Its number.
            picture: I420 in limited range, `uint8[height * 3 // 2, width]`.
            box: `float32[4]`: x, y, width, height, pixels.
            roll: Tilt of the head, degrees clockwise.
            time_s: Seconds of the stream.
        """
        if self._network is None:
            return Opinion(track)
        known = self._tracks.setdefault(track, _Track())
        known.seen_s = time_s
        if known.due(time_s):
            square = Square.around(box, roll, self._framing)
            self._note(known, self._network.find(picture, square), time_s)
        return known.opinion

    def forget(self, time_s: float) -> None:
        """Drop tracks not seen for `FORGET_S`."""
        self._tracks = {n: t for n, t in self._tracks.items() if abs(time_s - t.seen_s) <= FORGET_S}

    def _note(self, known: _Track, found: Landmarks, time_s: float) -> None:
        known.asked_s = time_s
        present = found.presence >= self._min_presence
        if present:
            known.doubted_s = None
        elif known.doubted_s is None or time_s < known.doubted_s:
            known.doubted_s = time_s
        doubted_s = 0.0 if known.doubted_s is None else time_s - known.doubted_s
        accepted = present or (known.opinion.person > 0 and doubted_s < DOUBT_S)
        if accepted and not known.person:
            self._people += 1
            known.person = self._people
        pose = head_pose(found.points) if present else None
        known.opinion = Opinion(known.person if accepted else 0, present, pose)
