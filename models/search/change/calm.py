"""Where known people have not moved lately: what changes there is somebody else, or a new movement of theirs.

Each cell has a level of activity, which rises when the cell changes and falls slowly. Levels of a while ago decide, so
that somebody who has just come is not taken for the known person's own movement.
"""

import math
from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detectors.base import Floats
from models.search.change.changes import CHANGED, Cells, without_people

STEP_S = 0.35
"""Seconds between two comparisons of cells, at least."""
GAIN, ACTIVE = 0.2, 0.02
"""Weight of a new comparison, and level from which on a cell is active: for ten comparisons after it has changed."""
LAG = 5
"""Comparisons after which a level decides: two seconds, in which tiles are searched."""
STEADY = 0.15
"""Maximum distance from one comparison to the next, in sides of the face, of a person who stays in place. Around people
who walk, all cells change for the first time."""


class Calm:
    """The calm cells of one camera."""

    def __init__(self) -> None:
        self._time_s = -math.inf
        self._cells: Cells | None = None
        self._boxes: Floats = np.empty((0, 4), np.float32)
        self._walkers: Floats = self._boxes
        self._levels: deque[NDArray[np.float32]] = deque(maxlen=LAG)

    def note(self, cells: Cells, boxes: Floats, time_s: float) -> NDArray[np.bool_] | None:
        """Record a frame; return which cells were calm a while ago and are not near somebody who walks.

        Args:
            cells: As of `models.search.change.changes.cells_of`.
            boxes: `float32[n, 4]`: x, y, width, height of the known faces, pixels.
            time_s: Seconds of the stream.

        Returns:
            `bool[rows, columns]`; None in the first seconds.
        """
        if time_s - self._time_s >= STEP_S or self._cells is None:
            if self._cells is not None:
                moved = (cv2.absdiff(cells, self._cells) >= CHANGED).astype(np.float32)
                last = self._levels[-1] if self._levels else np.ones_like(moved)
                self._levels.append(last + GAIN * (moved - last))
            self._walkers = boxes[[not _is_steady(box, self._boxes) for box in boxes]]
            self._time_s, self._cells, self._boxes = time_s, cells, boxes
        if len(self._levels) < LAG:
            return None
        return (self._levels[0] < ACTIVE) & without_people(cells, self._walkers)


def _is_steady(box: Floats, others: Floats) -> bool:
    distances = np.abs(others[:, :2] + others[:, 2:] / 2 - box[:2] - box[2:] / 2).max(axis=1, initial=0)
    return bool((distances <= STEADY * box[2:].mean()).any()) if len(others) else False
