"""The search for far faces in the tiles of a grid: each in turn, and soon where something moves.

What moves is often small: then a patch around it is searched instead of the whole tile.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.detectors.base import Floats
from models.search.change.changes import CELL_PX, Cells, Seen, cells_in
from models.search.layout import Field, Job
from models.search.pace import Pace
from models.search.tiles import Region
from models.search.turns import Turns

PAD_PX = 2 * CELL_PX
"""Margin of a patch around the cells that have changed, pixels: the edge of a face may look like what is behind it."""
MOST_PATCHES = 2
"""Maximum number of patches of a tile; three cost more than the tile."""


class FarSearch:
    """Chooses what to search next in the tiles of one camera.

    Args:
        field: The tiles.
    """

    def __init__(self, field: Field) -> None:
        self._field = field
        self._whole, self._moved = (Turns(len(field.tiles)) for _ in range(2))
        self._seen = Seen()
        self._allowance = 0.0
        """Number of tiles that may be searched now."""

    def earn(self, elapsed_s: float, sweep_s: float) -> None:
        """Allow as many tiles as a sweep takes in a time; a sweep of 0 s allows all.

        What is not used is lost, but for a tile: cameras share the detector, and all tiles at once take as long as a
        few of their frames.
        """
        most = len(self._field.tiles)
        earned = min(most, elapsed_s * most / sweep_s) if sweep_s else math.inf
        self._allowance = min(self._allowance + earned, earned + 1)

    def due(
        self,
        cells: Cells,
        counted: NDArray[np.bool_] | None,
        time_s: float,
        pace: Pace,
        thrift: float,
        lost: Sequence[Floats],
    ) -> list[Job]:
        """Return what to search now.

        Args:
            cells: The frame's, as of `models.search.change.changes.cells_of`.
            counted: Which cells count as changed, `bool[rows, columns]`; None for all.
            time_s: Seconds of the stream.
            pace: How often to search.
            thrift: Multiple of the time between two searches of a tile.
            lost: Boxes `float32[4]` of faces that were just lost; these places are searched at once.
        """
        field = self._field
        lost = [box for box in lost if box[2:].mean() <= field.overlap_px]
        still_s = [pace.tile_still_s * thrift] * len(field.tiles)
        if not field.patch:
            still_s = [0.0 if any(_holds(tile.region, box) for box in lost) else still_s[0] for tile in field.tiles]
        whole = self._whole.due(time_s, still_s)
        moved = [n for n in self._moved.due(time_s, [pace.tile_s * thrift] * len(still_s)) if n not in whole]
        changed = self._seen.changed(cells, counted)
        if not changed.any():
            moved = []
        jobs: list[Job] = []
        if field.patch:
            jobs = [field.patch_at(*(box[:2] + box[2:] / 2 - field.patch_px / 2).tolist()) for box in lost]
            self._allowance -= sum(map(field.cost, jobs))
        for n in (*whole, *moved):
            tile = field.tiles[n]
            chosen = [tile] if n in whole else self._around(tile, changed[cells_in(tile.region)])
            cost = sum(map(field.cost, chosen))
            if cost > self._allowance + 1e-6:
                break
            if not chosen:
                continue
            self._allowance -= cost
            self._moved.done(n, time_s)
            if chosen[0] is tile:
                self._whole.done(n, time_s)
            for job in chosen:
                self._seen.note(cells, counted, job.region)
                changed[cells_in(job.region)] = False
            jobs += chosen
        return jobs

    def _around(self, tile: Job, changed: NDArray[np.bool_]) -> list[Job]:
        """Return patches that show all cells of a tile that have changed, or the tile if that is cheaper."""
        if not changed.any():
            return []
        if self._field.patch is None:
            return [tile]
        spans = []
        for axis, start in ((1, tile.region.x), (0, tile.region.y)):
            at = np.flatnonzero(changed.any(axis=1 - axis))
            first = start // CELL_PX + at[0], start // CELL_PX + at[-1] + 1
            spans.append((first[0] * CELL_PX - PAD_PX, first[1] * CELL_PX + PAD_PX))
        starts = [_starts(*span, self._field.patch_px, self._field.overlap_px) for span in spans]
        if len(starts[0]) * len(starts[1]) > MOST_PATCHES:
            return [tile]
        return [self._field.patch_at(x, y) for y in starts[1] for x in starts[0]]


def _starts(first: float, end: float, side: float, overlap: float) -> list[float]:
    """Return where patches begin that cover a span in pixels."""
    count = max(1, math.ceil((end - first - overlap) / (side - overlap)))
    if count == 1:
        return [(first + end - side) / 2]
    return [first + n * (end - first - side) / (count - 1) for n in range(count)]


def _holds(region: Region, box: Floats) -> bool:
    """Return whether the centre of a box `float32[4]` lies in a part of the frame."""
    x, y = box[:2] + box[2:] / 2
    return bool(0 <= x - region.x < region.width and 0 <= y - region.y < region.height)
