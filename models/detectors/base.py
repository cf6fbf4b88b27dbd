"""The interface of face detectors."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.sight import Reach

Floats = NDArray[np.float32]


class Framing(NamedTuple):
    """How a detector's boxes map to the square crops of FER2013."""

    scale: float
    """Side of the square, as a multiple of the box's side (the mean of its width and height)."""
    up: float
    """Offset of the square's centre above the box's centre, as a fraction of the box's height."""


@dataclass(frozen=True, slots=True)
class Detections:
    """The faces detected in one frame.

    Attributes:
        boxes: `float32[n, 4]`: x and y of the upper left corner, width and height, in pixels of the frame.
        scores: `float32[n]`, 0 to 1.
        eyes: `float32[n, 2, 2]`: x and y of the left and the right eye as seen in the frame; NaN if unknown.
    """

    boxes: Floats
    scores: Floats
    eyes: Floats

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, which: Any) -> "Detections":
        """Return a subset of the faces, indexed like the rows of an array."""
        return Detections(self.boxes[which], self.scores[which], self.eyes[which])

    @classmethod
    def of(cls, boxes: Any, scores: Any, eyes: Any = None) -> "Detections":
        """Return detections from array-likes; without `eyes`, eye positions are unknown."""
        count = len(scores)
        known = np.full((count, 2, 2), np.nan) if eyes is None else eyes
        shaped = np.asarray(boxes, np.float32).reshape(count, 4), np.asarray(scores, np.float32).reshape(count)
        return cls(*shaped, np.asarray(known, np.float32).reshape(count, 2, 2))


NOBODY = Detections.of([], [])
"""What most searches find: nothing."""


class FaceDetector(ABC):
    """Finds faces in frames.

    Attributes:
        framing: How its boxes map to the crops of FER2013.
        sight: The faces it finds; None for a detector that always needs the whole frame.
        shapeable: Whether `shaped` can give its input another shape.
        device: The device it runs on.
    """

    framing: Framing
    sight: Reach | None = None
    shapeable: bool = False
    device: str = "CPU"

    @abstractmethod
    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Detect the faces in an I420 frame, `uint8[height * 3 // 2, width]`."""

    def shaped(self, width: int, height: int, border: int = 0) -> "FaceDetector | None":
        """Return this detector with an input of another shape; None if its input is a fixed square.

        Args:
            width: Columns of the input, pixels.
            height: Rows of the input, pixels.
            border: Pixels of the input that stay black on each side.
        """
        return None

    def reframed(self, found: Detections, framing: Framing) -> Detections:
        """Return this detector's faces with boxes of another framing, whose squares are the same."""
        if framing == self.framing or not len(found):
            return found
        centre = found.boxes[:, :2] + found.boxes[:, 2:] / 2
        sides = self.framing.scale * found.boxes[:, 2:].mean(axis=1) / framing.scale
        centre[:, 1] += framing.up * sides - self.framing.up * found.boxes[:, 3]
        boxes = np.concatenate([centre - sides[:, None] / 2, np.repeat(sides[:, None], 2, axis=1)], axis=1)
        return Detections.of(boxes, found.scores, found.eyes)

    def warm(self) -> None:
        """Do now what the first detection would wait for, as compiling the network."""

    def close(self) -> None:
        """Release the detector's resources."""
