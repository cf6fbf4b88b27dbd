"""Known faces are confirmed, and found ones refined, from close up: by the small network in a crop around each.

Such a crop shows a far face as large as a near one, upright, and costs a fifth of the whole frame. Both networks must
agree on a face, so what only looks like one to either is dropped.
"""

import math

import numpy as np
from numpy.typing import NDArray

from models.detectors.base import Detections, Floats, Framing
from models.search.networks import Networks
from models.search.parts import detect_in
from models.search.tiles import Region

INPUT_PX = 96
"""Side of the small network's input, pixels. It finds all of 71 faces, as with 128, in 0.9 ms instead of 1.4; with 64
it takes 0.5 ms and loses one of 30 faces of 24 pixels (EPYC with AVX2, where the whole frame takes 4 ms)."""
CROP = 2.5
"""Side of the crop, as a multiple of the face's."""
NEAR, MOST_SCALING = 0.6, 1.8
"""Largest distance from where the face was expected, in sides of it, and largest ratio of the sides."""


class CloseUp:
    """Confirms faces.

    Args:
        networks: The networks; cameras share them.
        framing: The framing of boxes, also of those that are returned.
    """

    def __init__(self, networks: Networks, framing: Framing) -> None:
        self._network = networks.close_up_of((INPUT_PX, INPUT_PX))
        self._framing = framing

    def confirm(self, picture: NDArray[np.uint8], box: Floats, roll_deg: float = 0.0) -> Detections:
        """Return the face at a place, none or one.

        Args:
            picture: I420, `uint8[height * 3 // 2, width]`.
            box: `float32[4]`: x, y, width, height, where the face is expected.
            roll_deg: How far the head is tilted, degrees clockwise.
        """
        region = crop_around(box, CROP, picture.shape[1], picture.shape[0] * 2 // 3)
        if region is None:
            return Detections.of([], [])
        found = detect_in(self._network, picture, region, round(roll_deg / 90) if math.isfinite(roll_deg) else 0)
        found = self._network.reframed(found, self._framing)
        side = box[2:].mean()
        centres = found.boxes[:, :2] + found.boxes[:, 2:] / 2 - box[:2] - box[2:] / 2
        distance = np.hypot(centres[:, 0], centres[:, 1]) / side
        scaling = np.abs(np.log(np.maximum(found.boxes[:, 2:].mean(axis=1), 1e-3) / side))
        fits = np.flatnonzero((distance <= NEAR) & (scaling <= math.log(MOST_SCALING)))
        return found[fits[np.argsort(distance[fits] - found.scores[fits], kind="stable")][:1]]


def crop_around(box: Floats, sides: float, width: int, height: int) -> Region | None:
    """Return the part of a square around a face that lies inside a frame, None if none does.

    Args:
        box: `float32[4]`: x, y, width, height, pixels.
        sides: Side of the square, as a multiple of the face's.
        width: Columns of the frame.
        height: Rows of the frame.
    """
    x, y, w, h = (float(value) for value in box)
    half = sides * (w + h) / 4
    # no smaller than what makes a plane of chroma
    left, top = (max(0, 2 * round((middle - half) / 2)) for middle in (x + w / 2, y + h / 2))
    right, bottom = (
        min(most & ~1, 2 * round((middle + half) / 2)) for middle, most in ((x + w / 2, width), (y + h / 2, height))
    )
    return Region(left, top, right - left, bottom - top) if right - left >= 8 and bottom - top >= 8 else None
