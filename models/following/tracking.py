"""Who is who from frame to frame: faces are matched to tracks by where they should be now.

A track moves on with its own velocity; faces and tracks are paired so that the sum of distances is least (Kuhn 1955, as
in SORT, Bewley et al. 2016, arXiv 1602.00763). Weak detections continue a track and start none (ByteTrack, Zhang et al.
2021, arXiv 2110.06864).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float32]

REACH = 0.8
"""A face is the track's if its centre is at most so many of its sides from where it should be."""
REACH_PER_S = 1.5
"""How much further it may be for each second it was not seen."""
MOST_SCALING = 1.8
"""Faces of one person do not grow or shrink by more from frame to frame."""
VELOCITY_TAU_S = 0.15
"""Time constant of the average over a track's velocity."""
CERTAIN = 0.65
"""From this score on one look is enough for a new track; below it takes two."""
_FAR = 1e6


@dataclass(slots=True)
class _Track:
    id: int
    """0 until it is certain that it is a face."""
    box: Floats
    velocity: Floats
    seen_s: float

    def expected(self, time_s: float) -> Floats:
        # a velocity is not believed for long
        centre = self.velocity * min(time_s - self.seen_s, 0.3)
        return np.asarray(self.box + np.concatenate([centre, np.zeros(2, np.float32)]), np.float32)

    def go(self, box: Floats, time_s: float) -> None:
        dt = time_s - self.seen_s
        if dt > 1e-6:  # below, float32 has no answer
            moved = (box[:2] + box[2:] / 2 - self.box[:2] - self.box[2:] / 2) / dt
            gain = 1 - np.exp(-dt / VELOCITY_TAU_S)
            self.velocity = np.asarray(self.velocity + gain * (moved - self.velocity), np.float32)
        self.box, self.seen_s = box, time_s


class Tracker:
    """The tracks of one camera.

    Args:
        start_score: Faces below this score start no track.
        forget_s: A track not seen for so long is over; its number is never used again.
    """

    def __init__(self, start_score: float = 0.5, forget_s: float = 1.0) -> None:
        self._start_score = start_score
        self._forget_s = forget_s
        self._tracks: list[_Track] = []
        self._time_s = -np.inf
        self._last_id = 0

    def update(self, boxes: Floats, scores: Floats, time_s: float) -> NDArray[np.int64]:
        """Return the number of each face's track, 0 for a face that belongs to none yet.

        Args:
            boxes: `float32[n, 4]`: x, y, width, height.
            scores: `float32[n]`, 0 to 1.
            time_s: Seconds of the stream. Where it jumps back, all tracks are over.
        """
        if time_s < self._time_s:
            self._tracks = []
        self._time_s = time_s
        self._tracks = [t for t in self._tracks if time_s - t.seen_s <= self._forget_s]
        owners: list[_Track | None] = [None] * len(boxes)
        for face, track in self._pairs(boxes, time_s):
            track.go(boxes[face], time_s)
            if not track.id:  # found a second time
                self._name(track)
            owners[face] = track
        for face in range(len(boxes)):
            if owners[face] is None and scores[face] >= self._start_score:
                owners[face] = self._begin(boxes[face], float(scores[face]), time_s)
        return np.array([t.id if t else 0 for t in owners], np.int64)

    def move(self, track: int, box: Floats, time_s: float) -> None:
        """Say where a track is in a picture that was not searched for faces.

        Args:
            track: Its number.
            box: `float32[4]`: x, y, width, height.
            time_s: Seconds of the stream, not before the last update.
        """
        for known in self._tracks:
            if known.id == track:
                known.go(box, time_s)

    def unsettled(self, within_s: float) -> bool:
        """Return whether the last update left a question: a new face that takes another look, or a face gone missing.

        Args:
            within_s: A face missing for longer is no question any more.
        """
        return any(
            track.seen_s < self._time_s if track.id else track.seen_s == self._time_s
            for track in self._tracks
            if self._time_s - track.seen_s <= within_s
        )

    def _pairs(self, boxes: Floats, time_s: float) -> list[tuple[int, _Track]]:
        if not (self._tracks and len(boxes)):
            return []
        expected = np.stack([track.expected(time_s) for track in self._tracks])
        unseen_s = np.array([time_s - track.seen_s for track in self._tracks])
        sides = (boxes[:, None, 2] + expected[None, :, 2]) / 2
        centres = boxes[:, None, :2] + boxes[:, None, 2:] / 2 - expected[None, :, :2] - expected[None, :, 2:] / 2
        distance = np.hypot(centres[..., 0], centres[..., 1]) / np.maximum(sides, 1)
        scaling = np.abs(np.log(np.maximum(boxes[:, None, 2], 1) / np.maximum(expected[None, :, 2], 1)))
        allowed = (distance <= REACH + REACH_PER_S * unseen_s) & (scaling <= np.log(MOST_SCALING))
        faces, tracks = linear_sum_assignment(np.where(allowed, distance + scaling, _FAR))
        return [(int(f), self._tracks[t]) for f, t in zip(faces, tracks, strict=True) if allowed[f, t]]

    def _begin(self, box: Floats, score: float, time_s: float) -> _Track:
        track = _Track(0, box, np.zeros(2, np.float32), time_s)
        if score >= CERTAIN:
            self._name(track)
        self._tracks.append(track)
        return track

    def _name(self, track: _Track) -> None:
        self._last_id += 1
        track.id = self._last_id
