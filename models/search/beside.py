"""The surroundings of known people, whose own movement hides that of someone who comes beside them.

Motion there makes no tile due. Instead, the finder searches a crop around each known face. The face has 16 pixels in
its input, so it also finds people who are a quarter farther away, and it costs a third of a tile.
"""

import math

import numpy as np

from models.detectors.base import Floats
from models.search.change.changes import CELL_PX, CHANGED, Cells, cells_in
from models.search.closeup import crop_around
from models.search.tiles import Region

SIDES = 7.0
"""Side of the crop, as a multiple of the face's."""
COVERED, ALIKE = 1.5, 1.25
"""Distance from the middle of a crop, in sides of its face, up to which it serves another face too, and largest ratio
of the sides of the two."""
AT_ONCE = 3
"""Maximum number of crops searched per frame; the next frames search the others."""


class Surroundings:
    """What is searched around the known people of one camera."""

    def __init__(self) -> None:
        self._round_s = -math.inf
        self._waiting: list[Region] = []
        self._seen: Cells | None = None

    def due(self, cells: Cells, boxes: Floats, time_s: float, period_s: float, near_px: float) -> list[Region]:
        """Return the crops to search now.

        Args:
            cells: The frame's, as of `models.search.change.changes.cells_of`.
            boxes: `float32[n, 4]`: x, y, width, height of the known faces, pixels.
            time_s: Seconds of the stream.
            period_s: Seconds between two searches around a face.
            near_px: Side of a face, pixels, from which on the whole frame shows its surroundings as well.
        """
        if self._seen is None or self._seen.shape != cells.shape:
            self._seen, self._waiting = cells.copy(), []
            self._round_s = time_s
        if not self._waiting and not 0 <= time_s - self._round_s < period_s:
            self._round_s = time_s
            self._waiting = [region for region in _crops(boxes, cells, near_px) if self._has_changed(region, cells)]
        now, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
        for region in now:
            self._seen[cells_in(region)] = cells[cells_in(region)]
        return now

    def _has_changed(self, region: Region, cells: Cells) -> bool:
        assert self._seen is not None
        part = cells_in(region)
        return bool((np.abs(cells[part].astype(np.int16) - self._seen[part]) >= CHANGED).any())


def _crops(boxes: Floats, cells: Cells, near_px: float) -> list[Region]:
    """Return crops that show the surroundings of all faces below a size."""
    height, width = (side * CELL_PX for side in cells.shape)
    chosen: list[Floats] = []
    for box in boxes:
        middle, side = box[:2] + box[2:] / 2, box[2:].mean()
        covered = (
            np.hypot(*(middle - other[:2] - other[2:] / 2)) <= COVERED * other[2:].mean()
            and 1 / ALIKE <= side / other[2:].mean() <= ALIKE
            for other in chosen
        )
        if side < near_px and not any(covered):
            chosen.append(box)
    regions = [crop_around(box, SIDES, width, height) for box in chosen]
    return [region for region in regions if region]
