"""What every face detector takes and returns."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Framing(NamedTuple):
    """How a detector's boxes relate to the squares that FER2013 was cut out with."""

    scale: float
    """Side of the square in sides of the box (the mean of its width and height)."""
    up: float
    """How far the square's centre lies above the box's, in heights of the box."""


@dataclass(frozen=True, slots=True)
class Detections:
    """The faces found in one picture.

    Attributes:
        boxes: `float32[n, 4]`: x and y of the upper left corner, width and height, pixels of the picture.
        scores: `float32[n]`, 0 to 1.
        eyes: `float32[n, 2, 2]`: x and y of the eye on the left and on the right of the picture; NaN where unknown.
    """

    boxes: Floats
    scores: Floats
    eyes: Floats

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, which: Any) -> "Detections":
        """Return some of the faces, chosen as rows of an array are."""
        return Detections(self.boxes[which], self.scores[which], self.eyes[which])

    @classmethod
    def of(cls, boxes: Any, scores: Any, eyes: Any = None) -> "Detections":
        """Return detections of anything that looks like the arrays; without eyes they are unknown."""
        count = len(scores)
        known = np.full((count, 2, 2), np.nan) if eyes is None else eyes
        shaped = np.asarray(boxes, np.float32).reshape(count, 4), np.asarray(scores, np.float32).reshape(count)
        return cls(*shaped, np.asarray(known, np.float32).reshape(count, 2, 2))


class FaceDetector(ABC):
    """Finds faces in pictures."""

    framing: Framing

    @abstractmethod
    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Find the faces in a picture in I420, `uint8[height * 3 // 2, width]`."""

    def close(self) -> None:
        """Release what the detector holds."""
