"""Multi-object tracking: faces are matched to tracks by their predicted positions.

A track moves with constant velocity. Faces and tracks are assigned so that the sum of distances is minimal (Kuhn 1955,
as in SORT, Bewley et al. 2016, arXiv 1602.00763). Weak detections continue a track but do not start one (ByteTrack,
Zhang et al. 2021, arXiv 2110.06864).
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.following.assignment import assign
from models.over_time.cadence import Cadence

Floats = NDArray[np.float32]

REACH = 0.8
"""Largest distance between a face's centre and its track's prediction, as a multiple of the face's side."""
REACH_PER_S = 1.5
"""Increase of `REACH` for each second the track was not seen."""
ABSENT = 0.4
"""Distance, as a multiple of the face's side, by which a track that was not seen last time has to be nearer to a face
than one that was: who walks past somebody keeps their number, and so does the person behind."""
MOST_SCALING = 1.8
"""Largest factor by which a face grows or shrinks from frame to frame."""
VELOCITY_TAU_S = 0.15
"""Time constant in seconds of the average over a track's velocity."""
COAST_S = 0.3
"""Seconds for which a track that was not seen is expected to move on."""
NEAR = 1.6
"""Distance between the centres of two faces, in sides, from which on hair and shoulders of one do not cover the other.
Where they may, boxes slide onto the one in front."""
COVERED_S = 1.0
"""Seconds for which somebody who went missing near another face is expected to move on, as before they were near."""
CERTAIN = 0.65
"""Score from which a single detection starts a track; below it takes two."""
_FAR = 1e6


class _Seen(NamedTuple):
    """Where a face was at a time, in seconds, and its velocity in pixels per second."""

    box: Floats
    velocity: Floats
    time_s: float

    def moved_on(self, time_s: float, most_s: float) -> Floats:
        """Return the box at a later time, if its velocity is constant for some seconds."""
        way = self.velocity * min(time_s - self.time_s, most_s)
        return np.asarray(self.box + np.concatenate([way, np.zeros(2, np.float32)]), np.float32)


@dataclass(slots=True)
class _Track:
    id: int
    """Track number; 0 until the face is confirmed."""
    last: _Seen
    clear: _Seen | None = None
    """When it was seen last with nobody near."""

    def expected(self, time_s: float, missing: bool) -> Floats:
        clear = self.clear
        if missing and clear and clear.time_s < self.last.time_s <= clear.time_s + COVERED_S:
            return clear.moved_on(time_s, COVERED_S)
        return self.last.moved_on(time_s, COAST_S)

    def go(self, box: Floats, time_s: float) -> None:
        dt, velocity = time_s - self.last.time_s, self.last.velocity
        if dt > 1e-6:  # smaller values would overflow float32
            # not as arrays: NumPy takes several times as long for two numbers
            gain = 1 - math.exp(-dt / VELOCITY_TAU_S)
            ways = (new - old for new, old in zip(_middle(box), _middle(self.last.box), strict=True))
            speeds = [v + gain * (way / dt - v) for v, way in zip(velocity.tolist(), ways, strict=True)]
            velocity = np.array(speeds, np.float32)
        self.last = _Seen(box, velocity, time_s)


def _middle(box: Floats) -> tuple[float, float]:
    x, y, width, height = box.tolist()
    return x + width / 2, y + height / 2


