"""Tracks the faces of one camera: a detector runs on some frames, optical flow moves the boxes in between.

Detection costs as much as moving thirty boxes, so it runs a few times per second. It also runs at once where optical
flow does not suffice: to confirm a new face, or if a face went missing or has moved far.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detectors import FaceDetector
from models.detectors.base import Floats
from models.detectors.picture import luma
from models.following.alignment import roll_deg
from models.following.load import DETECT_LIMIT
from models.following.motion import Motion
from models.following.tracking import Tracker
from models.levels import limited
from models.over_time.cadence import Cadence
from models.search.plan import SearchPlan

MISSING_S = 0.2
"""Seconds for which detection runs on every frame after a face went missing; detectors lose a face for less than
that."""
FAR, MOST_STARTS = 0.5, 3
"""Distance a face may move, as a multiple of its side, before its motion is measured from the current frame on, and how
often this may happen before detection runs again."""
SCALING = 1.15
"""Factor by which a face may grow or shrink before detection runs again: a box that does so at once has mostly slid
onto somebody in front."""
SLOW, HOLD_S = 0.015, 0.05
"""Distance from one frame to the next, as a multiple of the face's side, below which the box is held in the frame after
these, and most seconds since it was moved: 20 frames per second and more, every second one is held."""
MEETING = 2
"""Multiple of the detections while faces overlap or are covered: such a box may follow what is in front."""
GONE_S = 1.0
"""Seconds for which the last box of a lost face stays in `hidden`, and at least in the next frame of a slow camera."""
MOST_FOLLOWED = 16
"""Most faces moved by optical flow; with more, detection costs little more."""


@dataclass(slots=True)
class Followed:
    """One face in the current frame.

    Attributes:
        track: Track number, see `models.following.tracking`.
        box: `float32[4]`: x, y, width, height, pixels.
        score: Score of the last detection, 0 to 1.
        roll: Tilt of the head at the last detection, degrees clockwise.
    """

    track: int
    box: Floats
    score: float
    roll: float


class Follower:
    """Detects and follows the faces of one camera.

    Args:
        search: The camera's search plan, or a face detector, which cameras may share.
        hz: Detections per second of the stream; 0 runs detection on every frame.
        start_score: See `Tracker`.
        forget_s: See `Tracker`.
        min_face_px: Faces with a shorter side, in pixels, are skipped.
        max_faces: Most faces to return; those with the highest scores.
        phase: Time of the detection within its period, 0 to 1; different phases spread the cameras' detections.

    Attributes:
        hz: As above; may be changed at any time.
        shedding: Whether extra detections are limited by `models.following.load.DETECT_LIMIT`; a face lost meanwhile
            is skipped until the next detection. Faces move far between rare frames, so under overload every frame would
            otherwise trigger a detection.
        sparing: Whether boxes are held in every second frame (above 20 per second) however fast they are, and whether
            or not they are still; under overload, no more frames are drawn. Then who moves far is followed until the
            next detection, however far.
        covered: Whether a face is covered, as the caller sees it.
        nobody: Tracks that are no person, to be kept by the caller: when these move far or disappear, no extra
            detection runs.
        detected: Whether detection ran on the last frame.
        held: Whether its boxes are those of the frame before.
        hidden: Boxes that may be faces in the last frame but were not returned: too weak or too small at the last
            detection, beyond `max_faces`, or lost or doubted within the last `GONE_S`.
    """

    def __init__(
        self,
        search: SearchPlan | FaceDetector,
        hz: float = 0.0,
        *,
        start_score: float = 0.5,
        forget_s: float = 1.0,
        min_face_px: float = 16.0,
        max_faces: int = 32,
        phase: float = 0.0,
    ) -> None:
        self.hz = hz
        self.shedding = self.sparing = False
        self.covered = False
        self.nobody: set[int] = set()
        self.detected = self.held = False
        self.hidden: list[Floats] = []
        self._skipped: list[Floats] = []
        self._shown: dict[int, tuple[Floats, float]] = {}
        self._search = search if isinstance(search, SearchPlan) else SearchPlan(search, min_face_px)
        self._tracker = Tracker(start_score, forget_s)
        self._min_face_px = min_face_px
        self._max_faces = max_faces
        self._phase = phase
        self._time_s: float | None = None
        self._faces: list[Followed] = []
        self._motions: list[Motion] = []
        self._starts: list[int] = []
        """How often the motion of each face began, since the last detection."""
        self._lost = self._moved_far = False
        """Whether a face was lost, or has moved too far, since the last detection."""
        self._moved_s, self._slow = -math.inf, False
        """When boxes were moved last, and whether all moved little."""
        self._shape: tuple[int, ...] = ()
        self._cadence = Cadence()

    def update(self, picture: NDArray[np.uint8], time_s: float, *, full_range: bool = False) -> list[Followed]:
        """Return the faces in the next frame, ordered by track number.

        Args:
            picture: I420, `uint8[height * 3 // 2, width]`.
            time_s: Seconds of the stream.
            full_range: Whether its luma ranges from 0 to 255.
        """
        changed = picture.shape != self._shape
        self.held = False
        moved = None if changed or self._due(time_s) else self._move(picture, time_s)
        self.detected, self._shape = moved is None, picture.shape
        self._faces = self._detect(picture, time_s, full_range) if moved is None else moved
        present = {face.track: (face.box, time_s) for face in self._faces}
        gone_s = self._cadence.absence_s(time_s, GONE_S)
        self._cadence.note(time_s)
        recent = {n: (box, s) for n, (box, s) in self._shown.items() if 0 <= time_s - s <= gone_s}
        self._shown = recent | present
        self.hidden = [
            *self._skipped,
            *self._search.doubted(time_s, gone_s),
            *(box for n, (box, _) in recent.items() if n not in present),
        ]
        return self._faces

    def _due(self, time_s: float) -> bool:
        last_s = self._time_s
        if not self.hz or last_s is None or time_s < last_s:
            return True
        if not self._may_detect(time_s):
            return False
        if self._lost or (self._moved_far and not self.sparing):
            return True
        if len(self._faces) > MOST_FOLLOWED or self._tracker.unsettled(MISSING_S, self.nobody):
            return True
        covered = self.covered or self._tracker.meeting(time_s, self.nobody)
        hz = self.hz * (MEETING if covered and not self.shedding else 1)
        return math.floor(time_s * hz + self._phase) > math.floor(last_s * hz + self._phase)

    def _may_detect(self, time_s: float) -> bool:
        return not self.shedding or self._time_s is None or (time_s - self._time_s) * self.hz * DETECT_LIMIT >= 1

    def _move(self, picture: NDArray[np.uint8], time_s: float) -> list[Followed] | None:
        """Return the faces at their current positions, or None if one was lost and detection has to run."""
        gray = luma(picture)
        if time_s - self._moved_s < HOLD_S and (self.sparing or (self._slow and self._are_still(gray))):
            self._slow, self.held = False, True
            return self._faces
        boxes = [motion.follow(gray) for motion in self._motions]
        people = [face.track not in self.nobody for face in self._faces]
        rows = zip(people, self._motions, boxes, strict=True)
        doubtful = any(person and (box is None or motion.scaling(box) > SCALING) for person, motion, box in rows)
        if doubtful and self._may_detect(time_s):
            return None
        moved: list[Followed] = []
        motions: list[Motion] = []
        starts: list[int] = []
        faces = zip(self._faces, self._motions, self._starts, boxes, people, strict=True)
        for face, motion, start, box, person in faces:
            if box is None:
                self._lost |= person
                continue
            if motion.distance(box) > FAR:
                motion, start = Motion(gray, box), start + 1
                self._moved_far |= person and start > MOST_STARTS
            moved.append(Followed(face.track, box, face.score, face.roll))
            motions.append(motion)
            starts.append(start)
        self._tracker.move({face.track: face.box for face in moved}, time_s)
        self._starts = starts
        self._motions = motions
        self._slow = len(moved) == len(self._faces) and all(map(_is_slow, self._faces, moved))
        if self._slow:
            for motion in motions:
                motion.remember(gray)
        self._moved_s = time_s
        return moved

    def _are_still(self, gray: NDArray[np.uint8]) -> bool:
        return all(motion.is_still(gray) for motion in self._motions)

    def _detect(self, picture: NDArray[np.uint8], time_s: float, full_range: bool) -> list[Followed]:
        rolls = {face.track: face.roll for face in self._faces}
        expected = self._tracker.expected(time_s) + [(0, box) for box in self._skipped]
        known = [box for _, box in expected]
        self.nobody &= {track for track, _ in expected}
        tilts = [rolls.get(track, 0.0) for track, _ in expected]
        seen = self._search.search(limited(picture, full_range), time_s, known, tilts)
        large = np.flatnonzero(seen.boxes[:, 2:].min(axis=1, initial=np.inf) >= self._min_face_px)
        chosen = large[np.argsort(-seen.scores[large], kind="stable")[: self._max_faces]]
        found = seen[chosen]
        tracks = self._tracker.update(found.boxes, found.scores, time_s)
        skipped = np.ones(len(seen), bool)
        skipped[chosen[tracks > 0]] = False
        self._skipped = list(seen.boxes[skipped])
        faces = [
            Followed(int(tracks[i]), found.boxes[i], min(1.0, float(found.scores[i])), roll_deg(found.eyes[i]))
            for i in np.argsort(tracks, kind="stable")
            if tracks[i]
        ]
        self._time_s = self._moved_s = time_s
        self._lost = self._moved_far = self._slow = False
        self._motions = [Motion(luma(picture), face.box) for face in faces] if self.hz else []
        self._starts = [1] * len(self._motions)
        return faces


def _is_slow(before: Followed, after: Followed) -> bool:
    # not as arrays: NumPy takes several times as long for four numbers
    old, new = before.box.tolist(), after.box.tolist()
    way = max(abs(a - b) for a, b in zip(old, new, strict=True))
    return bool(way < SLOW * (old[2] + old[3]) / 2)
