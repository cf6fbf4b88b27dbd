"""The landmark network sees the square it expects, and tells faces from drawings of them."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.detectors import FaceDetector, Framing, create_detector
from models.detectors.blazeface import BlazeFace
from models.following.alignment import roll_deg
from models.presence import load_landmarks
from models.presence.landmarks import LandmarkNetwork, Landmarks, Square
from models.presence.pose import head_pose
from stages.synthetic import Synthetic
from tests.support.heads import smiley

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def network() -> LandmarkNetwork:
    """Return the network that set-up fetched."""
    return load_landmarks()


def portrait(seed: int = 0, seq: int = 0) -> Picture:
    """Return one of the demo's people, RGB."""
    pixels = Synthetic(name="demo", width=640, height=480, size=0.5, seed=seed, realtime=False).draw(seq)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_YUV2RGB_I420), np.uint8)


@cache
def finder() -> FaceDetector:
    """Return the detector that finds the faces."""
    return create_detector("blazeface", min_score=0.5)


def look(network: LandmarkNetwork, rgb: Picture, nth: int = 0) -> Landmarks:
    """Return the landmarks of the face that the detector finds."""
    picture = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8)
    found = finder().detect(picture)
    square = Square.around(found.boxes[nth], roll_deg(found.eyes[nth]), finder().framing)
    return network.find(picture, square)


def test_both_ranges_show_the_same_face(network: LandmarkNetwork) -> None:
    """A frame of full range is converted where the network's input is, within rounding."""
    picture = np.asarray(cv2.cvtColor(portrait(), cv2.COLOR_RGB2YUV_I420), np.uint8)
    full = picture.astype(float)
    rows = picture.shape[0] * 2 // 3
    full[:rows] = (full[:rows] - 16) * (255 / 219)
    full[rows:] = 128 + (full[rows:] - 128) * (255 / 224)
    square = Square(320, 240, 300, 0.0)

    narrow = network.find(picture, square)
    wide = network.find(np.rint(full.clip(0, 255)).astype(np.uint8), square, full_range=True)

    assert wide.presence == pytest.approx(narrow.presence, abs=0.01)
    np.testing.assert_allclose(wide.points, narrow.points, atol=1.0)


def test_the_square_is_blazefaces_box_with_its_margin() -> None:
    """Of 1.5 sides; boxes of another detector that frame the same face give the same square."""
    assert Square.around(np.array([100, 60, 80, 80]), 7.0, BlazeFace.framing) == pytest.approx((140, 100, 120, 7))

    # the square of FER2013 is 1.17 boxes of BlazeFace wide, its centre 0.09 above the box's
    other = np.array([140 - 46.8, 100 - 7.2 - 46.8, 93.6, 93.6])
    assert Square.around(other, 7.0, Framing(1.0, 0.0)) == pytest.approx((140, 100, 120, 7))


def test_the_input_is_the_upright_square(network: LandmarkNetwork) -> None:
    """A turned pattern comes out upright, in its colours."""
    plain = np.full((240, 320, 3), 128, np.uint8)
    plain[60:120, 100:160] = (200, 60, 60)  # the upper left quarter of the square
    turn = cv2.getRotationMatrix2D((160, 120), -30, 1.0)  # clockwise
    rgb = cv2.warpAffine(plain, turn, (320, 240), borderMode=cv2.BORDER_REPLICATE)
    picture = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8)
    cut = network.cut(picture, Square(160, 120, 120, 30.0).to_frame()).astype(int)

    assert np.abs(cut[8:88, 8:88] - (200, 60, 60)).max() < 12
    assert np.abs(cut[104:, 8:] - 128).max() < 6 and np.abs(cut[8:, 104:] - 128).max() < 6


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_the_demos_people_have_faces(network: LandmarkNetwork, seed: int) -> None:
    """Both portraits, wherever their script moves and turns them."""
    for seq in range(0, 600, 100):
        found = look(network, portrait(seed, seq))
        assert found.presence > 0.9
        # the landmarks surround the nose
        low, high = found.points[:, :2].min(axis=0), found.points[:, :2].max(axis=0)
        assert (low < found.points[1, :2]).all() and (found.points[1, :2] < high).all()


def test_a_smiley_has_none(network: LandmarkNetwork) -> None:
    """The detector takes it for a face; so it did before there was a second opinion."""
    assert look(network, smiley()).presence < 0.1


@pytest.mark.parametrize("angle", [-20, 15])
def test_a_turned_picture_has_a_turned_head(network: LandmarkNetwork, angle: int) -> None:
    """By the same angle, clockwise."""
    rgb = portrait(1)
    turn = cv2.getRotationMatrix2D((320, 240), -angle, 1.0)
    other = cv2.warpAffine(rgb, turn, (640, 480), borderMode=cv2.BORDER_REPLICATE)
    before, after = head_pose(look(network, rgb).points), head_pose(look(network, other).points)

    assert after.roll - before.roll == pytest.approx(angle, abs=4)
    assert (after.yaw, after.pitch) == pytest.approx((before.yaw, before.pitch), abs=6)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_mirrored_picture_has_a_mirrored_head(network: LandmarkNetwork, seed: int) -> None:
    """Pitch stays; the difference is the network's error."""
    rgb = portrait(seed)
    before, after = (head_pose(look(network, picture).points) for picture in (rgb, np.ascontiguousarray(rgb[:, ::-1])))

    assert after == pytest.approx((-before.yaw, before.pitch, -before.roll), abs=8)


def test_squares_beyond_the_frame_are_answered(network: LandmarkNetwork) -> None:
    """The edge is repeated; nothing fails."""
    picture = np.full((96 * 3 // 2, 128), 120, np.uint8)
    for square in (Square(-500, 40, 60, 0), Square(60, 40, 4000, 45), Square(60, 40, 1, 0)):
        found = network.find(picture, square)
        assert 0 <= found.presence < 0.5
        assert np.isfinite(found.points).all() and found.points.shape == (468, 3)


def test_other_files_are_refused(tmp_path: Path) -> None:
    """In one line that says which."""
    with pytest.raises(FileNotFoundError, match="expected the landmark network .*make setup"):
        LandmarkNetwork(tmp_path / "none.tflite")
    (tmp_path / "some.tflite").write_bytes(b"no network")
    with pytest.raises(ValueError, match=r"expected the landmark network, found .*some\.tflite"):
        LandmarkNetwork(tmp_path / "some.tflite", tmp_path)
