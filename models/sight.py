"""From which size, and so from which distance, faces are found."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

FACE_M = 0.15
"""Height of a face's box in metres, about from the eyebrows to the chin.

The eyes of adults are 63 mm apart (Dodgson 2004, "Variation and extrema of human interpupillary distance"), and 0.41 of
the side of BlazeFace's box, measured in 15 clips of people who face the camera.
"""


class Reach(NamedTuple):
    """The faces that a detector finds on its scaled input."""

    input_px: int
    """Longest side of its input, pixels; frames are scaled down to it."""
    smallest_px: float
    """Smallest face it finds, pixels of the input."""
    largest: float
    """Largest face it finds, as a fraction of the input's side."""


REACHES = {
    "full_range": Reach(192, 12.5, 0.5),
    "short_range": Reach(128, 20.0, 0.95),
    "haar": Reach(640, 24.0, 0.7),
    "yunet": Reach(640, 10.0, 0.47),
}
"""By network of BlazeFace, or by detector.

BlazeFace: 95 % of 156 pictures from 15 clips are found, each face in the middle of a frame. In tiles, full range finds
64 to 76 % of faces of 12 pixels, 86 to 96 % of 16 and 99 % of 24; short range 92 % of 20 and all of 24.
Haar: the smallest window of its search; the largest is found as often as that. YuNet: 10 to 300 pixels, from its
authors' description.
"""
DECIDING = frozenset({"detector", "model", "min_face_px"})
"""Options of `[detect]` that decide which faces are found."""


def smallest_px(width: int, height: int, options: Mapping[str, Any]) -> float:
    """Return the height of the smallest face that is found, pixels of the frame.

    Tiles of the frame are searched, so that the frame's size does not matter, see `models.search.tiles`.

    Args:
        width: Columns of the frame.
        height: Rows of the frame.
        options: Options of `[detect]`, with all of `DECIDING`.
    """
    return max(float(options["min_face_px"]), _reach(options).smallest_px)


def largest_px(width: int, height: int, options: Mapping[str, Any]) -> float:
    """Return the height of the largest face that is found, pixels of the frame.

    Beside the whole frame, the short-range network searches for close-ups.

    Args:
        width: Columns of the frame.
        height: Rows of the frame.
        options: Options of `[detect]`, with all of `DECIDING`.
    """
    close_up = REACHES["short_range"].largest if options["detector"] == "blazeface" else 0.0
    return min(max(_reach(options).largest, close_up) * max(width, height), min(width, height))


def distance_m(fov_deg: float, longer_px: int, face_px: float) -> float:
    """Return how far away a face is, metres, from a lens without distortion (pinhole).

    Args:
        fov_deg: Horizontal angle of view by the lens's data sheet, degrees, above 0 and below 180.
        longer_px: Longer side of the frame, pixels, which this angle covers: its columns, or the rows of a camera that
            is mounted on its side.
        face_px: Height of the face's box, pixels of the frame.
    """
    focal_px = longer_px / 2 / math.tan(math.radians(fov_deg) / 2)
    return FACE_M * focal_px / face_px


def _reach(options: Mapping[str, Any]) -> Reach:
    return REACHES[options["model"] if options["detector"] == "blazeface" else options["detector"]]
