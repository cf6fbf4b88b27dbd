"""Frames of full range are converted where the detector looks at them, and nowhere else."""

import numpy as np
from numpy.typing import NDArray

from models.detectors import Detections, FaceDetector, Framing
from models.following.following import Follower


class Looker(FaceDetector):
    """Finds a face, and notes the darkest luma of each frame."""

    framing = Framing(1.0, 0.0)

    def __init__(self) -> None:
        self.darkest: list[int] = []

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Return the face."""
        self.darkest.append(int(picture[:360].min()))
        return Detections.of([(100, 100, 60, 60)], [0.9])


def test_the_detector_gets_frames_of_both_ranges_alike() -> None:
    """Black is 16 for it, as for the networks' makers; what follows the faces needs no conversion."""
    detector = Looker()
    for full_range, black in ((True, 0), (False, 16)):
        frame = np.full((540, 640), 128, np.uint8)
        frame[:20] = black
        (face,) = Follower(detector, 5.0).update(frame, 0.0, full_range=full_range)
        assert face.box.tolist() == [100, 100, 60, 60]

    assert detector.darkest == [16, 16]
