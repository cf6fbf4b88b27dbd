"""When and where each track of a recording was seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The faces of a recording, `n` rows in the order of time.

    Attributes:
        frame: Number of the frame, `int64[n]`.
        pts_ms: Its time, milliseconds from the container's start, `float64[n]`.
        track: The tracker's number, `int64[n]`.
        box: x, y, width and height of the face, pixels of the frame, `float64[n, 4]`.
        size: Width and height of the frame, pixels, `float64[n, 2]`.
    """

    frame: Ints
    pts_ms: Floats
    track: Ints
    box: Floats
    size: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One track.

    Attributes:
        track: Its number.
        first_s: Time of its first face, seconds from the container's start.
        last_s: Time of its last face.
        faces: Number of its faces.
        x: Mean centre of its boxes, as a share of the frame's width, 0 to 1.
        y: The same of the frame's height.
        size: Mean height of its boxes, as a share of the frame's height.
        aspect: Width of the frame by its height.
    """

    track: int
    first_s: float
    last_s: float
    faces: int
    x: float
    y: float
    size: float
    aspect: float


def find_tracks(rows: Rows) -> list[Track]:
    """Return all tracks, in order of their numbers."""
    numbers, at, counts = np.unique(rows.track, return_inverse=True, return_counts=True)
    first, last = np.full(len(numbers), np.inf), np.full(len(numbers), -np.inf)
    np.minimum.at(first, at, rows.pts_ms)
    np.maximum.at(last, at, rows.pts_ms)
    x, y, width, height = rows.box.T
    shares = (
        (x + width / 2) / rows.size[:, 0],
        (y + height / 2) / rows.size[:, 1],
        height / rows.size[:, 1],
        rows.size[:, 0] / rows.size[:, 1],
    )
    means = [np.bincount(at, share, len(numbers)) / counts for share in shares]
    return [
        Track(
            track=int(number),
            first_s=float(first[i]) / 1e3,
            last_s=float(last[i]) / 1e3,
            faces=int(counts[i]),
            x=float(means[0][i]),
            y=float(means[1][i]),
            size=float(means[2][i]),
            aspect=float(means[3][i]),
        )
        for i, number in enumerate(numbers)
    ]
