"""The motion of a face since its detection, by optical flow, for the frames without detection.

A grid of points on the face is tracked by pyramidal Lucas-Kanade (Lucas and Kanade 1981, Bouguet 2000). It always
starts from the frame of the detection, so that errors do not accumulate. The translation and scale that fit the points
with the least median of squares (Rousseeuw 1984) are applied to the box.
"""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detectors.base import Floats
from models.following.alignment import cut_square

FACE_PX = 24
"""Side of a face, in pixels, in the scaled-down images that are compared. Twice as many cost twice as much and do not
improve the boxes."""
MARGIN = 0.5
"""Margin around the face that is compared, as a multiple of its side; a face that leaves it is lost."""
GRID = 5
"""Points tracked in each direction."""
WINDOW = (9, 9)
"""Neighbourhood of a point, in pixels of the scaled-down image."""
MOST_SCALING = 1.3
"""Largest factor by which a face grows or shrinks between two detections."""
FEWEST = 8
"""Fewest points that must be found again; with fewer, the face is lost."""
WORST_ERROR = 0.5
"""Largest gray-level difference around the points, in standard deviations of the face's image; above it the face is
lost. Faces tracked for 0.2 s differ by 0.05 (99 % by at most 0.44), other image regions by 0.6 or more."""
SAMPLES, SAME = 12, 8.0
"""Pixels in each direction that are compared to see whether a face is still there, and mean difference in gray levels
below which it is."""
_PLACES = np.stack(np.meshgrid(*2 * [(np.arange(GRID) + 0.5) / GRID - 0.5]), axis=-1).reshape(-1, 1, 2)
"""Positions of the points relative to the face's centre, as fractions of its width and height."""
_STOP = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 10, 0.03)


class Motion:
    """The trajectory of one face from its detection.

    Args:
        gray: Luma of the frame in which the face was detected, `uint8[height, width]`.
        box: x, y, width, height, pixels.
    """

    def __init__(self, gray: NDArray[np.uint8], box: Floats) -> None:
        x, y, width, height = (float(value) for value in box)
        self._middle, self._size = (x + width / 2, y + height / 2), (width, height)
        self._side, self._pixels = _sides((width + height) / 2 * (1 + 2 * MARGIN))
        self._left, self._top = (round(value - self._side / 2) for value in self._middle)
        self._factor = self._pixels / self._side
        self._small = self._cut(gray)
        self._contrast = float(self._small.std())
        self._centre = (self._middle[0] - self._left) * self._factor, (self._middle[1] - self._top) * self._factor
        self._points = np.asarray(self._centre + _PLACES * self._size * self._factor, np.float32)
        self._guess = self._points
        places = np.linspace(-0.5, 0.5, SAMPLES)
        self._columns, self._rows = (
            np.clip(middle + places * side, 0, most - 1).astype(np.intp)
            for middle, side, most in zip(self._middle, self._size, gray.shape[::-1], strict=True)
        )
        self._seen: NDArray[np.int16] | None = None

    def remember(self, gray: NDArray[np.uint8]) -> None:
        """Remember how a frame `uint8[height, width]` shows the face, for `is_still`."""
        self._seen = self._sampled(gray)

    def is_still(self, gray: NDArray[np.uint8]) -> bool:
        """Return whether a frame `uint8[height, width]` shows the face as the one that was remembered."""
        if self._seen is None:
            return False
        return bool(np.abs(self._sampled(gray) - self._seen).mean() < SAME)

    def follow(self, gray: NDArray[np.uint8]) -> Floats | None:
        """Return the box in a later frame of the same size, `float32[4]`, or None if the face is lost."""
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
        count = np.count_nonzero(good)
        if count < FEWEST or error[good].sum() > WORST_ERROR * self._contrast * count:
            return None
        move: Any = cv2.estimateAffinePartial2D(self._points[good], points[good], method=cv2.LMEDS)[0]
        if move is None:
            return None
        self._guess = np.asarray(cv2.transform(self._points, move), np.float32)
        (a, b, dx), (c, d, dy) = move.tolist()
        x, y = self._centre
        scale = min(max(math.hypot(a, b), 1 / MOST_SCALING), MOST_SCALING)
        width, height = (value * scale for value in self._size)
        left = (a * x + b * y + dx) / self._factor + self._left - width / 2
        top = (c * x + d * y + dy) / self._factor + self._top - height / 2
        return np.array([left, top, width, height], np.float32)

    def distance(self, box: Floats) -> float:
        """Return how far the centre of a box `float32[4]` is from the detected face's, in sides of the face."""
        x, y, width, height = box.tolist()
        way = math.dist((x + width / 2, y + height / 2), self._middle)
        return way * 2 / sum(self._size)

    def scaling(self, box: Floats) -> float:
        """Return by which factor a box `float32[4]` is larger or smaller than the detected face's, at least 1."""
        factor = float(box[2]) / self._size[0]
        return max(factor, 1 / factor)

    def _sampled(self, gray: NDArray[np.uint8]) -> NDArray[np.int16]:
        return gray[self._rows[:, None], self._columns].astype(np.int16)

    def _cut(self, gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
        square = cut_square(gray, self._left, self._top, self._side)
        # of a large face, two rows of each in the small image are enough, if two divide its rows
        rows = self._side // self._pixels
        square = square[:: max(1, rows // 2) if rows % 2 == 0 else 1]
        how = cv2.INTER_AREA if self._side >= self._pixels else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(square, (self._pixels, self._pixels), interpolation=how), np.uint8)


def _sides(side: float) -> tuple[int, int]:
    """Return the sides of a square in the frame and of the small image made of it, pixels.

    Large squares are scaled by a whole number: OpenCV averages 144 pixels to 48 in a third of the time of 140.
    """
    pixels = round(FACE_PX * (1 + 2 * MARGIN))
    whole = round(side / pixels)
    if whole < 2:
        return max(2, round(side)), pixels
    pixels = round(side / whole)
    return whole * pixels, pixels
