"""The faces of one camera from picture to picture: a detector looks at some, between them optical flow moves the boxes.

A detector takes about as long as following thirty faces, so it looks a few times a second, and at once where following
is no answer: a new face takes a second look, a face went missing, one has moved far.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detectors import FaceDetector
from models.detectors.base import Floats
from models.detectors.picture import luma
from models.following.alignment import roll_deg
from models.following.load import THRIFTY
from models.following.motion import Motion
from models.following.tracking import Tracker

MISSING_S = 0.2
"""For so long every picture is searched for a face that went missing: a detector that blinks does so for less."""
FAR = 0.5
"""A face that has moved by so many of its sides since a detector found it is searched anew."""
GONE_S = 1.0
"""For so long a face that is no longer found is still `hidden` where it was last."""
MOST_FOLLOWED = 16
"""With more faces a detector costs little more than following them."""


@dataclass(slots=True)
class Followed:
    """One face in the present picture.

    Attributes:
        track: Its number, see `models.following.tracking`.
        box: `float32[4]`: x, y, width, height, pixels.
        score: The detector's, when it last looked.
        roll: Tilt of the head, degrees clockwise, when a detector last looked.
    """

    track: int
    box: Floats
    score: float
    roll: float


class Follower:
    """Finds the faces of one camera.

    Args:
        detector: Looks at pictures; may be shared by cameras.
        hz: How often it looks, times per second of the stream; 0: at every picture.
        start_score: See `Tracker`.
        forget_s: See `Tracker`.
        min_face_px: Smaller faces are left out.
        max_faces: At most so many, those with the highest scores.
        phase: When within a period it looks, 0 to 1; another one for each camera spreads the work.

    Attributes:
        hz: As above; may be changed at any time.
        thrifty: Whether questions have to wait, see `models.following.load.THRIFTY`; a face that got lost meanwhile is
            left out until then. What comes seldom has moved far, so a machine that is full would else search every
            picture it still takes.
        looked: Whether a detector looked at the last picture.
        hidden: Boxes of what may be a face in the last picture, and is none that was returned: found at the last look,
            but too weak, small or many to be followed, or followed until a moment ago.
    """

    def __init__(
        self,
        detector: FaceDetector,
        hz: float = 0.0,
        *,
        start_score: float = 0.5,
        forget_s: float = 1.0,
        min_face_px: float = 16.0,
        max_faces: int = 32,
        phase: float = 0.0,
    ) -> None:
        self.hz = hz
        self.thrifty = False
        self.looked = False
        self.hidden: list[Floats] = []
        self._left_out: list[Floats] = []
        self._shown: dict[int, tuple[Floats, float]] = {}
        self._detector = detector
        self._tracker = Tracker(start_score, forget_s)
        self._min_face_px = min_face_px
        self._max_faces = max_faces
        self._phase = phase
        self._time_s: float | None = None
        self._faces: list[Followed] = []
        self._motions: list[Motion] = []
        self._astray = False
        """Whether a face has moved far, or was lost, since the last look."""
        self._shape: tuple[int, ...] = ()

    def update(self, picture: NDArray[np.uint8], time_s: float) -> list[Followed]:
        """Return the faces in the next picture, by number of their track.

        Args:
            picture: I420, `uint8[height * 3 // 2, width]`.
            time_s: Seconds of the stream.
        """
        changed = picture.shape != self._shape
        moved = None if changed or self._due(time_s) else self._move(picture, time_s)
        self.looked, self._shape = moved is None, picture.shape
        self._faces = self._look(picture, time_s) if moved is None else moved
        present = {face.track: (face.box, time_s) for face in self._faces}
        recent = {n: (box, s) for n, (box, s) in self._shown.items() if 0 <= time_s - s <= GONE_S}
        self._shown = recent | present
        self.hidden = [*self._left_out, *(box for n, (box, _) in recent.items() if n not in present)]
        return self._faces

    def _due(self, time_s: float) -> bool:
        last_s = self._time_s
        if not self.hz or last_s is None or time_s < last_s:
            return True
        if not self._may_look(time_s):
            return False
        if self._astray or len(self._faces) > MOST_FOLLOWED or self._tracker.unsettled(MISSING_S):
            return True
        return math.floor(time_s * self.hz + self._phase) > math.floor(last_s * self.hz + self._phase)

    def _may_look(self, time_s: float) -> bool:
        return not self.thrifty or self._time_s is None or (time_s - self._time_s) * self.hz * THRIFTY >= 1

    def _move(self, picture: NDArray[np.uint8], time_s: float) -> list[Followed] | None:
        """Return the faces where they are now, None where one was lost and has to be searched."""
        boxes = [motion.follow(luma(picture)) for motion in self._motions]
        if any(box is None for box in boxes) and self._may_look(time_s):
            return None
        moved: list[Followed] = []
        motions: list[Motion] = []
        for face, motion, box in zip(self._faces, self._motions, boxes, strict=True):
            self._astray |= box is None or motion.distance(box) > FAR
            if box is not None:
                self._tracker.move(face.track, box, time_s)
                moved.append(Followed(face.track, box, face.score, face.roll))
                motions.append(motion)
        self._motions = motions
        return moved

    def _look(self, picture: NDArray[np.uint8], time_s: float) -> list[Followed]:
        seen = self._detector.detect(picture)
        large = np.flatnonzero(seen.boxes[:, 2:].min(axis=1, initial=np.inf) >= self._min_face_px)
        chosen = large[np.argsort(-seen.scores[large], kind="stable")[: self._max_faces]]
        found = seen[chosen]
        tracks = self._tracker.update(found.boxes, found.scores, time_s)
        left_out = np.ones(len(seen), bool)
        left_out[chosen[tracks > 0]] = False
        self._left_out = list(seen.boxes[left_out])
        faces = [
            Followed(int(tracks[i]), found.boxes[i], min(1.0, float(found.scores[i])), roll_deg(found.eyes[i]))
            for i in np.argsort(tracks, kind="stable")
            if tracks[i]
        ]
        self._time_s = time_s
        self._astray = False
        self._motions = [Motion(luma(picture), face.box) for face in faces] if self.hz else []
        return faces
