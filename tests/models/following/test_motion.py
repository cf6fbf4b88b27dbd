"""A face is followed where it goes, and given up where it cannot be."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.detectors import create_detector
from models.following.motion import Motion
from stages.synthetic import Synthetic

BOX = np.array([130, 90, 60, 60], np.float32)


def scene(dx: float = 0, dy: float = 0, scale: float = 1, gain: float = 1) -> NDArray[np.uint8]:
    """Return a patch of structure before a smooth wall, moved and scaled about the centre of `BOX`."""
    patch = cv2.GaussianBlur(np.random.default_rng(3).integers(0, 256, (80, 80)).astype(np.float32), (0, 0), 3)
    patch = 40 + 175 * (patch - patch.min()) / np.ptp(patch)
    move = np.array([[scale, 0, 160 + dx - 40 * scale], [0, scale, 120 + dy - 40 * scale]], float)
    wall = np.full((240, 320), 128, np.float32)
    cv2.warpAffine(patch, move, (320, 240), wall, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    return np.clip(wall * gain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (3, 0), (-7.5, 4), (15, -12), (0, 20)])
def test_a_face_that_moves_takes_its_box_along(dx: float, dy: float) -> None:
    """The box follows a face that moves up to a third of its side in one step."""
    box = Motion(scene(), BOX).follow(scene(dx, dy))

    assert box is not None
    assert box == pytest.approx(BOX + (dx, dy, 0, 0), abs=1.5)


@pytest.mark.parametrize("side", [20, 36, 47, 48, 60, 71, 72, 95, 96, 130, 168, 216, 300, 400])
def test_faces_of_all_sizes_are_followed(side: int) -> None:
    """Small images are made by whole and by other factors, of all rows or of some; the box fits to a twentieth."""
    factor = side / 60
    before, after = (cv2.resize(scene(dx), None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) for dx in (0, 9))
    box = Motion(before, BOX * np.float32(factor)).follow(after)

    assert box is not None
    assert box == pytest.approx((BOX + (9, 0, 0, 0)) * factor, abs=max(1.0, side / 20))


@pytest.mark.parametrize("scale", [0.85, 1.0, 1.15])
def test_a_face_that_comes_nearer_grows(scale: float) -> None:
    """The box grows about its centre."""
    box = Motion(scene(), BOX).follow(scene(scale=scale))
    side = 60 * scale

    assert box is not None
    assert box == pytest.approx([160 - side / 2, 120 - side / 2, side, side], abs=2)


def test_errors_do_not_add_up() -> None:
    """After a walk of many small steps and back, the box is where it was."""
    motion = Motion(scene(), BOX)
    for n in [*range(25), *range(25, -1, -1)]:
        box = motion.follow(scene(dx=n))

    assert box == pytest.approx(BOX, abs=0.3)


def test_a_little_more_light_does_not_matter() -> None:
    """A change of light, as by a cloud, does not lose the face."""
    box = Motion(scene(), BOX).follow(scene(dx=5, gain=1.05))

    assert box == pytest.approx(BOX + (5, 0, 0, 0), abs=1.5)


def test_a_face_that_is_covered_is_lost() -> None:
    """A face is lost when other structure, or a wall, takes its place."""
    motion = Motion(scene(), BOX)
    noise = np.random.default_rng(9).integers(0, 256, (240, 320)).astype(np.uint8)

    assert motion.follow(noise) is None
    assert motion.follow(np.zeros((240, 320), np.uint8)) is None


@pytest.mark.parametrize(
    "box", [(-40, -40, 60, 60), (300, 220, 60, 60), (500, 500, 20, 20), (0, 0, 1, 1), (0, 0, 900, 900)]
)
def test_boxes_beyond_the_edge_do_no_harm(box: tuple[float, ...]) -> None:
    """There is a box or none, never an error, and never a number that is none."""
    found = Motion(scene(), np.array(box, np.float32)).follow(scene(dx=2))

    assert found is None or np.isfinite(found).all()


def test_the_way_is_measured_in_sides() -> None:
    """A face of 60 pixels that moved by 30 moved by 0.5."""
    assert Motion(scene(), BOX).distance(BOX + np.array([18, 24, 0, 0], np.float32)) == pytest.approx(0.5)


def test_a_portrait_is_followed_through_its_script() -> None:
    """Moved, turned, scaled and lit differently: a fifth of a second later the box still covers the face."""
    camera = Synthetic(name="demo", width=640, height=360, realtime=False)
    detector = create_detector("blazeface", min_score=0.3)
    pictures = [camera.draw(n) for n in range(91)]
    for first in range(0, 90, 6):
        motion = Motion(pictures[first][:360], detector.detect(pictures[first]).boxes[0])
        for picture in pictures[first + 1 : first + 7]:
            box = motion.follow(picture[:360])
        expected = detector.detect(pictures[first + 6]).boxes[0]

        assert box is not None
        assert box[:2] + box[2:] / 2 == pytest.approx(expected[:2] + expected[2:] / 2, abs=0.1 * float(box[2]))
