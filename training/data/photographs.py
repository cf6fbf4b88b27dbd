"""Faces out of whole photographs, found and cut out as the live program does it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detectors import create_detector
from models.detectors.picture import luma
from models.following.alignment import crop_square, face_square, roll_deg

MIN_SCORE = 0.5
"""What the live program asks of a face by default, too."""


class FaceCutter:
    """Cuts the largest face out of a photograph.

    Args:
        detector: A key of `models.detectors.DETECTORS`.
        size: Side of the crop in pixels.

    Attributes:
        missed: In how many photographs no face was found.

    Raises:
        FileNotFoundError: The detector's network is not there.
    """

    def __init__(self, detector: str = "blazeface", size: int = 48) -> None:
        self.missed = 0
        self._detector = create_detector(detector, min_score=MIN_SCORE)
        self._size = size

    def __call__(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        """Return the crop `uint8[size, size]` of the largest face in a BGR picture, None where there is none."""
        even = cv2.copyMakeBorder(
            picture, 0, picture.shape[0] % 2, 0, picture.shape[1] % 2, cv2.BORDER_REPLICATE
        )  # I420 has one colour for four pixels
        frame = np.asarray(cv2.cvtColor(even, cv2.COLOR_BGR2YUV_I420), np.uint8)
        found = self._detector.detect(frame)
        if not len(found):
            self.missed += 1
            return None
        largest = int(found.boxes[:, 2:].prod(axis=1).argmax())
        x, y, side = face_square(found.boxes[largest], self._detector.framing)
        return crop_square(luma(frame), x, y, side, self._size, roll_deg(found.eyes[largest]))

    def close(self) -> None:
        """Release the detector."""
        self._detector.close()
