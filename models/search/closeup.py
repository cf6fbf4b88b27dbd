"""Known faces are confirmed, and found ones refined, from close up: by the small network in a crop around each.

Such a crop shows a far face as large as a near one, upright, and costs a fifth of the whole frame. Both networks must
agree on a face, so what only looks like one to either is dropped.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.detectors.base import NOBODY, Detections, Floats, Framing
from models.search.networks import Networks
from models.search.parts import detect_in
from models.search.tiles import Region

MOST_SCALING = 1.8
"""Largest ratio of a face's side to the expected one."""


class Crop(NamedTuple):
    """What is searched for a known face."""

    input_px: int
    """Side of the network's input, pixels."""
    sides: float
    """Side of the crop, as a multiple of the face's."""
    near: float
    """Largest distance from where the face was expected, in sides of it."""


LARGE = Crop(96, 2.5, 0.6)
"""It finds all of 71 faces, as with 128 pixels, in 0.9 ms instead of 1.4 (EPYC with AVX2, where the whole frame takes
4 ms)."""
TIGHT = Crop(48, 1.5, 0.25)
"""The first look at a known face, which takes a third as long. It would cut off a face farther away. Of 572 faces that
the larger crop shows it misses none; what it misses, the second look finds in the larger crop."""
BESIDE_OTHERS = Crop(64, 1.75, 0.3)
"""The first look at a face beside another: the boxes are exact enough to keep apart two people who pass each other. It
takes half as long as the larger crop."""
BESIDE = 2.5
"""Distance of two faces, in sides of the larger one, up to which they are beside each other."""


class CloseUp:
    """Confirms faces.

    Args:
        networks: The networks; cameras share them.
        framing: The framing of boxes, also of those that are returned.
    """

    def __init__(self, networks: Networks, framing: Framing) -> None:
        self._networks = {
            crop: networks.close_up_of((crop.input_px, crop.input_px)) for crop in (LARGE, TIGHT, BESIDE_OTHERS)
        }
        self._framing = framing

    def follow(
        self, picture: NDArray[np.uint8], box: Floats, roll_deg: float = 0.0, *, beside_others: bool = False
    ) -> Detections:
        """Return the known face at a place, none or one.

        Args:
            picture: I420, `uint8[height * 3 // 2, width]`.
            box: `float32[4]`: x, y, width, height, where the face is expected.
            roll_deg: How far the head is tilted, degrees clockwise.
            beside_others: Whether another face is beside it, see `are_beside`.
        """
        face = self._look(BESIDE_OTHERS if beside_others else TIGHT, picture, box, roll_deg)
        return face if len(face) else self.confirm(picture, box, roll_deg)

    def confirm(self, picture: NDArray[np.uint8], box: Floats, roll_deg: float = 0.0) -> Detections:
        """Return the face at a place, none or one.

        Args:
            picture: I420, `uint8[height * 3 // 2, width]`.
            box: `float32[4]`: x, y, width, height, where the face is expected.
            roll_deg: How far the head is tilted, degrees clockwise.
        """
        return self._look(LARGE, picture, box, roll_deg)

    def _look(self, crop: Crop, picture: NDArray[np.uint8], box: Floats, roll_deg: float) -> Detections:
        """Return the face in a crop around it that lies nearest to its middle, none or one."""
        network = self._networks[crop]
        region = crop_around(box, crop.sides, picture.shape[1], picture.shape[0] * 2 // 3)
        if region is None:
            return NOBODY
        found = detect_in(network, picture, region, round(roll_deg / 90) if math.isfinite(roll_deg) else 0)
        found = network.reframed(found, self._framing)
        # plain numbers: NumPy takes longer for one face
        left, top, width, height = box.tolist()
        side, best, chosen = (width + height) / 2, math.inf, -1
        for n, ((x, y, w, h), score) in enumerate(zip(found.boxes.tolist(), found.scores.tolist(), strict=True)):
            distance = math.hypot(x + w / 2 - left - width / 2, y + h / 2 - top - height / 2) / side
            scaling = max(w + h, 1e-3) / (2 * side)
            fits = distance <= crop.near and 1 / MOST_SCALING <= scaling <= MOST_SCALING
            if fits and distance - score < best:
                best, chosen = distance - score, n
        return found[chosen : chosen + 1] if chosen >= 0 else found[:0]


def are_beside(boxes: Floats) -> list[bool]:
    """Return which faces have another one beside them, by their boxes `float32[n, 4]`."""
    if len(boxes) < 2:
        return [False] * len(boxes)
    middles, sides = boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:].mean(axis=1)
    apart = np.hypot(*(middles[:, None] - middles[None]).transpose(2, 0, 1))
    close = apart <= BESIDE * np.maximum(sides[:, None], sides[None])
    np.fill_diagonal(close, False)
    return [bool(any_close) for any_close in close.any(axis=1)]


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