class Tracker:
    """The tracks of one camera.

    Args:
        start_score: Lowest score of a face that starts a track, 0 to 1.
        forget_s: Seconds of the stream after which an absent track ends; its number is never reused. The time between
            two frames of a slow camera is no absence.
    """

    def __init__(self, start_score: float = 0.5, forget_s: float = 1.0) -> None:
        self._start_score = start_score
        self._forget_s = forget_s
        self._tracks: list[_Track] = []
        self._time_s = self._before_s = -np.inf
        """Times of the last detection and of the one before."""
        self._moved_s = -np.inf
        """Time of the last frame with new boxes."""
        self._cadence = Cadence()
        self._last_id = 0

    def update(self, boxes: Floats, scores: Floats, time_s: float) -> NDArray[np.int64]:
        """Return the track number of each face, `int64[n]`; 0 for a face without a track yet.

        Args:
            boxes: `float32[n, 4]`: x, y, width, height.
            scores: `float32[n]`, 0 to 1.
            time_s: Seconds of the stream. If it jumps back, all tracks end.
        """
        if time_s < self._time_s:
            self._tracks = []
        self._before_s, self._time_s = self._time_s, time_s
        self._tracks = self._known(time_s)
        owners: list[_Track | None] = [None] * len(boxes)
        for face, track in self._pairs(boxes, time_s):
            track.go(boxes[face], time_s)
            if not track.id:  # second detection
                self._name(track)
            owners[face] = track
        for face in range(len(boxes)):
            if owners[face] is None and scores[face] >= self._start_score:
                owners[face] = self._begin(boxes[face], float(scores[face]), time_s)
        self._end_frame(time_s)
        return np.array([t.id if t else 0 for t in owners], np.int64)

    def move(self, boxes: Mapping[int, Floats], time_s: float) -> None:
        """Update the positions of tracks in a frame without detection.

        Args:
            boxes: x, y, width, height of each track that is still seen, `float32[4]`, by its number.
            time_s: Seconds of the stream, not before the last update.
        """
        for track in self._tracks:
            if (box := boxes.get(track.id)) is not None:
                track.go(box, time_s)
        self._end_frame(time_s)

    def expected(self, time_s: float) -> list[tuple[int, Floats]]:
        """Return where all faces are expected, the last of them first seen last: track number, and box `float32[4]`.

        The number is 0 for a face that is not confirmed yet. A face that was not found lately is still expected.

        Args:
            time_s: Seconds of the stream.
        """
        if time_s < self._time_s:
            return []
        return [(t.id, t.expected(time_s, self._is_missing(t))) for t in self._known(time_s)]

    def meeting(self, time_s: float, but: Collection[int] = ()) -> bool:
        """Return whether two faces overlap, or somebody who went missing is expected where another face is.

        Args:
            time_s: Seconds of the stream.
            but: Tracks that do not count.
        """
        people = [t for t in self._known(time_s) if t.id and t.id not in but]
        if len(people) < 2:
            return False
        boxes = (t.expected(time_s, True) if self._is_missing(t) else t.last.box for t in people)
        corners = [(x, y, x + width, y + height) for x, y, width, height in (box.tolist() for box in boxes)]
        return any(
            a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
            for n, a in enumerate(corners)
            for b in corners[:n]
        )

    def unsettled(self, within_s: float, but: Collection[int] = ()) -> bool:
        """Return whether detection should run again: to confirm a new face, or to find one that went missing.

        Args:
            within_s: Seconds after which a missing face no longer counts.
            but: Tracks that do not count.
        """
        return any(
            track.last.time_s < self._time_s if track.id else track.last.time_s == self._time_s
            for track in self._tracks
            if self._time_s - track.last.time_s <= within_s and track.id not in but
        )

    def _known(self, time_s: float) -> list[_Track]:
        absence_s = self._cadence.absence_s(time_s, self._forget_s)
        return [track for track in self._tracks if time_s - track.last.time_s <= absence_s]

    def _is_missing(self, track: _Track) -> bool:
        return track.last.time_s < self._moved_s

    def _end_frame(self, time_s: float) -> None:
        """Note which of the tracks that were seen have nobody near."""
        self._moved_s = time_s
        self._cadence.note(time_s)
        seen = [track for track in self._tracks if track.last.time_s == time_s]
        places = [(*_middle(track.last.box), float(track.last.box[2])) for track in seen]
        for track, (x, y, side) in zip(seen, places, strict=True):
            near = (math.hypot(x - u, y - v) < NEAR * (side + other) / 2 for u, v, other in places)
            if sum(near) == 1:  # itself
                track.clear = track.last

    def _pairs(self, boxes: Floats, time_s: float) -> list[tuple[int, _Track]]:
        if not (self._tracks and len(boxes)):
            return []
        expected = np.stack([track.expected(time_s, self._is_missing(track)) for track in self._tracks])
        unseen_s = np.array([time_s - track.last.time_s for track in self._tracks])
        reach = REACH + REACH_PER_S * np.minimum(unseen_s, self._forget_s)
        sides = (boxes[:, None, 2] + expected[None, :, 2]) / 2
        centres = boxes[:, None, :2] + boxes[:, None, 2:] / 2 - expected[None, :, :2] - expected[None, :, 2:] / 2
        distance = np.hypot(centres[..., 0], centres[..., 1]) / np.maximum(sides, 1)
        scaling = np.abs(np.log(np.maximum(boxes[:, None, 2], 1) / np.maximum(expected[None, :, 2], 1)))
        absent = unseen_s > time_s - self._before_s + 1e-6
        allowed = (distance <= reach) & (scaling <= np.log(MOST_SCALING))
        faces, tracks = assign(np.where(allowed, distance + scaling + ABSENT * absent, _FAR))
        return [(int(f), self._tracks[t]) for f, t in zip(faces, tracks, strict=True) if allowed[f, t]]

    def _begin(self, box: Floats, score: float, time_s: float) -> _Track:
        track = _Track(0, _Seen(box, np.zeros(2, np.float32), time_s))
        if score >= CERTAIN:
            self._name(track)
        self._tracks.append(track)
        return track

    def _name(self, track: _Track) -> None:
        self._last_id += 1
        track.id = self._last_id
