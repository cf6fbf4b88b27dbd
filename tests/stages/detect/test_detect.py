"""The detect stage gives faces numbers and crops, camera by camera, and keeps frames in order."""

import time
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

import stages.detect as module
import stages.emotion as emotion_module
from models.engines import Network
from models.following.alignment import crop_square
from models.following.noise import without_noise
from pipeline.errors import ConfigError, MissingPart
from pipeline.messages import EMOTIONS
from stages.detect import LIVE_CLASSIFY_HZ, LIVE_DETECT_HZ, Detect
from stages.emotion import Emotion
from stages.synthetic import Synthetic
from tests.support.detectors.scripted import FPS, TEXTURE, Scripted, frame, run


def test_a_face_has_its_box_its_number_and_its_crop(detector: Scripted) -> None:
    """The crop is cut out of the luma, in the size asked for; its square and sharpness are said."""
    (result,) = run(Detect(crop_size=64), frame(0))
    (face,) = result.faces

    assert (face.box.x, face.box.y, face.box.width, face.box.height) == (100, 100, 80, 80)
    assert (face.track, face.crop, face.size) == (1, 0, 80)
    assert face.score == pytest.approx(0.9)
    assert face.sharpness > 100
    assert result.crops is not None and result.crops.shape == (1, 64, 64)
    raw = crop_square(TEXTURE[:360], 140, 140, 80, 64)
    assert (result.crops[0] == without_noise(raw)).all() and (result.crops[0] != raw).any()  # the texture is noise


def test_a_face_says_how_it_was_seen(detector: Scripted) -> None:
    """In a frame on which the detector ran, or moved by optical flow since."""
    results = run(Detect(detect_hz=5), *(frame(n) for n in range(FPS)))

    assert [face.seen for face in results[0].faces] == ["detected"]
    assert [face.seen for result in results for face in result.faces].count("detected") == detector.calls < FPS


def test_a_tilted_head_is_turned_upright(detector: Scripted) -> None:
    """Its crop is rotated by the line through the eyes."""
    detector.tilt = np.radians(40)
    (result,) = run(Detect(), frame(0))

    assert result.crops is not None
    assert (result.crops[0] == without_noise(crop_square(TEXTURE[:360], 140, 140, 80, 48, 40.0))).mean() > 0.99


def test_a_picture_of_nobody_has_no_crops(detector: Scripted) -> None:
    """`crops` is None, not an empty array."""
    detector.places = []
    (result,) = run(Detect(), frame(0))

    assert result.faces == () and result.crops is None


def test_frames_without_a_picture_pass(detector: Scripted) -> None:
    """They keep their place and change only in `counted_ns`."""
    states = [frame(0), frame(1, state="stalled", pixels=None), frame(2), frame(3, state="ended", pixels=None)]
    results = run(Detect(), *states)

    assert [(r.seq, r.state) for r in results] == [(0, "live"), (1, "stalled"), (2, "live"), (3, "ended")]
    assert [replace(results[n], counted_ns=0) for n in (1, 3)] == [states[1], states[3]]


def test_cameras_mix_and_keep_their_own_people(detector: Scripted) -> None:
    """Numbers count from one in each, whatever the other shows; the order of frames stays."""
    frames = [frame(n, camera) for n in range(4) for camera in ("hall", "door")]
    results = run(Detect(), *frames)

    assert [(r.camera, r.seq) for r in results] == [(f.camera, f.seq) for f in frames]
    assert {face.track for r in results for face in r.faces} == {1}


def test_who_is_counted_anew_can_be_told(detector: Scripted) -> None:
    """Each frame says from which picture its people are counted, also one without a picture."""
    before = run(Detect(), frame(0), frame(1), frame(2, state="stalled", pixels=None), frame(3))
    after = run(Detect(), frame(4, state="stalled", pixels=None), frame(5), frame(6, run=2))

    assert {result.start for result in before} == {(1, before[0].captured_ns)}
    assert [result.start for result in after] == [(1, 0), (1, after[1].captured_ns), (2, after[2].captured_ns)]
    assert len({result.since_ns for result in (before[0], *after)}) == 4


@pytest.mark.parametrize("start", ["run", "ended"])
def test_a_new_run_knows_nobody(detector: Scripted, start: str) -> None:
    """The camera's state is discarded, also within a batch."""
    stage = Detect()
    detector.places = [(100, 100), (300, 100)]
    run(stage, frame(0))
    detector.places = [(300, 100)]
    if start == "run":
        results = run(stage, frame(1, run=2))
    else:
        results = run(stage, frame(1, state="ended", pixels=None), frame(2))

    assert [face.track for face in results[-1].faces] == [1]


