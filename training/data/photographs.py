"""Face crops from whole photographs, made like in the live program."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detectors import create_detector
from models.detectors.picture import luma
from models.following.alignment import crop_square, face_square, roll_deg
from models.following.noise import without_noise

MIN_SCORE = 0.5
"""Lowest detection score, also the live program's default."""


class FaceCutter:
    """Crops the largest face from a photograph.

    Args:
        detector: A key of `models.detectors.DETECTORS`.
        size: Side of the crop in pixels.

    Attributes:
        missed: Number of photographs without a face.

    Raises:
        FileNotFoundError: The detector's network is not in the cache.
    """

    def __init__(self, detector: str = "blazeface", size: int = 48) -> None:
        self.missed = 0
        self._detector = create_detector(detector, min_score=MIN_SCORE)
        self._size = size

    def __call__(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        """Return the crop `uint8[size, size]` of the largest face in a BGR image, or None without a face."""
        even = cv2.copyMakeBorder(
            picture, 0, picture.shape[0] % 2, 0, picture.shape[1] % 2, cv2.BORDER_REPLICATE
        )  # I420 needs even sides
        frame = np.asarray(cv2.cvtColor(even, cv2.COLOR_BGR2YUV_I420), np.uint8)
        found = self._detector.detect(frame)
        if not len(found):
            self.missed += 1
            return None
        largest = int(found.boxes[:, 2:].prod(axis=1).argmax())
        x, y, side = face_square(found.boxes[largest], self._detector.framing)
        return without_noise(crop_square(luma(frame), x, y, side, self._size, roll_deg(found.eyes[largest])))

    def close(self) -> None:
        """Release the detector."""
        self._detector.close()
