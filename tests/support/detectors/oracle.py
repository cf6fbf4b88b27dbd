"""Pictures with faces that a detector of tests knows, and a follower that is shown them."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detectors import Detections, FaceDetector, Framing
from models.following.following import Follower

FPS = 30.0
PATCH = cv2.resize(np.random.default_rng(5).integers(40, 216, (10, 10)).astype(np.uint8), (60, 60))
Place = tuple[float, float]


@dataclass
class Oracle(FaceDetector):
    """Knows where the faces are; can be blind."""

    places: list[Place] = field(default_factory=list)
    score: float = 0.9
    calls: int = 0
    framing = Framing(1.0, 0.0)

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Return boxes of 60 pixels at the places, the eyes tilted by 45 degrees."""
        self.calls += 1
        boxes = [(x, y, 60, 60) for x, y in self.places]
        eyes = [[(x, y), (x + 20, y + 20)] for x, y in self.places]
        return Detections.of(boxes, [self.score] * len(boxes), eyes)


def picture(*places: Place) -> NDArray[np.uint8]:
    """Return 640 x 360 pixels, a face at each place."""
    pixels = np.full((540, 640), 128, np.uint8)
    for x, y in places:
        move = np.array([[1, 0, x], [0, 1, y]], float)
        cv2.warpAffine(PATCH, move, (640, 360), pixels[:360], cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    return pixels


def watch(follower: Follower, oracle: Oracle, *places: Place, at: int, seen: bool = True) -> dict[int, list[float]]:
    """Show picture number `at`; return the boxes by track."""
    oracle.places = list(places) if seen else []
    return {face.track: face.box.tolist() for face in follower.update(picture(*places), at / FPS)}