@pytest.mark.parametrize(
    ("options", "landmarks", "finder"),
    [({}, True, 0.2), ({"min_score": 0.8}, True, 0.32), ({}, False, 0.35), ({"second_opinion": False}, True, 0.35)],
)
def test_faint_faces_are_candidates_where_the_landmark_network_judges_them(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], landmarks: bool, finder: float
) -> None:
    """Known faces need more."""
    lowest: dict[str, float] = {}

    def create(detector: str, model: str, *, min_score: float, **_: Any) -> Scripted:
        lowest[model] = min_score
        return Scripted()

    monkeypatch.setattr(module, "create_detector", create)
    monkeypatch.setattr(module, "load_landmarks", lambda: object() if landmarks else None)
    Detect(**options)

    known = 0.7 * options.get("min_score", 0.5)
    assert lowest == {"full_range": pytest.approx(finder), "short_range": pytest.approx(known)}


@pytest.mark.parametrize(
    ("options", "lossless", "detections"),
    [
        ({}, True, FPS),
        ({}, False, LIVE_DETECT_HZ),
        ({"detect_hz": 0.0}, False, FPS),
        ({"detect_hz": 10.0}, True, 10),
    ],
)
def test_recordings_are_searched_throughout_and_cameras_on_schedule(
    detector: Scripted, options: dict[str, float], lossless: bool, detections: float
) -> None:
    """By default; every frame has its face, and detections and crops are counted."""
    stage = Detect(**options)
    results = run(stage, *(frame(n, lossless=lossless) for n in range(FPS)))

    assert [[face.track for face in r.faces] for r in results] == [[1]] * FPS
    assert detector.calls == pytest.approx(detections, abs=1)
    assert stage.counts["detections"] == detector.calls
    assert stage.counts["faces"] == FPS


@pytest.mark.parametrize(
    ("options", "lossless", "looks"),
    [({}, True, 2 * FPS), ({}, False, FPS / 2 + 1.5 * LIVE_CLASSIFY_HZ), ({"classify_hz": 2.0}, True, FPS / 2 + 3)],
)
def test_calm_faces_are_classified_on_schedule(
    detector: Scripted, options: dict[str, float], lossless: bool, looks: float
) -> None:
    """Every frame for half a second, then at the rate; each crop belongs to the face that refers to it."""
    stage = Detect(**options)
    results = run(stage, *(frame(n, lossless=lossless) for n in range(2 * FPS)))

    assert stage.counts["crops"] == pytest.approx(looks, abs=2)
    for result in results:
        named = [face.crop for face in result.faces if face.crop is not None]
        assert named == list(range(0 if result.crops is None else len(result.crops)))


class Full:
    """A machine that is full from the second picture on."""

    def __init__(self) -> None:
        self.noted: list[float] = []

    def note(self, age_s: float, now_s: float) -> int:
        """Take in an age."""
        self.noted.append(age_s)
        return 3 if len(self.noted) > 1 else 0


@pytest.mark.parametrize(("lossless", "adaptive", "step"), [(False, True, 3), (False, False, 0), (True, True, 0)])
def test_a_full_machine_searches_and_classifies_half_as_often(
    detector: Scripted, monkeypatch: pytest.MonkeyPatch, lossless: bool, adaptive: bool, step: int
) -> None:
    """Only live cameras, only if allowed; frames carry the level; late frames are recognised."""
    full = Full()
    monkeypatch.setattr(module, "LoadShedder", lambda: full)
    stage = Detect(adaptive=adaptive, detect_hz=6.0, classify_hz=6.0)
    late = time.time_ns() - 10**9
    results = run(stage, *(replace(frame(n, lossless=lossless), captured_ns=late) for n in range(2 * FPS)))

    assert [result.saving for result in results] == [0] + [step] * (2 * FPS - 1)
    assert detector.calls == pytest.approx(6 if step else 12, abs=1)
    assert stage.counts["crops"] == pytest.approx(FPS / 2 + 1.5 * (3 if step else 6), abs=2)
    assert len(full.noted) == (2 * FPS if adaptive and not lossless else 0)
    assert all(1 <= age_s < 60 for age_s in full.noted)


