"""The emotion stage gives every face the network's word on its own crop, and nobody else's."""

from dataclasses import dataclass, field

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import stages.emotion as module
from models.engines import Network
from pipeline.errors import ConfigError
from pipeline.messages import EMOTIONS, Box, Face, Frame
from stages.emotion import FORGET_S, Emotion

SIZE = 8


@dataclass
class ReadingEngine:
    """An engine that reads a face's emotion off the gray level of its crop: 10 x index + strength."""

    batches: list[int] = field(default_factory=list)
    warmed: bool = False
    broken: bool = False

    name, device, precision = "reading", "CPU", "f32"

    def predict(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return 0.55 + strength / 100 at the index a crop shows, the rest spread evenly."""
        if self.broken:
            raise RuntimeError("out of memory")
        self.batches.append(len(crops))
        rows = np.empty((len(crops), 7), np.float32)
        for row, crop in zip(rows, crops, strict=True):
            index, strength = divmod(int(crop[0, 0]), 10)
            row[:] = (0.45 - strength / 100) / 6
            row[index] = 0.55 + strength / 100
        return rows

    def warm(self) -> None:
        """Note that it was warmed."""
        self.warmed = True


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> ReadingEngine:
    """Replace the real engine by the reading one."""
    return install(monkeypatch)


def install(monkeypatch: pytest.MonkeyPatch, labels: tuple[str, ...] = EMOTIONS) -> ReadingEngine:
    """Let the stage find a small network and the reading engine."""
    engine = ReadingEngine()
    network = Network(name="tiny", path=None, sha256="0123456789abcdef", size=SIZE, labels=labels, head="fer2013")  # type: ignore[arg-type]
    monkeypatch.setattr(module, "load_network", lambda model, head: network)
    monkeypatch.setattr(module, "create_engine", lambda *args, **kwargs: engine)
    return engine


def make_frame(faces: list[tuple[int, str | None]], **changes: object) -> Frame:
    """Return a frame with one face per (track, emotion shown; None for no crop), its crops in reversed order."""
    shown = [i for i, (_, emotion) in enumerate(faces) if emotion is not None][::-1]
    crops = np.zeros((len(shown), SIZE, SIZE), np.uint8)
    for crop, i in zip(crops, shown, strict=True):
        crop[:] = 10 * EMOTIONS.index(faces[i][1]) + faces[i][0] % 10  # type: ignore[arg-type]
    made = tuple(
        Face(
            track=track,
            box=Box(x=0, y=0, width=50, height=50),
            score=0.9,
            crop=shown.index(i) if i in shown else None,
            size=58.0,
            sharpness=500.0,
        )
        for i, (track, _) in enumerate(faces)
    )
    frame = Frame(camera="hall", width=640, height=480, faces=made, crops=crops if shown else None)
    return msgspec.structs.replace(frame, **changes)


def labels_of(frame: Frame) -> dict[int, str]:
    """Return the label per track."""
    return {face.track: face.label for face in frame.faces}


def test_every_face_gets_the_word_on_its_own_crop(engine: ReadingEngine) -> None:
    """In a batch over several cameras, with crops in another order than the faces, nothing is mixed up."""
    stage = Emotion()
    assert engine.warmed

    frames = [
        make_frame([(1, "happy"), (2, None), (3, "sad")], camera="a"),
        make_frame([], camera="b"),
        make_frame([(1, "fear"), (2, "angry"), (4, "neutral")], camera="c"),
        make_frame([(1, "sad")], camera="a", pts_ns=10**8),
    ]
    out = list(stage.process(frames))

    assert engine.batches == [6]
    assert [frame.camera for frame in out] == ["a", "b", "c", "a"]
    assert labels_of(out[0]) == {1: "happy", 2: "uncertain", 3: "sad"}
    assert labels_of(out[2]) == {1: "fear", 2: "angry", 4: "neutral"}
    assert labels_of(out[3]) == {1: "happy"}  # one odd look changes nothing
    for before, after in zip(frames, out, strict=True):
        assert after.crops is None
        assert after.model == "tiny-01234567"
        for face, seen in zip(before.faces, after.faces, strict=True):
            assert seen.track == face.track
            assert (seen.raw is None) == (face.crop is None)
            if seen.raw is not None:
                assert max(seen.raw) == pytest.approx(0.55 + face.track / 100, abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(1, 9), st.none() | st.sampled_from(EMOTIONS)), unique_by=lambda face: face[0]),
        min_size=1,
        max_size=6,
    )
)
def test_no_mixture_whatever_the_batch(scenes: list[list[tuple[int, str | None]]]) -> None:
    """For any faces of any number of cameras, a first classification reaches the face it belongs to."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        install(monkeypatch)
        frames = [make_frame(scene, camera=f"c{i}") for i, scene in enumerate(scenes)]
        for scene, frame in zip(scenes, Emotion().process(frames), strict=True):
            assert labels_of(frame) == {track: emotion or "uncertain" for track, emotion in scene}


def test_labels_in_another_order_are_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model with its classes in another order still fills the seven in the order of the vocabulary."""
    install(monkeypatch, labels=EMOTIONS[::-1])
    (frame,) = Emotion().process([make_frame([(1, "angry")])])

    assert frame.faces[0].label == "neutral"


def test_a_face_without_a_crop_keeps_what_is_believed(engine: ReadingEngine) -> None:
    """It keeps label, confidence and fused probabilities, and has no raw ones."""
    stage = Emotion()
    (first,) = stage.process([make_frame([(7, "surprise")])])
    (second,) = stage.process([make_frame([(7, None)], pts_ns=33_000_000)])

    assert second.faces[0].raw is None
    assert second.faces[0].label == "surprise"
    assert second.faces[0].fused == first.faces[0].fused
    assert second.faces[0].confidence == pytest.approx(0.62)
    assert engine.batches == [1]


@pytest.mark.parametrize("start", [{"run": 2}, {"run": 1, "counted_ns": 7}])
def test_another_start_starts_anew(engine: ReadingEngine, start: dict[str, int]) -> None:
    """After a restart of the source or of tracking, a person shares nothing with the earlier owner of the number."""
    stage = Emotion()
    list(stage.process([make_frame([(1, "happy")], run=1)]))
    (frame,) = stage.process([make_frame([(1, "sad")], **start)])

    assert frame.faces[0].label == "sad"
    assert frame.faces[0].fused == pytest.approx(frame.faces[0].raw)


def test_cameras_share_nothing(engine: ReadingEngine) -> None:
    """Track 1 of one camera is another person than track 1 of another."""
    stage = Emotion()
    for i in range(20):
        frames = [
            make_frame([(1, "happy")], camera="a", pts_ns=i * 10**8),
            make_frame([(1, "sad")], camera="b", pts_ns=i * 10**8),
        ]
        a, b = stage.process(frames)

    assert a.faces[0].fused[3] == pytest.approx(0.56, abs=0.01)  # type: ignore[index]
    assert b.faces[0].fused[4] == pytest.approx(0.56, abs=0.01)  # type: ignore[index]


def test_memory_is_bounded(engine: ReadingEngine) -> None:
    """Tracks that are gone and cameras that have ended are forgotten."""
    stage = Emotion()
    for i in range(500):
        list(stage.process([make_frame([(i + 1, "happy")], pts_ns=i * 10**8)]))

    assert len(stage.cameras["hall"].tracks) <= 10 * FORGET_S + 1

    list(stage.process([Frame(camera="hall", state="ended")]))

    assert len(stage.cameras) == 0


def test_a_frame_without_picture_passes_unchanged(engine: ReadingEngine) -> None:
    """Only live frames are classified."""
    frames = [Frame(camera="hall", state=state) for state in ("connecting", "stalled", "offline", "ended")]

    assert list(Emotion().process(frames)) == frames
    assert engine.batches == []


@pytest.mark.parametrize("crop", [-1, 1, 99])
def test_a_crop_that_is_not_there_is_refused(engine: ReadingEngine, crop: int) -> None:
    """An index outside the crops is an error, never another face's picture."""
    frame = make_frame([(1, "happy")])
    frame = msgspec.structs.replace(frame, faces=(msgspec.structs.replace(frame.faces[0], crop=crop),))

    with pytest.raises(ValueError, match="expected a crop below 1"):
        list(Emotion().process([frame]))


def test_crops_of_another_size_are_refused(engine: ReadingEngine) -> None:
    """The message names the size expected, the size found and the camera."""
    frame = make_frame([(1, "happy")], crops=np.zeros((1, 64, 64), np.uint8))

    with pytest.raises(ConfigError, match=r"8 x 8 .*found 64 x 64, from camera hall"):
        list(Emotion().process([frame]))


def test_a_failed_batch_can_be_tried_again(engine: ReadingEngine) -> None:
    """When the engine fails no belief has changed yet, so the runner's second try counts every look once."""
    stage = Emotion()
    engine.broken = True
    with pytest.raises(RuntimeError):
        list(stage.process([make_frame([(1, "happy")])]))
    engine.broken = False
    (frame,) = stage.process([make_frame([(1, "sad")])])

    assert frame.faces[0].fused == pytest.approx(frame.faces[0].raw)


def test_small_and_blurred_faces_are_uncertain(engine: ReadingEngine) -> None:
    """Size and sharpness measured by detection decide about `uncertain`."""
    frame = make_frame([(1, "happy"), (2, "happy"), (3, "happy")])
    small, blurred, good = frame.faces
    faces = (
        msgspec.structs.replace(small, size=15.0),
        msgspec.structs.replace(blurred, sharpness=2.0),
        good,
    )
    (out,) = Emotion().process([msgspec.structs.replace(frame, faces=faces)])

    assert labels_of(out) == {1: "uncertain", 2: "uncertain", 3: "happy"}


def test_faces_turned_away_are_uncertain_and_keep_their_raw_answer(engine: ReadingEngine) -> None:
    """Yaw and pitch decide, roll does not: the crop is turned upright."""
    frame = make_frame([(n, "happy") for n in range(1, 6)])
    turns: list[dict[str, float]] = [{"yaw": 80.0}, {"pitch": -80.0}, {"roll": 80.0}, {"yaw": -10.0, "pitch": 10.0}, {}]
    faces = tuple(msgspec.structs.replace(face, **turn) for face, turn in zip(frame.faces, turns, strict=True))
    (out,) = Emotion().process([msgspec.structs.replace(frame, faces=faces)])

    assert list(labels_of(out).values()) == ["uncertain", "uncertain", "happy", "happy", "happy"]
    assert all(face.raw is not None and face.raw[EMOTIONS.index("happy")] > 0.5 for face in out.faces)
    assert [(face.yaw, face.pitch, face.roll) for face in out.faces] == [
        (turn.get("yaw"), turn.get("pitch"), turn.get("roll")) for turn in turns
    ]


def test_bad_options_are_configuration_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option out of range, and a model that is not there, are one line each."""
    install(monkeypatch)
    with pytest.raises(ConfigError, match=r"expected margin between 0 and 1, found 2, in the options of emotion"):
        Emotion(margin=2)

    def missing(model: str, head: str) -> Network:
        raise FileNotFoundError(f"expected a model, found no {model}")

    monkeypatch.setattr(module, "load_network", missing)
    with pytest.raises(ConfigError, match="found no better"):
        Emotion(model="better")
