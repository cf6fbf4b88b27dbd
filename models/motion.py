"""Where a face has gone since it was found, by optical flow: for the pictures in which no detector looks.

A grid of points over the face is followed from the picture in which it was found, always from that one, so that errors
do not add up (Lucas and Kanade 1981, in pyramids as Bouguet 2000). The half of the points that agree best move the box
and scale it, as in Median Flow (Kalal et al. 2010, "Forward-Backward Error").
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.alignment import cut_square
from models.detectors.base import Floats

FACE_PX = 24
"""Side of a face in the small picture that is compared. Twice as many find boxes no better and cost twice as much."""
MARGIN = 0.5
"""How much is compared around the face, in its sides; it is lost when it has left that."""
GRID = 5
"""Points followed in each direction."""
WINDOW = (9, 9)
"""Neighbourhood of a point, pixels of the small picture."""
MOST_SCALING = 1.3
"""A face does not grow or shrink by more between two detections."""
FEWEST = 8
"""With fewer points found again a face is lost."""
WORST_ERROR = 0.5
"""A face is lost where gray levels around the points differ by more than so many standard deviations of its picture:
faces followed for a fifth of a second differ by 0.05 (99 of 100 by at most 0.44), other places by 0.6 and more."""
_STOP = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 10, 0.03)


class Motion:
    """The way of one face from where a detector found it.

    Args:
        gray: Luma of the picture it was found in, `uint8[height, width]`.
        box: x, y, width, height, pixels.
    """

    def __init__(self, gray: NDArray[np.uint8], box: Floats) -> None:
        self._box = box
        side = float(box[2:].mean()) * (1 + 2 * MARGIN)
        corner = box[:2] + box[2:] / 2 - side / 2
        self._left, self._top, self._side = round(float(corner[0])), round(float(corner[1])), max(2, round(side))
        self._pixels = round(FACE_PX * (1 + 2 * MARGIN))
        self._factor = self._pixels / self._side
        self._small = self._cut(gray)
        self._contrast = float(self._small.std())
        places = (np.arange(GRID) + 0.5) / GRID
        x, y = np.meshgrid(box[0] - self._left + box[2] * places, box[1] - self._top + box[3] * places)
        self._points = (np.stack([x.ravel(), y.ravel()], axis=1) * self._factor).astype(np.float32)
        self._guess = self._points

    def follow(self, gray: NDArray[np.uint8]) -> Floats | None:
        """Return the box in a later picture of the same size, `float32[4]`; None where the face is lost."""
        small = self._cut(gray)
        points, found, error = cv2.calcOpticalFlowPyrLK(
            self._small,
            small,
            self._points,
            self._guess.copy(),
            winSize=WINDOW,
            maxLevel=2,
            criteria=_STOP,
            flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        )
        good = found[:, 0] > 0
        if good.sum() < FEWEST or error[good].mean() > WORST_ERROR * self._contrast:
            return None
        before, after = self._points[good], points[good]
        deviation = np.abs(after - before - np.median(after - before, axis=0)).sum(axis=1)
        agree = deviation <= np.median(deviation)
        before, after = before[agree], after[agree]
        middle_before, middle_after = before.mean(axis=0), after.mean(axis=0)
        spread = np.square(before - middle_before).sum()
        scale = float(np.sqrt(np.square(after - middle_after).sum() / spread)) if spread > 0 else 1.0
        scale = min(max(scale, 1 / MOST_SCALING), MOST_SCALING)
        self._guess = np.asarray((self._points - middle_before) * scale + middle_after, np.float32)
        centre = ((self._box[:2] + self._box[2:] / 2 - self._corner) * self._factor - middle_before) * scale
        centre = (centre + middle_after) / self._factor + self._corner
        size = self._box[2:] * scale
        return np.asarray(np.concatenate([centre - size / 2, size]), np.float32)

    def distance(self, box: Floats) -> float:
        """Return how far the centre of a box is from where the face was found, in sides of the face."""
        way = box[:2] + box[2:] / 2 - self._box[:2] - self._box[2:] / 2
        return float(np.hypot(*way) / self._box[2:].mean())

    @property
    def _corner(self) -> tuple[int, int]:
        return self._left, self._top

    def _cut(self, gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
        square = cut_square(gray, self._left, self._top, self._side)
        how = cv2.INTER_AREA if self._side >= self._pixels else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(square, (self._pixels, self._pixels), interpolation=how), np.uint8)
