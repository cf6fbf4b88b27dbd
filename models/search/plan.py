"""The search plan of one camera: who is known is confirmed from close up; the rest is searched in turns.

Near faces are found on the whole frame by the full-range network, far ones on tiles of it, faces that fill the frame by
the short-range network. A quarter turn of the frame finds heads that lie on their side. What is found new is refined
from close up. A new scene is searched completely at once.
"""

import math
from concurrent.futures import Future
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.detectors.base import Detections, FaceDetector, Floats
from models.search.beside import Surroundings
from models.search.change.calm import Calm
from models.search.change.changes import CELL_PX, Cells, Watched, cells_of, is_cut, is_restless, without_people
from models.search.closeup import CloseUp, are_beside
from models.search.far import FarSearch
from models.search.layout import Job, Layout, first_layout, lay_out
from models.search.networks import Networks
from models.search.newcomers import FAINT_HZ, Newcomers, Presence
from models.search.pace import EVERY_FRAME, Pace
from models.search.parts import detect_in
from models.search.suppression import cut_off, joined, one_box_each, same_face
from models.search.turns import Turns

LOST_S = 0.2
"""Seconds for which the whole frame is searched at every detection after a near face was lost."""
AGAIN_S = 0.3
"""Seconds after which the place of a face that is still missing is searched again."""
BARREN_S, MOTION_GAIN = 5.0, 0.2
"""Seconds of motion without a new face after which motion is no reason for haste, and weight of a detection in the mean
that says whether something moves."""
LATE = 1.5
"""Multiple of the time between two searches of a turned live frame after which it is searched although tiles are."""
NEAR = 0.75
"""Part of `Layout.near_px` from which on the whole frame shows a face: 12 of 16 pixels."""