def test_a_face_keeps_its_label_while_nobody_looks_at_it(detector: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people with different faces: each keeps their own emotion in every frame, with a crop and without one."""

    class ByBrightness:
        name, device, precision = "by brightness", "CPU", "f32"

        def predict(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
            index = np.where(crops.mean(axis=(1, 2)) > 127, EMOTIONS.index("happy"), EMOTIONS.index("sad"))
            return np.eye(7, dtype=np.float32)[index] * 0.9 + np.float32(0.1 / 7)

        def warm(self) -> None:
            pass

    network = Network(name="n", path=None, sha256="0" * 16, size=48, labels=EMOTIONS, head="fer2013")  # type: ignore[arg-type]
    monkeypatch.setattr(emotion_module, "load_network", lambda *args: network)
    monkeypatch.setattr(emotion_module, "create_engine", lambda *args, **kwargs: ByBrightness())
    pixels = TEXTURE.copy()
    pixels[:360, :320] += 60
    pixels[:360, 320:] -= 55
    detector.places = [(100, 100), (400, 100)]
    finder, classifier = Detect(detect_hz=5.0, classify_hz=5.0), Emotion()
    unseen = 0
    for n in range(3 * FPS):
        (found,) = finder.process([frame(n, pixels=pixels, lossless=False)])
        (result,) = classifier.process([found])
        shown = {face.box.x > 320: face for face in result.faces}

        assert (shown[False].label, shown[True].label) == ("happy", "sad")
        assert shown[False].confidence > 0.8 and shown[True].confidence > 0.8
        unseen += shown[False].raw is None

    assert unseen > FPS


def test_the_detector_is_released(detector: Scripted) -> None:
    """MediaPipe fails noisily otherwise."""
    stage = Detect()
    stage.close()

    assert detector.closed


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"engine": "openvino"}, {"engine": "mediapipe"}, {}])
def test_the_demo_has_two_people_all_along(options: dict[str, Any]) -> None:
    """With every engine, and on a live camera's schedule: the same two numbers in every frame."""
    stage = Detect(**options)
    frames = Synthetic(name="demo", width=960, height=540, faces=2, fps=15, seconds=2, realtime=False).process(())
    results = [result for f in frames for result in stage.process([replace(f, lossless=False)])]
    stage.close()

    assert [sorted(face.track for face in r.faces) for r in results[:-1]] == [[1, 2]] * 30


def test_what_is_not_there_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Before anything starts, and also by the stage itself."""
    for refuse in (Detect.check, Detect):
        with pytest.raises(MissingPart, match="expected the network of yunet at model_path, found 'yunet.onnx'"):
            refuse(detector="yunet", model_path="yunet.onnx")
        with pytest.raises(ConfigError, match="detector: expected one of blazeface, haar, yunet, found 'dlib'"):
            refuse(detector="dlib")
    monkeypatch.setenv("EMOBOT_CACHE", str(tmp_path))
    with pytest.raises(MissingPart, match="run `make setup`"):
        Detect.check()


def test_a_file_that_is_no_network_is_refused_in_one_line(tmp_path: Any) -> None:
    """It is a mistake in the config, which starting again does not mend."""
    (tmp_path / "yunet.onnx").write_bytes(b"no network")
    with pytest.raises(ConfigError, match="model_path: expected a YuNet network, found"):
        Detect(detector="yunet", model_path=str(tmp_path / "yunet.onnx"))


@pytest.mark.slow
def test_far_faces_of_a_wide_frame_are_found() -> None:
    """Two of some 30 pixels in 1080p, which the whole frame, scaled to the network's input, does not show."""
    camera = Synthetic(name="far", width=1920, height=1080, faces=2, size=0.04, realtime=False, seconds=0.2)
    results = [r for r in run(Detect(), *camera.process(())) if r.pixels is not None]

    assert [len(r.faces) for r in results] == [2] * len(results)
    assert all(face.box.width < 40 for r in results for face in r.faces)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"engine": "mediapipe"}, {"detector": "haar", "min_face_px": 60.0}])
def test_other_detectors_search_by_the_same_plan(options: dict[str, Any]) -> None:
    """A face of a size that they see, in every frame."""
    camera = Synthetic(name="near", width=1280, height=720, faces=1, size=0.4, realtime=False, seconds=0.2)
    stage = Detect(**options)
    results = [r for r in run(stage, *camera.process(())) if r.pixels is not None]
    stage.close()

    assert [len(r.faces) for r in results][1:] == [1] * (len(results) - 1)
