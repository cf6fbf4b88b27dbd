"""Detectors find the demo's portraits, OpenVINO and MediaPipe find the same, and a missing file is one clear line."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.detectors import BLAZEFACE, Detections, FaceDetector, check_detector, create_detector
from models.fetch import FILES
from stages.capture import Capture
from stages.synthetic import Synthetic
from tests.support.films import film

MIN_SCORE = 0.35
SURE = 0.7
CLIPS = Path(__file__).resolve().parents[4] / "shared" / "data" / "videos"


@pytest.fixture(scope="module", params=FILES)
def both(request: pytest.FixtureRequest) -> Iterator[tuple[FaceDetector, FaceDetector]]:
    """Return the detectors of one network: OpenVINO's and MediaPipe's."""
    ours = create_detector("blazeface", request.param, engine="openvino", min_score=MIN_SCORE, precision="f32")
    theirs = create_detector("blazeface", request.param, engine="mediapipe", min_score=MIN_SCORE)
    yield ours, theirs
    theirs.close()


@pytest.fixture(scope="module", params=["openvino", "mediapipe", "haar"])
def detector(request: pytest.FixtureRequest) -> Iterator[FaceDetector]:
    """Return each detector that needs no file of the user's."""
    if request.param == "haar":
        created = create_detector("haar", min_score=0.3)
    else:
        created = create_detector("blazeface", engine=request.param, min_score=0.5)
    yield created
    created.close()


def portraits(count: int, width: int = 1280, height: int = 720, faces: int = 2) -> list[NDArray[np.uint8]]:
    """Return pictures of the demo, two seconds apart."""
    camera = Synthetic(name="demo", width=width, height=height, faces=faces, realtime=False)
    return [camera.draw(60 * n) for n in range(count)]


