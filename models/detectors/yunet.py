"""YuNet (Wu et al. 2023) through OpenCV; the user provides the network's file."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detectors.base import Detections, FaceDetector, Framing
from models.detectors.picture import small_rgb
from models.sight import REACHES

LONGEST = REACHES["yunet"].input_px


class YuNet(FaceDetector):
    """Runs a YuNet network.

    Args:
        path: The `.onnx` file (`face_detection_yunet_*.onnx`).
        min_score: Faces below this score are not returned.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is not a YuNet network.
    """

    # YuNet's boxes are tall; models trained on FER2013 work well on squares of 1.1 times the box's mean side.
    framing = Framing(1.1, 0.0)
    sight = REACHES["yunet"]

    def __init__(self, path: Path, min_score: float) -> None:
        if not path.is_file():
            raise FileNotFoundError(f"expected the path of a YuNet network, found {str(path)!r}")
        try:
            self._detector = cv2.FaceDetectorYN.create(str(path), "", (LONGEST, LONGEST), score_threshold=min_score)
        except cv2.error as error:
            raise ValueError(f"expected a YuNet network, found {path}: {error.err}") from error

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Detect the faces in an I420 frame, `uint8[height * 3 // 2, width]`."""
        rgb, factor = small_rgb(picture, LONGEST)
        self._detector.setInputSize((rgb.shape[1], rgb.shape[0]))
        _, rows = self._detector.detect(rgb[..., ::-1].copy())
        faces = np.empty((0, 15), np.float32) if rows is None else rows
        # columns: box, then five points, the eyes first
        return Detections.of(faces[:, :4] * factor, faces[:, 14], faces[:, 4:8].reshape(-1, 2, 2) * factor)
