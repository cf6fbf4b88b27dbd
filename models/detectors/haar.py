"""The Haar cascade of Viola and Jones (2001) bundled with OpenCV: the detector that cropped FER2013."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detectors.base import Detections, FaceDetector, Framing
from models.detectors.picture import small_gray
from models.sight import REACHES

LONGEST = REACHES["haar"].input_px
FULL_WEIGHT = 8.0
"""Minimum last-stage weight of a face whose score is 1; real faces on a webcam have about 4 to 10."""


class Haar(FaceDetector):
    """Runs `haarcascade_frontalface_default`.

    Args:
        min_score: Faces below this score are not returned.
    """

    # Measured on FER2013: the square is slightly larger than the box.
    framing = Framing(1.03, 0.0)
    sight = REACHES["haar"]

    def __init__(self, min_score: float) -> None:
        path = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"
        self._cascade = cv2.CascadeClassifier(str(path))
        self._min_score = min_score

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Detect the faces in an I420 frame, `uint8[height * 3 // 2, width]`."""
        gray, factor = small_gray(picture, LONGEST)
        boxes, _, weights = self._cascade.detectMultiScale3(
            gray, scaleFactor=1.1, minNeighbors=5, minSize=(24, 24), outputRejectLevels=True
        )
        scores = np.clip(np.asarray(weights, np.float32).reshape(-1) / FULL_WEIGHT, 0, 1)
        found = Detections.of(np.asarray(boxes, np.float32).reshape(-1, 4) * factor, scores)
        return found[found.scores >= self._min_score]