def overlap(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Return the intersection over union of two boxes."""
    size = np.clip(np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - np.maximum(a[:2], b[:2]), 0, None)
    common = size.prod()
    return float(common / (a[2:].prod() + b[2:].prod() - common))


def assert_same(ours: Detections, theirs: Detections, smallest_px: float) -> None:
    """Compare: what either is sure of, the other finds too, in a box and with eyes that differ little.

    Frames are scaled better for OpenVINO than MediaPipe does it, so scores and boxes are not equal, and faces below
    `smallest_px` differ.
    """
    for some, others in ((ours, theirs), (theirs, ours)):
        sure = (some.scores >= SURE) & (some.boxes[:, 2] >= smallest_px)
        for box, eyes in zip(some.boxes[sure], some.eyes[sure], strict=True):
            overlaps = [overlap(box, other) for other in others.boxes]
            assert overlaps and max(overlaps) >= 0.55
            assert eyes == pytest.approx(others.eyes[int(np.argmax(overlaps))], abs=0.2 * float(box[2]))


def certain_px(detector: FaceDetector, picture: NDArray[np.uint8]) -> float:
    """Return the side of the smallest face that a detector certainly finds, pixels of the frame."""
    assert detector.sight
    scale = max(picture.shape[1], picture.shape[0] * 2 // 3) / detector.sight.input_px
    return 1.3 * detector.sight.smallest_px * scale


def test_openvino_finds_close_ups_where_mediapipe_does(both: tuple[FaceDetector, FaceDetector]) -> None:
    """Faces of half the frame are far above what either network needs."""
    for seed in range(4):
        picture = Synthetic(name="demo", width=640, height=480, size=0.5, seed=seed, realtime=False).draw(0)
        ours, theirs = (each.detect(picture) for each in both)
        assert len(ours) == len(theirs) == 1
        assert_same(ours, theirs, 0.0)


@pytest.mark.parametrize("size", [(1280, 720), (640, 480), (480, 640), (322, 178), (1920, 1080)])
def test_openvino_finds_what_mediapipe_finds_in_portraits(
    both: tuple[FaceDetector, FaceDetector], size: tuple[int, int]
) -> None:
    """Boxes, scores and eyes agree in wide, tall, large and small images."""
    found = 0
    for picture in portraits(3, *size):
        ours, theirs = (each.detect(picture) for each in both)
        found += len(ours)
        assert_same(ours, theirs, certain_px(both[0], picture))

    assert found


def assert_same_in_clip(both: tuple[FaceDetector, FaceDetector], clip: Path) -> None:
    """Compare in every seventh frame of a clip; there must be a face."""
    pictures = [f.pixels for f in Capture(name="clip", source=str(clip)).process(()) if f.pixels is not None]
    found = 0
    for picture in pictures[::7]:
        ours, theirs = (each.detect(picture) for each in both)
        found += len(ours)
        assert_same(ours, theirs, certain_px(both[0], picture))

    assert found


@pytest.mark.slow
@pytest.mark.parametrize(
    "clip", ["signing-walk.mkv", "signing-book.mkv", "two-people.gif", "three-people-approach.gif", "one-woman.gif"]
)
def test_openvino_finds_what_mediapipe_finds_in_recordings(both: tuple[FaceDetector, FaceDetector], clip: str) -> None:
    """Both agree on real people, some far away, some with a hand in front of their face."""
    if not (CLIPS / clip).exists():
        pytest.skip(f"no {CLIPS / clip}")
    assert_same_in_clip(both, CLIPS / clip)


@pytest.mark.slow
@pytest.mark.parametrize(("faces", "size"), [(1, (320, 240)), (2, (640, 360)), (2, (1280, 720))])
def test_openvino_finds_what_mediapipe_finds_in_own_recordings(
    both: tuple[FaceDetector, FaceDetector], tmp_path: Path, faces: int, size: tuple[int, int]
) -> None:
    """Both agree on encoded and decoded portraits of the demo camera."""
    width, height = size
    assert_same_in_clip(both, film(tmp_path / "film.mp4", faces, width=width, height=height))


def test_a_portrait_is_found_where_it_is(detector: FaceDetector) -> None:
    """A portrait is found in the half of the image that holds it, at any image size."""
    shares = []
    for width, height in ((640, 360), (1280, 720), (1920, 1080)):
        found = detector.detect(portraits(1, width, height)[0])
        best = found[np.argsort(found.boxes[:, 0])]
        assert len(found) == 2
        assert best.boxes[0, 0] < width / 2 < best.boxes[1, 0] + best.boxes[1, 2]
        shares.append(best.boxes / width)

    assert shares[0] == pytest.approx(shares[1], abs=0.02)
    assert shares[1] == pytest.approx(shares[2], abs=0.02)


def test_eyes_lie_in_the_upper_half_of_the_box_left_one_first() -> None:
    """Both engines of BlazeFace return the eyes in this order."""
    for engine in BLAZEFACE:
        created = create_detector("blazeface", engine=engine, min_score=0.5)
        found = created.detect(portraits(1, faces=1)[0])
        created.close()
        (x, y, width, height), ((left, upper), (right, lower)) = found.boxes[0], found.eyes[0]

        assert x < left < right < x + width
        assert y < upper < y + height * 0.6 and y < lower < y + height * 0.6


@pytest.mark.parametrize("size", [(2, 2), (64, 64), (2, 1000), (1000, 2), (66, 34), (3840, 240)])
@pytest.mark.parametrize("level", [0, 16, 128, 255])
def test_there_is_nobody_in_an_empty_picture(detector: FaceDetector, size: tuple[int, int], level: int) -> None:
    """Black, gray and white images of any shape give empty arrays."""
    found = detector.detect(np.full((size[1] * 3 // 2, size[0]), level, np.uint8))

    assert len(found) == 0
    assert (found.boxes.shape, found.scores.shape, found.eyes.shape) == ((0, 4), (0,), (0, 2, 2))


def test_a_higher_threshold_leaves_weak_faces_out() -> None:
    """Faces above the requested score remain."""
    picture = portraits(1, faces=6)[0]
    few, many = (create_detector("blazeface", engine="openvino", min_score=s).detect(picture) for s in (0.85, 0.1))

    assert (few.scores >= 0.85).all()
    assert len(few) == (many.scores >= 0.85).sum()


def test_haar_knows_no_eyes_and_keeps_its_scores_within_one() -> None:
    """Eyes are NaN, so the head counts as upright."""
    found = create_detector("haar", min_score=0.0).detect(portraits(1)[0])

    assert len(found) and np.isnan(found.eyes).all()
    assert found.scores.min() >= 0 and found.scores.max() <= 1


@pytest.mark.process
def test_openvino_does_without_mediapipe_and_its_converter() -> None:
    """MediaPipe is not imported, which would take seconds and 100 MB, nor what converts networks, 0.2 s."""
    code = (
        "import sys; from models.detectors import create_detector;"
        "create_detector('blazeface', min_score=0.5, engine='openvino');"
        "sys.exit(bool({'mediapipe', 'openvino.tools.ovc'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False)

    assert done.returncode == 0


@pytest.mark.parametrize(
    ("engine", "installed", "expected"),
    [
        ("auto", True, "openvino"),
        ("auto", False, "mediapipe"),
        ("mediapipe", True, "mediapipe"),
        ("openvino", True, "openvino"),
    ],
)
def test_the_engine_is_openvino_where_it_is_installed(
    monkeypatch: pytest.MonkeyPatch, engine: str, installed: bool, expected: str
) -> None:
    """OpenVINO is the default unless another engine is requested."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n: None if n == "openvino" and not installed else find(n))

    assert check_detector("blazeface", engine=engine)[0] == BLAZEFACE[expected]


def test_a_network_of_the_users_runs_on_mediapipe(tmp_path: Path) -> None:
    """OpenVINO's results are verified only for the two networks that set-up fetches."""
    own = tmp_path / "own.tflite"
    own.write_bytes(b"network")

    assert check_detector("blazeface", model_path=str(own)) == (BLAZEFACE["mediapipe"], own)


def test_an_engine_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line names the missing engine."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="expected openvino for the detector's engine"):
        check_detector("blazeface", engine="openvino")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"detector": "dlib"}, "expected one of blazeface, haar, yunet, found 'dlib'"),
        ({"detector": "blazeface", "model": "long_range"}, "expected one of short_range, full_range, found"),
        ({"detector": "blazeface", "engine": "tpu"}, "expected an engine of auto, mediapipe, openvino, found 'tpu'"),
    ],
)
def test_what_there_is_not_is_refused(options: dict[str, str], said: str) -> None:
    """The error lists the valid names and the one found."""
    with pytest.raises(ValueError, match=said):
        create_detector(**options, min_score=0.5)


