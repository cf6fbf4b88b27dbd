"""What has changed in a frame, by the means of small cells of its luma."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detectors.base import Floats
from models.detectors.picture import luma
from models.search.tiles import Region

CELL_PX = 8
"""Side of a cell, pixels of the frame; a face of 24 pixels fills nine. The noise of a sensor averages out."""
HALVES = (4, 2, 1)
"""Sides of a cell while a frame is halved until each cell is one value, pixels."""
CHANGED = 8
"""Minimum difference of a cell that has changed, gray levels."""
CUT, CUT_SHARE = 24, 0.5
"""Difference in gray levels and share of the cells that differ so much from one frame to the next: a new scene."""
RESTLESS_SHARE = 0.4
"""Share of the cells that have changed since the last frame that was searched, from which on most of it moves."""
PERSON = (2.0, 1.0, 2.0, 5.0)
"""How far a person moves around their face, to the left, above, to the right and below, in sides of the face."""

Cells = NDArray[np.uint8]


def cells_of(picture: NDArray[np.uint8]) -> Cells:
    """Return the means of the cells of an I420 frame, `uint8[rows // CELL_PX, columns // CELL_PX]`."""
    gray = luma(picture)
    rows, columns = (max(1, side // CELL_PX) for side in gray.shape)
    means = gray[: rows * CELL_PX, : columns * CELL_PX]
    # halving thrice is four times faster in OpenCV than averaging 8 x 8 pixels; the roundings add up to a gray level
    for side in HALVES:
        means = np.asarray(cv2.resize(means, (columns * side, rows * side), interpolation=cv2.INTER_AREA), np.uint8)
    return means


def is_cut(before: Cells, after: Cells) -> bool:
    """Return whether two frames show different scenes, by their cells `uint8[rows, columns]`."""
    return bool(np.count_nonzero(cv2.absdiff(before, after) > CUT) >= CUT_SHARE * after.size)


def is_restless(before: Cells, after: Cells) -> bool:
    """Return whether most of the frame moves, by the cells `uint8[rows, columns]` of two frames."""
    return bool(np.count_nonzero(cv2.absdiff(before, after) >= CHANGED) >= RESTLESS_SHARE * after.size)


def without_people(cells: Cells, boxes: Floats, calm: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """Return which cells lie away from known faces and the bodies below them, `bool[rows, columns]`.

    Args:
        cells: As of `cells_of`.
        boxes: `float32[n, 4]`: x, y, width, height of the known faces, pixels of the frame.
        calm: Which cells have not changed for a while, `bool[rows, columns]`; they count also where people are.
    """
    free = np.ones(cells.shape, bool)
    for x, y, width, height in (boxes / CELL_PX).tolist():
        left, above, right, below = PERSON
        top, bottom = (max(0, int(v)) for v in (y - above * height, y + (1 + below) * height + 1))
        first, last = (max(0, int(v)) for v in (x - left * width, x + (1 + right) * width + 1))
        free[top:bottom, first:last] = False
    return free if calm is None else free | calm


def cells_in(region: Region) -> tuple[slice, slice]:
    """Return the rows and columns of the cells that a part of the frame touches."""
    x, y, width, height = (side // CELL_PX for side in region)
    return slice(y, y + height + 1), slice(x, x + width + 1)


class Watched:
    """A part of the frame and what it showed when it was searched last.

    Args:
        region: The part, pixels of the frame.
    """

    def __init__(self, region: Region) -> None:
        self._part = cells_in(region)
        self._seen: Cells | None = None
        self._counted: NDArray[np.bool_] | None = None

    def note(self, cells: Cells, counted: NDArray[np.bool_] | None) -> None:
        """Record what is searched now.

        Args:
            cells: As of `cells_of`, `uint8[rows, columns]`.
            counted: As of `changed`: what a known person uncovers when they leave does not count either.
        """
        self._seen = cells[self._part]
        self._counted = counted

    def changed(self, cells: Cells, counted: NDArray[np.bool_] | None, least: int = 1) -> bool:
        """Return whether cells have changed since the last search.

        Args:
            cells: As of `cells_of`.
            counted: Which cells count, `bool[rows, columns]`; None for all.
            least: Minimum number of cells.
        """
        if self._seen is None:
            return True
        moved = cv2.absdiff(cells[self._part], self._seen) >= CHANGED
        for mask in (counted, self._counted):
            if mask is not None:
                moved &= mask[self._part]
        return bool(np.count_nonzero(moved) >= least)


class Seen:
    """What each cell of the frame showed when it was searched last."""

    def __init__(self) -> None:
        self._cells: Cells | None = None
        self._counted: NDArray[np.bool_] | None = None

    def changed(self, cells: Cells, counted: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
        """Return which cells have changed since, `bool[rows, columns]`; all before the first search.

        Args:
            cells: As of `cells_of`.
            counted: Which cells count, `bool[rows, columns]`; None for all.
        """
        if self._cells is None or self._counted is None:
            return np.ones(cells.shape, bool)
        moved = (cv2.absdiff(cells, self._cells) >= CHANGED) & self._counted
        return moved if counted is None else moved & counted

    def note(self, cells: Cells, counted: NDArray[np.bool_] | None, region: Region) -> None:
        """Record that a part of the frame is searched now.

        Args:
            cells: As of `cells_of`, `uint8[rows, columns]`.
            counted: As of `changed`.
            region: The part, pixels of the frame.
        """
        if self._cells is None or self._counted is None:
            self._cells, self._counted = cells.copy(), np.ones(cells.shape, bool)
        part = cells_in(region)
        self._cells[part] = cells[part]
        self._counted[part] = True if counted is None else counted[part]
