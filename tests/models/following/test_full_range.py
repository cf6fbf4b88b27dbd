"""Frames of full range are converted where the detector looks at them, and nowhere else."""

import numpy as np
from numpy.typing import NDArray

from models.detectors import Detections
from models.following.following import Follower
from tests.models.following.test_following import Oracle, picture


def test_the_detector_gets_frames_of_both_ranges_alike() -> None:
    """Black is 16 for it, as for the networks' makers; what follows the faces needs no conversion."""
    seen: list[int] = []

    class Looker(Oracle):
        def detect(self, picture: NDArray[np.uint8]) -> Detections:
            """Note the darkest luma."""
            seen.append(int(picture[:360].min()))
            return super().detect(picture)

    oracle = Looker([(100, 100)])
    for full_range, black in ((True, 0), (False, 16)):
        frame = picture((100, 100))
        frame[:20] = black
        (face,) = Follower(oracle, 5.0).update(frame, 0.0, full_range=full_range)
        assert face.box.tolist() == [100, 100, 60, 60]

    assert seen == [16, 16]