@pytest.mark.parametrize("detector", ["yunet", "blazeface"])
@pytest.mark.parametrize("path", ["nowhere.onnx", "/"])
def test_a_missing_file_is_one_clear_line(detector: str, path: str) -> None:
    """The error says what was expected, and where."""
    with pytest.raises(FileNotFoundError) as caught:
        create_detector(detector, model_path=path, min_score=0.5)

    assert str(caught.value) == f"expected the network of {detector} at model_path, found '{path}'"


def test_a_network_not_fetched_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error names `make setup`."""
    monkeypatch.setenv("EMOBOT_CACHE", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="run `make setup`"):
        create_detector("blazeface", min_score=0.5)


@pytest.mark.parametrize(
    ("detector", "engine"), [("yunet", "auto"), ("blazeface", "openvino"), ("blazeface", "mediapipe")]
)
def test_a_file_that_is_no_network_is_one_clear_line(tmp_path: Path, detector: str, engine: str) -> None:
    """The error names the file."""
    file = tmp_path / "picture.onnx"
    file.write_bytes(cv2.imencode(".png", np.zeros((8, 8), np.uint8))[1].tobytes())
    with pytest.raises(ValueError, match=rf"expected a \w+ network, found {file}") as caught:
        create_detector(detector, model_path=str(file), engine=engine, min_score=0.5)

    assert "\n" not in str(caught.value)
