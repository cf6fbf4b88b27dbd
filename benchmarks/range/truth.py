"""Where the faces of a clip are, as seen at full resolution."""

from collections.abc import Sequence
from contextlib import closing
from itertools import product
from typing import NamedTuple

import numpy as np

from benchmarks.range.planes import cut
from benchmarks.range.sources import Clip
from models.detectors import Detections, FaceDetector, create_detector
from pipeline.messages import Array

TILE_PX = 240
"""Side of the tiles in which faces are searched, pixels; at least half the frame's height."""
AROUND = 3.0
"""Side of the crop in which a face's box is measured, as a multiple of the box."""
SURE = 0.7
"""Lowest score of a face that counts as present."""
NEAR, FACTOR = 0.5, 2.0
"""Two boxes are the same face if their centres are closer than this part of the first one's side, and neither side is
longer than this multiple of the other."""


class Spot(NamedTuple):
    """A face's box, pixels."""

    x: float
    """Centre."""
    y: float
    side: float
    """Mean of width and height."""

    def moved(self, scale: float, x: float, y: float) -> "Spot":
        """Return the box scaled, then shifted."""
        return Spot(self.x * scale + x, self.y * scale + y, self.side * scale)

    def turned(self, quarters: int, width: int, height: int) -> "Spot":
        """Return the box in a frame of `width` x `height` pixels after it is turned counterclockwise by quarters."""
        spot = self
        for _ in range(quarters % 4):
            spot = Spot(spot.y, width - spot.x, spot.side)
            width, height = height, width
        return spot

    def off(self, other: "Spot") -> float:
        """Return the distance of another box's centre, as a fraction of this one's side."""
        return float(np.hypot(self.x - other.x, self.y - other.y)) / self.side

    def is_at(self, other: "Spot", factor: float = FACTOR) -> bool:
        """Return whether another box shows the same face; `factor` is the largest between their sides."""
        return self.off(other) <= NEAR and 1 / factor <= other.side / self.side <= factor


def find_faces(clips: Sequence[Clip]) -> list[list[list[Spot]]]:
    """Return the faces of each frame of each clip.

    The full-range network searches the whole frame and overlapping tiles. Each face's box is then measured in a crop
    around it. A face that only one frame shows does not count.
    """
    with closing(create_detector("blazeface", "full_range", min_score=0.5)) as detector:
        return [steady([_faces(detector, frame) for frame in clip.frames]) for clip in clips]


def _faces(detector: FaceDetector, frame: Array) -> list[Spot]:
    height, width = frame.shape[0] * 2 // 3, frame.shape[1]
    found = [*_spots(detector.detect(frame), 0, 0)]
    side = min(max(TILE_PX, height // 2) & ~1, width & ~1, height & ~1)
    for x, y in product(steps(width, side), steps(height, side)):
        found += _spots(detector.detect(cut(frame, x, y, side, side)), x, y)
    faces: list[Spot] = []
    for _, spot in sorted(found, reverse=True):
        if not any(spot.is_at(face) or face.is_at(spot) for face in faces):
            faces += [face for face in _measured(detector, frame, spot) if not any(face.is_at(f) for f in faces)]
    return faces


def _measured(detector: FaceDetector, frame: Array, spot: Spot) -> list[Spot]:
    """Return the face as the crop around it shows it; none if it is not there."""
    height, width = frame.shape[0] * 2 // 3, frame.shape[1]
    half = AROUND * spot.side / 2
    x, y = (int(max(0.0, value - half)) & ~1 for value in (spot.x, spot.y))
    right, bottom = (int(min(end, value + half)) & ~1 for end, value in ((width, spot.x), (height, spot.y)))
    if min(right - x, bottom - y) < 8:
        return []
    seen = _spots(detector.detect(cut(frame, x, y, right - x, bottom - y)), x, y)
    return [at for score, at in sorted(seen, reverse=True) if score >= SURE and spot.is_at(at)][:1]


def _spots(seen: Detections, x: int, y: int) -> list[tuple[float, Spot]]:
    rows = zip(seen.scores.tolist(), seen.boxes.tolist(), strict=True)
    return [(score, Spot(x + a + w / 2, y + b + h / 2, (w + h) / 2)) for score, (a, b, w, h) in rows]


def steps(length: int, side: int) -> list[int]:
    """Return where tiles that overlap by at least half begin, even."""
    count = max(1, -(-2 * (length - side) // side) + 1)
    return [round(start / 2) * 2 for start in np.linspace(0, (length - side) & ~1, count)]


def steady(frames: list[list[Spot]]) -> list[list[Spot]]:
    """Return the faces of each frame that the frame before or after it has, too; a single frame keeps its own."""
    if len(frames) == 1:
        return frames
    ends: list[list[Spot]] = [[], *frames, []]
    around = [(*before, *after) for before, after in zip(ends, ends[2:], strict=False)]
    return [[f for f in faces if any(f.is_at(o) for o in near)] for faces, near in zip(frames, around, strict=True)]
