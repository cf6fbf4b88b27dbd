"""Known faces are confirmed, and found ones refined, from close up: by the small network in a crop around each.

Such a crop shows a far face as large as a near one, upright, and costs a fifth of the whole frame. Both networks must
agree on a face, so what only looks like one to either is dropped.
"""

import math

import numpy as np
from numpy.typing import NDArray

from models.detectors.base import NOBODY, Detections, FaceDetector, Floats, Framing
from models.search.networks import Networks
from models.search.parts import detect_in
from models.search.tiles import Region

INPUT_PX, CROP = 96, 2.5
"""Side of the small network's input, pixels, and of the crop, as a multiple of the face's. It finds all of 71 faces, as
with 128 pixels, in 0.9 ms instead of 1.4 (EPYC with AVX2, where the whole frame takes 4 ms)."""
TIGHT_PX, TIGHT = 48, 1.5
"""The same for the first look at a known face, which takes a third as long. Of 572 faces that the larger crop shows it
misses none; what it misses, the second look finds in the larger crop."""
NEAR, TIGHT_NEAR, MOST_SCALING = 0.6, 0.25, 1.8
"""Largest distances from where the face was expected, in sides of it, for the larger and for the tight crop, which
would cut off a face farther away; and largest ratio of the sides."""


class CloseUp:
    """Confirms faces.

    Args:
        networks: The networks; cameras share them.
        framing: The framing of boxes, also of those that are returned.
    """

    def __init__(self, networks: Networks, framing: Framing) -> None:
        self._network, self._tight = (networks.close_up_of((side, side)) for side in (INPUT_PX, TIGHT_PX))
        self._framing = framing

    def follow(self, picture: NDArray[np.uint8], box: Floats, roll_deg: float = 0.0) -> Detections:
        """Return the known face at a place, none or one.

        Args:
            picture: I420, `uint8[height * 3 // 2, width]`.
            box: `float32[4]`: x, y, width, height, where the face is expected.
            roll_deg: How far the head is tilted, degrees clockwise.
        """
        face = self._look(self._tight, TIGHT, TIGHT_NEAR, picture, box, roll_deg)
        return face if len(face) else self.confirm(picture, box, roll_deg)

    def confirm(self, picture: NDArray[np.uint8], box: Floats, roll_deg: float = 0.0) -> Detections:
        """Return the face at a place, none or one.

        Args:
            picture: I420, `uint8[height * 3 // 2, width]`.
            box: `float32[4]`: x, y, width, height, where the face is expected.
            roll_deg: How far the head is tilted, degrees clockwise.
        """
        return self._look(self._network, CROP, NEAR, picture, box, roll_deg)

    def _look(
        self, network: FaceDetector, sides: float, near: float, picture: NDArray[np.uint8], box: Floats, roll_deg: float
    ) -> Detections:
        """Return the face in a crop of some sides of it that lies nearest to its middle, none or one."""
        region = crop_around(box, sides, picture.shape[1], picture.shape[0] * 2 // 3)
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
            fits = distance <= near and 1 / MOST_SCALING <= scaling <= MOST_SCALING
            if fits and distance - score < best:
                best, chosen = distance - score, n
        return found[chosen : chosen + 1] if chosen >= 0 else found[:0]


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
