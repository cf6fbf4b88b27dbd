"""Known faces are confirmed in a tight crop, and in a larger one where that does not show them."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detectors import Detections, FaceDetector, Framing
from models.search.closeup import BESIDE_OTHERS, LARGE, TIGHT, CloseUp, are_beside
from models.search.networks import Networks
from models.sight import REACHES

FACE = np.array([300, 200, 80, 80], np.float32)


@dataclass
class Bright(FaceDetector):
    """Finds the bright square of a frame, which it takes for a face; notes the sides of its inputs."""

    inputs: list[int] = field(default_factory=list)
    side: int = 128
    framing = Framing(1.0, 0.0)
    sight = REACHES["short_range"]
    shapeable = True

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Return its box."""
        self.inputs.append(self.side)
        rows, columns = np.nonzero(picture[: picture.shape[0] * 2 // 3] > 200)
        if not len(rows):
            return Detections.of([], [])
        box = (columns[0], rows[0], columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0])
        return Detections.of([box], [0.9])

    def shaped(self, width: int, height: int, border: int = 0) -> FaceDetector:
        """Return one with another input, whose notes are the same."""
        return Bright(self.inputs, width)


def looks(moved_px: int, *, follow: bool = True) -> tuple[list[int], Detections]:
    """Return the inputs that were needed for a face that has moved to the right, and what was found."""
    picture = np.full((720, 640), 16, np.uint8)
    x, y, width, height = FACE.astype(int)
    picture[y : y + height, x + moved_px : x + moved_px + width] = 235
    detector = Bright()
    close_up = CloseUp(Networks(detector), detector.framing)
    found = (close_up.follow if follow else close_up.confirm)(picture, FACE)
    return detector.inputs, found


def test_a_face_where_it_is_expected_takes_the_small_input_alone() -> None:
    inputs, found = looks(10)
    assert inputs == [TIGHT.input_px]
    np.testing.assert_allclose(found.boxes, [FACE + (10, 0, 0, 0)])


@pytest.mark.parametrize("moved_px", [32, 44])
def test_a_face_that_the_tight_crop_cuts_off_is_found_in_the_larger_one(moved_px: int) -> None:
    inputs, found = looks(moved_px)
    assert inputs == [TIGHT.input_px, LARGE.input_px]
    np.testing.assert_allclose(found.boxes, [FACE + (moved_px, 0, 0, 0)])


def test_a_face_that_went_farther_is_not_confirmed() -> None:
    inputs, found = looks(60)
    assert (inputs, len(found)) == ([TIGHT.input_px, LARGE.input_px], 0)


def test_a_new_face_needs_the_larger_crop() -> None:
    inputs, found = looks(0, follow=False)
    assert (inputs, len(found)) == ([LARGE.input_px], 1)


def test_a_face_beside_another_has_a_finer_look() -> None:
    """The boxes of people who pass each other have to be exact."""
    picture = np.full((720, 640), 16, np.uint8)
    detector = Bright()

    CloseUp(Networks(detector), detector.framing).follow(picture, FACE, beside_others=True)

    assert detector.inputs[0] == BESIDE_OTHERS.input_px


def test_who_is_beside_others() -> None:
    """By the distance of the faces, in sides of the larger one."""
    boxes = np.array([(0, 0, 40, 40), (90, 0, 40, 40), (300, 0, 40, 40), (390, 0, 80, 80)], np.float32)

    assert are_beside(boxes) == [True, True, True, True]
    assert are_beside(boxes[:3]) == [True, True, False]
    assert are_beside(boxes[:1]) == [False]
    assert are_beside(boxes[:0]) == []