class SearchPlan:
    """Searches one camera's frames.

    Args:
        networks: The networks; cameras share them. A detector that does not say which faces it sees searches every
            frame completely.
        min_face_px: Side of the smallest face to search for, pixels.
        pace: How often to search what; may be changed at any time.
        presence: Asks the landmark network about a box `float32[4]`, see `Newcomers`.
        clear: See `Newcomers`.

    Attributes:
        framing: The framing of the boxes.
        pace: As above.
        thrift: Multiple of the time between two searches of a tile; load shedding raises it.
    """

    def __init__(
        self,
        networks: Networks | FaceDetector,
        min_face_px: float = 24.0,
        pace: Pace = EVERY_FRAME,
        presence: Presence | None = None,
        clear: float = 0.35,
    ) -> None:
        self._networks = networks if isinstance(networks, Networks) else Networks(networks)
        self.framing = self._networks.finder.framing
        self.pace = self._now = pace
        self.thrift = 1.0
        self._min_face_px = max(1.0, min_face_px)
        self._shape: tuple[int, ...] = ()
        self._coming: Future[Layout] | None = None
        self._cells: Cells | None = None
        self._close_up = CloseUp(self._networks, self.framing)
        self._newcomers = Newcomers(self._close_up, presence, clear)
        self._time_s = self._lost_s = self._again_s = -math.inf
        self._motion = 0.0
        """Part of the latest detections in which something had changed, 0 to 1."""

    def doubted(self, time_s: float, within_s: float) -> list[Floats]:
        """Return boxes `float32[4]` where one network saw a face lately that the other did not, see `Newcomers`."""
        return self._newcomers.doubted(time_s, within_s)

    def search(
        self, picture: NDArray[np.uint8], time_s: float, known: ArrayLike = (), rolls_deg: ArrayLike = ()
    ) -> Detections:
        """Return the faces of the next frame: those known that are still there, and those found now.

        Args:
            picture: I420, `uint8[height * 3 // 2, width]`.
            time_s: Seconds of the stream.
            known: `float[n, 4]`: where known faces are expected, x, y, width, height.
            rolls_deg: `float[n]`: how far their heads are tilted, degrees clockwise.
        """
        if self._networks.finder.sight is None:
            return self._networks.finder.detect(picture)
        boxes = np.asarray(known, np.float32).reshape(-1, 4)
        rolls = np.asarray(rolls_deg, np.float32).reshape(-1).tolist()
        self._observe(picture, time_s)
        looks = [
            self._close_up.follow(picture, box, roll, beside_others=beside)
            for box, roll, beside in zip(boxes, rolls, are_beside(boxes), strict=True)
        ]
        confirmed = joined(looks)
        confirmed = confirmed[np.sort(one_box_each(confirmed.boxes, confirmed.scores))]
        missing = boxes[[not len(look) for look in looks]]
        found = joined([self._find(picture, time_s, boxes, missing), self._look_beside(picture, time_s, confirmed)])
        assert self._cells is not None
        faint_hz = FAINT_HZ if self.pace.sweep_s else math.inf
        new = self._newcomers.admit(picture, self._cells, time_s, found, confirmed, missing, faint_hz)
        if new:
            self._calm_s = time_s
        return joined([confirmed, *new])

    def _observe(self, picture: NDArray[np.uint8], time_s: float) -> None:
        """Take in a frame: its size, and whether it shows another scene than the last one."""
        cells = cells_of(picture)
        if picture.shape != self._shape:
            self._shape = picture.shape
            width, height = picture.shape[1], picture.shape[0] * 2 // 3
            complete = partial(lay_out, width, height, self._min_face_px, self._networks)
            if self.pace.waits:
                self._use(complete())
            else:
                self._use(first_layout(width, height, self._networks))
                self._coming = self._networks.later(complete)
        elif self._coming and self._coming.done():
            self._use(self._coming.result())
            self._coming = None
            # tiles in turns: all cameras get their networks together, and all tiles of all at once take too long
            self._time_s = time_s
        elif time_s < self._time_s or (self._cells is not None and is_cut(self._cells, cells)):
            self._begin()
        if not self.pace.tile_s:
            self._newcomers.forget()
        self._now = self.pace
        if time_s - self._calm_s >= BARREN_S or (self._cells is not None and is_restless(self._cells, cells)):
            self._now = self.pace.where_much_moves()
        for far in self._far:
            far.earn(time_s - self._time_s, self._now.sweep_s)
        self._cells, self._time_s = cells, time_s

    def _use(self, layout: Layout) -> None:
        """Search as a layout says from now on."""
        self._layout = layout
        self._parts = [layout.whole, *layout.close, *layout.turned]
        # a new face changes at least a quarter of its cells
        sides_px = [layout.near_px, *(layout.close_px for _ in layout.close), *(layout.near_px for _ in layout.turned)]
        self._least = [max(1, round((NEAR * side / CELL_PX) ** 2 / 4)) for side in sides_px]
        self._begin()

    def _begin(self) -> None:
        """Search everything at once."""
        self._turns = Turns(len(self._parts))
        self._watched = [Watched(part.region) for part in self._parts]
        self._time_s, self._calm_s = -math.inf, math.inf
        self._lost_s = self._again_s = -math.inf
        self._motion = 0.0
        self._cells = None
        self._far = [FarSearch(field) for field in self._layout.fields]
        self._surroundings, self._calm = Surroundings(), Calm()
        self._missing = np.empty((0, 4), np.float32)
        self._newcomers.forget()

    def _find(self, picture: NDArray[np.uint8], time_s: float, boxes: Floats, missing: Floats) -> Detections:
        """Search the parts whose turn it is."""
        assert self._cells is not None
        calm = self._calm.note(self._cells, boxes, time_s) if self.pace.sweep_s else None
        counted = None if self.pace.people_count else without_people(self._cells, boxes, calm)
        changed = [
            watched.changed(self._cells, counted, least)
            for watched, least in zip(self._watched, self._least, strict=True)
        ]
        self._motion += MOTION_GAIN * (changed[0] - self._motion)
        if self._motion < 0.5 or self._calm_s == math.inf:
            self._calm_s = time_s
        lost = [box for box in missing if not same_face(box, self._missing).any()]
        if time_s - self._again_s >= AGAIN_S:
            lost = list(missing)
        if lost:
            self._again_s = time_s
        self._missing = missing
        if any(box[2:].mean() >= NEAR * self._layout.near_px for box in lost):
            self._lost_s = time_s
        jobs: list[Job] = []
        for far in self._far:
            jobs += far.due(self._cells, counted, time_s, self._now, self.thrift, lost)
        periods_s = [self._period(n, moved, time_s) for n, moved in enumerate(changed)]
        if self.pace.sweep_s and jobs:
            # not all at once: other cameras wait meanwhile
            periods_s = [LATE * s if self._is_turned(n) else s for n, s in enumerate(periods_s)]
        due = self._turns.due(time_s, periods_s)
        if self.pace.sweep_s:
            # the turned frames one after the other
            due = [n for n in due if not self._is_turned(n)] + [n for n in due if self._is_turned(n)][:1]
        for n in due:
            self._turns.done(n, time_s)
            self._watched[n].note(self._cells, counted)
            jobs.append(self._parts[n])
        return joined([self._run(job, picture) for job in jobs])

    def _look_beside(self, picture: NDArray[np.uint8], time_s: float, faces: Detections) -> Detections:
        """Search around known faces."""
        if self._layout.beside is None:
            return joined([])
        assert self._cells is not None
        period_s = self.pace.beside_s * self.thrift
        regions = self._surroundings.due(self._cells, faces.boxes, time_s, period_s, self._layout.near_px)
        return joined([self._run(Job(self._layout.beside, region), picture) for region in regions])

    def _period(self, part: int, moved: bool, time_s: float) -> float:
        pace = self._now
        if self._is_turned(part):
            return (pace.turned_s if moved else 3 * pace.turned_s) * self.thrift
        if time_s - self._lost_s <= LOST_S:
            return 0.0
        if moved:
            return pace.whole_s
        return pace.close_still_s if part else pace.whole_still_s

    def _is_turned(self, part: int) -> bool:
        return part > len(self._layout.close)

    def _run(self, job: Job, picture: NDArray[np.uint8]) -> Detections:
        found = job.network.reframed(detect_in(job.network, picture, job.region, job.quarters), self.framing)
        if not len(found):
            return found
        # what an edge cuts off ranks below what is whole
        cut = cut_off(found.boxes, job.region, picture.shape[1], picture.shape[0] * 2 // 3)
        return Detections(found.boxes, np.where(cut, found.scores / 2, found.scores), found.eyes)
