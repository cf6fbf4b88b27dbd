"""BlazeFace (Bazarevsky et al. 2019, arXiv 1907.05047) through MediaPipe: fast, and locates the eyes too."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.detectors.base import Detections, FaceDetector, Framing
from models.detectors.picture import small_rgb
from models.runtimes import import_mediapipe, quiet_stderr
from models.sight import REACHES

LONGEST = 640
"""Longest side of the image passed to MediaPipe, pixels. MediaPipe truncates boxes to whole pixels of this image and
scales it to the network's 192 itself; at 640, boxes of a 720p frame are accurate to one pixel."""
LONGEST_REASON = 120
"""Maximum length in characters of what MediaPipe says about a file that is no network."""
CUT_OFF = 0.5
"""Mean truncation error of MediaPipe's coordinates, pixels; added back to them."""

FRAMING = {"full_range": Framing(1.17, 0.09), "short_range": Framing(1.26, 0.137)}
"""How each network's boxes map to squares. Full range was measured on FER2013: the square is 1.17 boxes wide, its
centre 0.09 heights above the box's. Short range's boxes have 0.93 of full range's sides and lie 0.037 heights lower (71
faces, standard deviations 0.05 and 0.025)."""


def network_of(path: Path) -> str:
    """Return which network a file holds, a key of `FRAMING`: full range unless its name says short range."""
    return "short_range" if "short_range" in path.name else "full_range"


class BlazeFace(FaceDetector):
    """Runs one of the BlazeFace networks.

    Args:
        path: The `.tflite` file, see `models.fetch`.
        min_score: Faces below this score are not returned.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is not a network of this kind.
    """

    framing = FRAMING["full_range"]

    def __init__(self, path: Path, min_score: float) -> None:
        if not path.is_file():
            raise FileNotFoundError(f"expected a face-detection network, found nothing: {path}")
        self.framing, self.sight = FRAMING[network_of(path)], REACHES[network_of(path)]
        # MediaPipe prints 50 lines about a network that works
        with quiet_stderr():
            mediapipe = import_mediapipe()
            tasks, vision = mediapipe.tasks, mediapipe.tasks.vision
            options = vision.FaceDetectorOptions(
                base_options=tasks.BaseOptions(model_asset_path=str(path), delegate=tasks.BaseOptions.Delegate.CPU),
                min_detection_confidence=min_score,
            )
            try:
                self._detector = vision.FaceDetector.create_from_options(options)
            except (ValueError, RuntimeError, OSError) as error:
                reason = str(error).splitlines()[0][:LONGEST_REASON]
                raise ValueError(f"expected a BlazeFace network, found {path}: {reason}") from error
            self._image, self._format = mediapipe.Image, mediapipe.ImageFormat.SRGB
            self.detect(np.full((96, 64), 128, np.uint8))

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Detect the faces in an I420 frame, `uint8[height * 3 // 2, width]`."""
        rgb, factor = small_rgb(picture, LONGEST)
        found = self._detector.detect(self._image(image_format=self._format, data=rgb)).detections
        cut = [(b.origin_x, b.origin_y, b.width, b.height) for b in (face.bounding_box for face in found)]
        boxes = (np.asarray(cut, np.float32) + CUT_OFF) * factor
        height, width = picture.shape[0] * 2 // 3, picture.shape[1]
        # the first two points are the eyes, the one on the left of the frame first
        eyes = [[(point.x * width, point.y * height) for point in face.keypoints[:2]] for face in found]
        return Detections.of(boxes, [face.categories[0].score for face in found], eyes)

    def close(self) -> None:
        """Release the network; MediaPipe prints errors if this only happens at interpreter shutdown."""
        with quiet_stderr():
            self._detector.close()
