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

CALM_S = 1.0
"""Seconds between opinions on a face that looks roughly into the camera."""
ALERT_S = 0.2
"""Seconds between opinions on a track whose next one may differ: refused, covered or turned."""
TURNED_DEG = 20.0
"""Yaw or pitch in degrees above which a head counts as turned."""
GAIN = 0.3
"""Weight of a new answer in a track's mean presence. The first one decides alone; later a face that was taken for none
needs two or three good answers, and a covered one a second of bad ones (five)."""
KEEP = 0.4
"""Part of `min_presence` below which the mean presence of an accepted track has to fall until it is refused, and below
which a single answer means that nothing can be read."""
FORGET_S = 60.0
"""Seconds of the stream after which an absent track is forgotten; no tracker remembers one for longer."""


def presence_of(
    network: LandmarkNetwork, framing: Framing, picture: NDArray[np.uint8], box: Floats, roll: float
) -> float:
    """Return the probability that a box shows a face, 0 to 1.

    Args:
        network: The landmark network.
        framing: How the box maps to a square.
        picture: I420 in limited range, `uint8[height * 3 // 2, width]`.
        box: `float32[4]`: x, y, width, height, pixels.
        roll: Tilt of the head, degrees clockwise.
    """
    return network.find(picture, Square.around(box, roll, framing)).presence


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is known of a track.

    Attributes:
        person: Number among the accepted tracks, from 1; 0 while the track is refused.
        readable: Whether it looked like a face the last time; a hand may cover it.
        pose: Its pose then; None if it is not readable, or nobody asked.
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
    presence: float | None = None
    """Mean over its answers, 0 to 1; None before the first."""

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

    def on(
        self,
        track: int,
        picture: NDArray[np.uint8],
        box: Floats,
        roll: float,
        time_s: float,
        *,
        full_range: bool = False,
    ) -> Opinion:
        """Return the opinion on a track, a new one if it is due.

        Args:
            track: Its number.
            picture: I420, `uint8[height * 3 // 2, width]`.
            box: `float32[4]`: x, y, width, height, pixels.
            roll: Tilt of the head, degrees clockwise.
            time_s: Seconds of the stream.
            full_range: Whether the frame's luma ranges from 0 to 255.
        """
        if self._network is None:
            return Opinion(track)
        known = self._tracks.get(track)
        if known is None:
            known = self._tracks[track] = _Track()
        known.seen_s = time_s
        if known.due(time_s):
            square = Square.around(box, roll, self._framing)
            self._note(known, self._network.find(picture, square, full_range), time_s)
        return known.opinion

    @property
    def known(self) -> int:
        """Return the number of tracks that are remembered."""
        return len(self._tracks)

    def forget(self, time_s: float) -> None:
        """Drop tracks not seen for `FORGET_S`."""
        self._tracks = {n: t for n, t in self._tracks.items() if abs(time_s - t.seen_s) <= FORGET_S}

    def _note(self, known: _Track, found: Landmarks, time_s: float) -> None:
        known.asked_s = time_s
        mean = found.presence if known.presence is None else known.presence
        known.presence = mean + GAIN * (found.presence - mean)
        keep = KEEP * self._min_presence
        accepted = known.presence >= (keep if known.opinion.person else self._min_presence)
        readable = found.presence >= keep
        if accepted and not known.person:
            self._people += 1
            known.person = self._people
        pose = head_pose(found.points) if accepted and readable else None
        known.opinion = Opinion(known.person if accepted else 0, readable, pose)
