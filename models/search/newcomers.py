"""Decides which of the faces that a search finds are new people: several networks must agree on each.

The finder is unsure of far faces, most of all before busy backgrounds. So it only suggests where to look. The close-up
network looks there, and where both together are not sure, the landmark network decides.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from models.detectors.base import Detections, Floats
from models.following.alignment import roll_deg
from models.search.change.changes import Cells, Watched
from models.search.closeup import CloseUp
from models.search.suppression import joined, one_box_each, same_face
from models.search.tiles import Region

MOST = 24
"""Maximum number of new faces examined per frame, best first; the next search finds the others again."""
AGREED = 0.6
"""Minimum mean of both networks' scores for a new face. On seven photographs without faces, by which it was chosen,
what both take for a face has 0.42 to 0.59; far faces that the finder is unsure of (0.35) score 0.9 from close up."""
LARGE_PX, SURE = 40.0, 0.75
"""Side of a face in pixels from which on the landmark network is certain of real ones, and the minimum mean score of
such a face that counts without it. Of 1,148 faces of 48 pixels and more, 0.2 % have a presence below `PRESENT`."""
CLOSE, PRESENT = 0.6, 0.9
"""Minimum score from close up, and minimum presence, of a new face on which both networks do not agree. 3 % of the
faces of 24 pixels have less than 0.6, none less than 0.9; of 1,459 places in busy rooms where the finder is wrong (0.2
and above), 103 and none have more."""
FILLING = 0.5
"""Part of the frame's shorter side from which on a face fills it: without surroundings, the finder and the close-up
network are unsure, and the landmark network, which sees no surroundings anyway, is not."""
FAINT_HZ = 2.0
"""Faces below `clear` that live cameras examine per second, after the first `MOST`. Where much moves, each search finds
others, and only 2 % of the faces of 20 to 34 pixels before busy backgrounds are so faint."""
REFUTED_S = 5.0
"""Seconds for which a place that shows no face is not examined again, unless it changes."""

Presence = Callable[[NDArray[np.uint8], Floats, float], float]
"""Returns the presence of a face, 0 to 1, for a frame in I420, a box `float32[4]` and a tilt in degrees clockwise."""


class Newcomers:
    """The new people of one camera.

    Args:
        close_up: Looks at each from close up.
        presence: Asks the landmark network about a box `float32[4]`; None if there is none.
        clear: Lowest score of the finder for a face that counts without the landmark network, 0 to 1.
    """

    def __init__(self, close_up: CloseUp, presence: Presence | None, clear: float) -> None:
        self._close_up = close_up
        self._presence = presence
        self._clear = clear
        self._faint, self._faint_s = float(MOST), -math.inf
        """Number of faint faces that may be examined, and when it was last raised."""
        self._doubted: list[tuple[float, Floats]] = []
        self._refuted: list[tuple[float, Floats, Watched]] = []

    def doubted(self, time_s: float, within_s: float) -> list[Floats]:
        """Return boxes `float32[4]` where one network saw a face lately that the other did not.

        Args:
            time_s: Seconds of the stream.
            within_s: Largest age of a box, seconds.
        """
        self._doubted = [(at, box) for at, box in self._doubted if 0 <= time_s - at <= within_s]
        return [box for _, box in self._doubted]

    def forget(self) -> None:
        """Look again at every place."""
        self._refuted = []

    def admit(
        self,
        picture: NDArray[np.uint8],
        cells: Cells,
        time_s: float,
        found: Detections,
        known: Detections,
        missing: Floats,
        faint_hz: float = math.inf,
    ) -> list[Detections]:
        """Return the faces among those found that are not known, as seen from close up.

        Args:
            picture: I420, `uint8[height * 3 // 2, width]`.
            cells: The frame's, as of `models.search.change.changes.cells_of`.
            time_s: Seconds of the stream.
            found: What the finder found.
            known: The faces that are followed.
            missing: `float32[n, 4]`: where followed faces were expected but not confirmed.
            faint_hz: Maximum number of faces below `clear` to examine per second, after the first `MOST`.
        """
        elapsed_s, self._faint_s = time_s - self._faint_s, time_s
        self._faint = min(MOST, self._faint + faint_hz * elapsed_s) if elapsed_s > 0 else self._faint
        kept = found[one_box_each(found.boxes, found.scores)]
        kept = kept[~np.array([same_face(box, known.boxes).any() for box in kept.boxes], bool)]
        self._refuted = [place for place in self._refuted if 0 <= time_s - place[0] <= REFUTED_S]
        new: list[Detections] = []
        looks = 0
        for n in range(len(kept)):
            box, score = kept.boxes[n], float(kept.scores[n])
            if looks == MOST or self._is_refuted(box, cells):
                self._doubt(box, score, time_s)
                continue
            if score < self._clear:
                if self._faint < 1:
                    continue
                self._faint -= 1
            looks += 1
            look = self._close_up.confirm(picture, box, roll_deg(kept.eyes[n]))
            if same_face(box, missing).any():
                # who is known needs only one network that sees them
                look = look if len(look) or score < self._clear else kept[n : n + 1]
            elif not len(look := self._judged(picture, score, look)):
                self._refute(box, cells, time_s)
            if not len(look):
                self._doubt(box, score, time_s)
            elif not same_face(look.boxes[0], joined([known, *new]).boxes).any():
                new.append(look)
        return new

    def _judged(self, picture: NDArray[np.uint8], score: float, look: Detections) -> Detections:
        """Return what was seen from close up if it is a face, none or one."""
        if not len(look):
            return look
        close, side = float(look.scores[0]), float(look.boxes[0, 2:].mean())
        large = self._presence is not None and side >= LARGE_PX
        if score >= self._clear and score + close >= 2 * (SURE if large else AGREED):
            return look
        fills = side >= FILLING * min(picture.shape[1], picture.shape[0] * 2 // 3)
        likely = close >= CLOSE or (fills and score + close >= 2 * AGREED)
        if self._presence is None or not likely:
            return look[:0]
        if self._presence(picture, look.boxes[0], roll_deg(look.eyes[0])) < PRESENT:
            return look[:0]
        # of three networks two are sure, so it needs no second look in another frame
        return Detections(look.boxes, np.maximum(look.scores, score), look.eyes) if fills else look

    def _doubt(self, box: Floats, score: float, time_s: float) -> None:
        if score >= self._clear:
            self._doubted.append((time_s, box))

    def _refute(self, box: Floats, cells: Cells, time_s: float) -> None:
        x, y, width, height = (max(0, int(value)) for value in box)
        watched = Watched(Region(x, y, width, height))
        watched.note(cells, None)
        self._refuted.append((time_s, box, watched))

    def _is_refuted(self, box: Floats, cells: Cells) -> bool:
        if not self._refuted:
            return False
        near = np.flatnonzero(same_face(box, np.stack([other for _, other, _ in self._refuted])))
        return any(not self._refuted[n][2].changed(cells, None) for n in near)
