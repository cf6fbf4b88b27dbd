"""MediaPipe's larger file of landmarks and blendshapes, in a small one of the same shapes made here."""

import ast
import importlib.util
import zipfile
from pathlib import Path

import numpy as np
import pytest

from models.presence.blendshapes import INPUTS, OUTPUTS
from models.presence.landmarks import LandmarkNetwork, Square
from pipeline.messages import BLENDSHAPES
from tests.models.presence.tflite import blendshape_network, face_task, landmark_network, save_task

GRAY = 128
POINTS = np.zeros((478, 3))


def picture(luma: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Return an even I420 frame of 320 x 240 pixels."""
    pixels = np.full((360, 320), GRAY, np.uint8)
    pixels[:240] = luma
    return pixels


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file; landmark n is n / 4 pixels from the left edge of a square of 128 pixels."""
    return face_task(tmp_path_factory.mktemp("task") / "face_landmarker.task")


def test_scores_are_those_of_the_landmarks_that_the_network_sees(task: Path, tmp_path: Path) -> None:
    """In its order, and in pixels of the frame."""
    network = LandmarkNetwork(task, tmp_path)
    found = network.find(picture(235), Square(160, 120, 128, 0.0))

    assert network.lids and network.blendshapes and found.presence > 0.9
    assert found.points.shape == (468, 3)
    assert found.blendshapes == pytest.approx([(96 + n / 4) / 1000 for n in INPUTS[:OUTPUTS]], abs=1e-6)
    # the square is tilted, and so are the points
    (tilted,) = {round(score, 6) for score in network.find(picture(235), Square(160, 120, 128, 90.0)).blendshapes or ()}
    assert tilted == 0.16


def test_scores_are_shares(tmp_path: Path) -> None:
    """Also those of a network that answers a little more or less."""
    for scale, limit in ((1.0, 1.0), (-1.0, 0.0)):
        networks = {"face_landmarks_detector": landmark_network(POINTS), "face_blendshapes": blendshape_network()}
        networks["face_blendshapes"] = blendshape_network(scale=scale)
        path = save_task(tmp_path / "some.task", **networks)
        assert set(LandmarkNetwork(path, tmp_path).find(picture(235), Square(160, 120, 64, 0)).blendshapes or ()) == {
            limit
        }


def test_the_names_are_mediapipes() -> None:
    """In the order of its own list, which its package has."""
    spec = importlib.util.find_spec("mediapipe")
    assert spec and spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0], "tasks/python/vision/face_landmarker.py")
    (listed,) = (
        node
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == "Blendshapes"
    )
    theirs = [one.targets[0].id for one in listed.body if isinstance(one, ast.Assign)]  # type: ignore[attr-defined]

    assert [name.replace("_", "") for name in theirs] == [name.strip("_").upper() for name in BLENDSHAPES]
    assert len(BLENDSHAPES) == OUTPUTS and len(INPUTS) == len(set(INPUTS)) == 146


def test_the_first_edition_of_the_file_has_no_blendshapes(tmp_path: Path) -> None:
    """Nor has the network of landmarks alone; any name of the file will do."""
    content = landmark_network(POINTS)
    (tmp_path / "alone.tflite").write_bytes(content)
    for path in (save_task(tmp_path / "old.task", face_landmarks_detector=content), tmp_path / "alone.tflite"):
        network = LandmarkNetwork(path, tmp_path)
        assert (network.lids, network.blendshapes) == (True, False)
        assert network.find(picture(235), Square(160, 120, 64, 0)).blendshapes is None
    path = face_task(tmp_path / "face_landmarker.zip")
    assert LandmarkNetwork(path, tmp_path).blendshapes


def test_other_files_are_refused(task: Path, tmp_path: Path) -> None:
    """In one line that names the file and what is wrong with it."""
    good, scores = landmark_network(POINTS), blendshape_network()
    cases = {
        "expected face_landmarks_detector.tflite in it, found face_blendshapes.tflite": {"face_blendshapes": scores},
        "found nothing": {},
        "expected a network of 52 blendshapes from 146 landmarks, found one with tensors .1,146,2., .51.": {
            "face_landmarks_detector": good,
            "face_blendshapes": blendshape_network(outputs=51),
        },
        "found one with inputs .1,146,2.": {"face_landmarks_detector": scores},
        "expected a network of TensorFlow Lite as face_landmarks_detector.tflite, found b'other co'": {
            "face_landmarks_detector": b"other content"
        },
        "expected a network of 468 landmarks, found one with tensors": {
            "face_landmarks_detector": landmark_network(POINTS[:300])
        },
        "found one with tensors .* 1404": {  # the smaller network has no irises
            "face_landmarks_detector": landmark_network(POINTS[:468]),
            "face_blendshapes": scores,
        },
    }
    for message, networks in cases.items():
        path = save_task(tmp_path / "wrong.task", **networks)
        with pytest.raises(ValueError, match=rf"^[^\n]*{message}[^\n]*$") as found:
            LandmarkNetwork(path, tmp_path)
        assert "wrong.task" in str(found.value)

    whole = task.read_bytes()
    for content in (whole[:4000], whole[:-30], b"", b"PK\x03\x04", whole[:2000] + b"x" * 100 + whole[2100:]):
        (tmp_path / "damaged.task").write_bytes(content)
        with pytest.raises(ValueError, match=r"^expected the landmark network, found .*damaged.task: [^\n]+$"):
            LandmarkNetwork(tmp_path / "damaged.task", tmp_path)


def test_half_a_file_in_the_cache_is_replaced(task: Path, tmp_path: Path) -> None:
    """As a full disk leaves it."""
    LandmarkNetwork(task, tmp_path)
    for path in tmp_path.glob("*.tflite"):
        path.write_bytes(path.read_bytes()[:100])

    assert LandmarkNetwork(task, tmp_path).blendshapes


def test_a_network_that_claims_to_be_huge_is_refused(tmp_path: Path) -> None:
    """Before it is unpacked."""
    path = tmp_path / "huge.task"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("face_landmarks_detector.tflite", bytes(65 << 20))
    with pytest.raises(ValueError, match="of at most 67108864 bytes, found 68157440"):
        LandmarkNetwork(path, tmp_path)
