"""Faces are cut out with FER2013's framing, turned only where the head is tilted, whatever lies at the edge."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detectors.blazeface import BlazeFace
from models.detectors.blazeface_openvino import BlazeFaceOpenVino
from models.detectors.haar import Haar
from models.following.alignment import ROTATE_ABOVE_DEG, crop_square, cut_square, face_square, roll_deg, sharpness

numbers = st.floats(-2000, 4000)
sides = st.floats(1, 2000)


def noise(width: int, height: int) -> np.ndarray:
    """Return a picture in which every place looks different."""
    return np.random.default_rng(1).integers(16, 236, (height, width), np.uint8)


def stretched(gray: np.ndarray) -> np.ndarray:
    """Return video's luma, 16 to 235, as 0 to 255."""
    return np.clip(np.rint((gray.astype(float) - 16) * 255 / 219), 0, 255).astype(np.uint8)


def test_detectors_are_framed_as_measured_on_fer2013() -> None:
    """BlazeFace's square is 1.17 boxes wide and 0.09 heights higher, Haar's 1.03; both engines have the same."""
    assert BlazeFace.framing == BlazeFaceOpenVino.framing == (1.17, 0.09)
    assert Haar.framing == (1.03, 0.0)


@given(numbers, numbers, sides)
def test_the_square_is_the_box_moved_and_scaled(x: float, y: float, side: float) -> None:
    """The square of a box matches a calculation by hand."""
    centre_x, centre_y, square = face_square((x, y, side, side), BlazeFace.framing)

    assert centre_x == pytest.approx(x + side / 2, abs=1e-6)
    assert centre_y == pytest.approx(y + 0.41 * side, abs=1e-6)
    assert square == pytest.approx(1.17 * side)
    assert face_square((x, y, side, side), Haar.framing)[1:] == pytest.approx((y + side / 2, 1.03 * side), abs=1e-6)


@given(numbers, numbers, sides, sides, st.floats(0.1, 10))
def test_framing_does_not_depend_on_the_scale(x: float, y: float, width: float, height: float, factor: float) -> None:
    """A picture twice as large has a square twice as large in the same place."""
    once = face_square((x, y, width, height), BlazeFace.framing)
    scaled = face_square((x * factor, y * factor, width * factor, height * factor), BlazeFace.framing)

    assert scaled == pytest.approx([value * factor for value in once], abs=1e-3)


@given(st.floats(-80, 80), st.floats(1, 200))
def test_the_tilt_is_that_of_the_eyes(angle: float, distance: float) -> None:
    """The tilt is in degrees, clockwise, with y pointing down."""
    radians = np.radians(angle)
    eyes = [(100.0, 50.0), (100 + distance * np.cos(radians), 50 + distance * np.sin(radians))]

    assert roll_deg(eyes) == pytest.approx(angle, abs=1e-6)


def test_a_head_without_eyes_is_upright() -> None:
    """A detector without eyes, such as Haar, gives upright crops."""
    assert roll_deg(np.full((2, 2), np.nan)) == 0


@given(st.integers(24, 76), st.integers(24, 56))
def test_a_square_of_the_right_size_is_cut_out_pixel_by_pixel(x: int, y: int) -> None:
    """Nothing is resampled, and video's black and white become 0 and 255."""
    gray = noise(100, 80)

    assert (crop_square(gray, x, y, 48, 48) == stretched(gray[y - 24 : y + 24, x - 24 : x + 24])).all()


@given(st.floats(-ROTATE_ABOVE_DEG, ROTATE_ABOVE_DEG))
def test_heads_tilted_a_little_are_left_as_they_are(angle: float) -> None:
    """Small tilts are not corrected, as nine of ten images of FER2013 have them."""
    gray = noise(100, 100)

    assert (crop_square(gray, 50, 50, 60, 48, angle) == crop_square(gray, 50, 50, 60, 48)).all()


@pytest.mark.parametrize("angle", [-60, -16, 16, 45])
def test_heads_tilted_more_are_turned_upright(angle: float) -> None:
    """Two dark eyes on a tilted line come to lie level, the left one left."""
    gray = np.full((200, 200), 235, np.uint8)
    radians = np.radians(angle)
    step = 20 * np.array([np.cos(radians), np.sin(radians)])
    for eye in (100 - step, 100 + step):
        cv2.circle(gray, (round(eye[0]), round(eye[1])), 5, 16, -1)
    crop = crop_square(gray, 100, 100, 96, 48, angle)
    dark = [np.argwhere(half < 128).mean(axis=0) for half in (crop[:, :24], crop[:, 24:])]

    assert dark[0] == pytest.approx([24, 14], abs=1.5)
    assert dark[1] == pytest.approx([24, 10], abs=1.5)


@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.floats(-300, 300),
    st.floats(-300, 300),
    st.floats(0, 200),
    st.floats(-180, 180),
)
def test_there_is_a_crop_wherever_the_square_lies(
    width: int, height: int, x: float, y: float, side: float, angle: float
) -> None:
    """A square outside, larger than the frame or of size 0 repeats the edge."""
    crop = crop_square(np.full((height, width), 126, np.uint8), x, y, side, 48, angle)

    assert crop.shape == (48, 48)
    assert (crop == 128).all()


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 60))
def test_beyond_the_edge_the_edge_is_repeated(left: int, top: int, side: int) -> None:
    """Every pixel of a square is the nearest one of the picture."""
    gray = noise(30, 20)
    rows = np.clip(np.arange(top, top + side), 0, 19)
    columns = np.clip(np.arange(left, left + side), 0, 29)

    assert (cut_square(gray, left, top, side) == gray[np.ix_(rows, columns)]).all()


def test_blur_lowers_the_sharpness() -> None:
    """A flat crop has sharpness 0."""
    crop = noise(48, 48)
    levels = [sharpness(cv2.GaussianBlur(crop, (0, 0), sigma)) for sigma in (0.5, 1, 2, 4)]

    assert levels == sorted(levels, reverse=True)
    assert sharpness(np.full((48, 48), 99, np.uint8)) == 0
