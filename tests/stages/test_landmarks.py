"""What the stage measures of faces."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.detectors import create_detector
from models.detectors.blazeface import BlazeFace
from models.following.alignment import face_square
from models.presence import LandmarkNetwork
from models.presence.landmarks import Landmarks as Found
from models.presence.landmarks import Square
from pipeline.config.config import parse_config
from pipeline.config.graph import build_plan
from pipeline.errors import ConfigError, EmobotError, MissingPart
from pipeline.messages import Box, Face, Frame
from stages import landmarks as module
from stages.landmarks import Landmarks, square, turn_deg
from stages.synthetic import Synthetic
from tests.models.presence.tflite import face_task
from tests.support.frames import make_face, make_frame
from tests.support.heads import opened, turn

FPS = 30
PIXELS = np.zeros((96, 64), np.uint8)
SCORES = (0.25,) * 52


@dataclass
class Scripted(LandmarkNetwork):
    """Sees a face as told, and keeps where it was asked."""

    lids: bool = True
    blendshapes: bool = False
    presence: float = 1.0
    angles: tuple[float, float, float] = (0, 0, 0)
    eyes: float = 0.3
    squares: list[Square] = field(default_factory=list)

    def find(self, picture: NDArray[np.uint8], square: Square, full_range: bool = False) -> Found:
        """Return the answer."""
        self.squares.append(square)
        points = turn(opened(self.eyes, self.eyes, 0.4), *self.angles).astype(np.float32)
        return Found(self.presence, points, SCORES if self.blendshapes else None)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """Return the network of stages made from now on."""
    network = Scripted()
    monkeypatch.setattr(module, "load_landmarks", lambda _: network)
    return network


def measure(stage: Landmarks, *frames: Frame) -> list[Frame]:
    """Return what the stage makes of frames."""
    return list(stage.process(frames))


def film(n: int, *faces: Face, **changes: Any) -> Frame:
    """Return a frame of a stream of 30 Hz with pixels."""
    return make_frame(n, faces or (make_face(1),), pixels=PIXELS, pts_ns=n * 10**9 // FPS, **changes)


def test_a_face_is_measured(network: Scripted) -> None:
    """Its pose replaces the one of the second opinion, which may be half a second old."""
    network.angles = (12, -5, 8)
    (frame,) = measure(Landmarks(), film(0, make_face(1, yaw=40.0, pitch=0.0, roll=0.0)))
    (face,) = frame.faces

    assert (face.yaw, face.pitch, face.roll) == pytest.approx((12, -5, 8), abs=1e-3)
    assert (face.eye_left, face.eye_right, face.mouth) == pytest.approx((0.3, 0.3, 0.4), abs=1e-4)
    assert (face.facing, face.blinks, face.label) == (True, None, "happy")


@pytest.mark.parametrize(
    ("angles", "facing"), [((19, 0, 60), True), ((21, 0, 0), False), ((0, -21, 0), False), ((15, 15, 0), False)]
)
def test_facing_is_one_angle(network: Scripted, angles: tuple[float, float, float], facing: bool) -> None:
    """That of the face to the camera's axis, whatever its tilt."""
    network.angles = angles
    (frame,) = measure(Landmarks(), film(0))
    assert frame.faces[0].facing is facing

    (frame,) = measure(Landmarks(facing_deg=25), film(0))
    assert frame.faces[0].facing is True


def test_the_angle_to_the_axis() -> None:
    """Of the direction, not of its parts."""
    assert turn_deg(module.Pose(0, 0, 90)) == pytest.approx(0, abs=1e-6)
    assert turn_deg(module.Pose(90, 0, 0)) == pytest.approx(90)
    assert turn_deg(module.Pose(15, 15, 0)) == pytest.approx(21.1, abs=0.1)


def test_a_covered_face_has_no_values(network: Scripted) -> None:
    """Also not those from before its hand came; others are forwarded unchanged."""
    network.presence = 0.2
    covered = make_face(1, yaw=3.0, pitch=0.0, roll=0.0)
    frames = [film(0, covered), make_frame(1), make_frame(2, [covered])]
    (first, *others) = measure(Landmarks(), *frames)

    assert (first.faces[0].yaw, first.faces[0].facing, first.faces[0].mouth) == (None, None, None)
    assert others == frames[1:]


def test_frames_say_whether_there_are_blendshapes(network: Scripted) -> None:
    """Before the first face, too, because tables and streams begin with the first frame."""
    network.blendshapes = True
    nobody, seen = measure(Landmarks(), make_frame(0, [], pixels=PIXELS), film(1))
    network.presence = 0.2
    (covered,) = measure(Landmarks(), film(2))

    assert nobody.blendshapes and seen.blendshapes and seen.faces[0].blendshapes == SCORES
    assert covered.blendshapes and covered.faces[0].blendshapes is None
    network.blendshapes, network.presence = False, 1.0
    (without,) = measure(Landmarks(), film(3))
    assert not without.blendshapes and without.faces[0].blendshapes is None


def test_only_the_largest_faces_are_measured(network: Scripted) -> None:
    """A crowd costs no more than its limit; the order stays."""
    faces = [make_face(n, box=Box(x=0, y=0, width=9 * n, height=9 * n)) for n in (1, 3, 2)]
    (frame,) = measure(Landmarks(max_faces=2), film(0, *faces))

    assert [(face.track, face.facing) for face in frame.faces] == [(1, None), (3, True), (2, True)]


def test_crops_are_turned_by_the_last_tilt(network: Scripted) -> None:
    """Of the same person, half a second at most."""
    stage, face = Landmarks(), make_face(1, roll=30.0, yaw=0.0, pitch=0.0)
    network.angles = (0, 0, 20)
    measure(stage, film(0, face), film(1, face), film(30, face))
    measure(stage, film(31, make_face(2)))

    assert [one.roll for one in network.squares] == pytest.approx([30, 20, 30, 0], abs=1e-3)


def test_the_square_is_that_of_the_second_opinion() -> None:
    """For boxes of the detector in use, from the face's own square."""
    box = np.array([100, 60, 80, 90], np.float32)
    x, y, width, height = (float(value) for value in box)
    face = make_face(1, box=Box(x=x, y=y, width=width, height=height), size=face_square(box, BlazeFace.framing)[2])
    (at_x, at_y, side, roll), other = square(face, 7.0), Square.around(box, 7.0, BlazeFace.framing)

    assert (at_x, at_y, roll) == pytest.approx((other.x, other.y, 7), abs=0.01)
    assert side == pytest.approx(1.5 * 85, abs=0.01)


@pytest.mark.parametrize(
    ("lids", "angles", "blinks"), [(True, (0, 0, 0), 1), (False, (0, 0, 0), None), (True, (35, 0, 0), None)]
)
def test_blinks_need_eyelids_that_can_be_seen(
    network: Scripted, lids: bool, angles: tuple[float, float, float], blinks: int | None
) -> None:
    """Those of the network that set-up fetches hardly move; a head that is turned away hides an eye."""
    network.lids, network.angles = lids, angles
    stage, found = Landmarks(), None
    for n in range(90):
        network.eyes = 0.1 if 60 <= n < 65 else 0.3
        found = measure(stage, film(n))[0].faces[0].blinks

    assert found == blinks


def test_people_of_a_new_count_start_again(network: Scripted) -> None:
    """The same number is another person then."""
    stage = Landmarks()
    for n in range(60):
        network.eyes = 0.1 if 40 <= n < 44 else 0.3
        (frame,) = measure(stage, film(n))
    assert frame.faces[0].blinks == 1
    assert measure(stage, film(60, counted_ns=5))[0].faces[0].blinks is None
    measure(stage, make_frame(61, state="ended"))


def test_it_runs_only_with_its_table() -> None:
    """Between detect and emotion; a network that is not there is a mistake of the table."""
    tables: dict[str, Any] = {"camera": {"hall": {"source": "demo"}}, "output": {"e": {"kind": "events"}}}
    assert "landmarks" not in [node.name for node in build_plan(parse_config(tables)).nodes]
    plan = build_plan(parse_config({**tables, "landmarks": {"facing_deg": 15}}))
    assert [node.name for node in plan.nodes][1:4] == ["detect", "landmarks", "emotion"]
    assert plan["landmarks"].pixels == "read" and plan["detect"].to == ("landmarks",)

    with pytest.raises(ConfigError, match=r"\[landmarks\] expected the landmark network nowhere\.task, found nothing"):
        build_plan(parse_config({**tables, "landmarks": {"model_path": "nowhere.task"}}))
    with pytest.raises(EmobotError, match="facing_deg"):
        build_plan(parse_config({**tables, "landmarks": {"facing_deg": 0}}))


def test_a_file_that_is_no_network_is_one_line(tmp_path: Any) -> None:
    """Whichever it says it is."""
    for name in ("some.task", "some.tflite"):
        (tmp_path / name).write_bytes(b"no network")
        with pytest.raises(ConfigError, match=rf"model_path: expected the landmark network, found .*{name}"):
            Landmarks(model_path=str(tmp_path / name))
    with pytest.raises(MissingPart, match="found nothing"):
        Landmarks(model_path=str(tmp_path / "none.task"))
    assert Landmarks(model_path=str(face_task(tmp_path / "good.task"))).counts == {"measured_faces": 0}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("change", "signs", "limit"), [("rotated", (1, 1, 1), 2.0), ("mirrored", (-1, 1, -1), 5.0)])
def test_portraits_are_measured_as_they_are_turned(
    seed: int, change: str, signs: tuple[int, int, int], limit: float
) -> None:
    """The demo's people, over five frames: tilted by 15 degrees, and mirrored, which also swaps the eyes."""

    def changed(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if change == "mirrored":
            return np.ascontiguousarray(rgb[:, ::-1])
        matrix = cv2.getRotationMatrix2D((320, 240), -15, 1.0)
        return np.asarray(cv2.warpAffine(rgb, matrix, (640, 480), borderMode=cv2.BORDER_REPLICATE), np.uint8)

    source = Synthetic(name="demo", width=640, height=480, size=0.5, seed=seed, realtime=False)
    detector, stage = create_detector("blazeface", min_score=0.5), Landmarks()

    def median(edit: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> NDArray[np.float64]:
        rows = []
        for seq in range(0, 250, 50):
            rgb = edit(np.asarray(cv2.cvtColor(source.draw(seq), cv2.COLOR_YUV2RGB_I420), np.uint8))
            pixels = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8)
            x, y, width, height = (float(value) for value in detector.detect(pixels).boxes[0])
            box = Box(x=x, y=y, width=width, height=height)
            # asked twice, so that the crop is turned upright as in a stream
            for n in range(2):
                frame = make_frame(seq + n, [make_face(1, box=box)], pixels=pixels)
                (frame,) = measure(stage, frame)
            face = frame.faces[0]
            rows.append([face.yaw, face.pitch, face.roll, face.eye_left, face.eye_right])
        return np.array(rows, np.float64)

    before, after = median(lambda rgb: rgb), median(changed)
    expected = before[:, :3] * signs + ((0, 0, 15) if change == "rotated" else (0, 0, 0))
    error = np.median(after[:, :3] - expected, axis=0)

    assert abs(error[2]) < limit and np.abs(error).max() < 5
    assert np.abs(before[:, 1]).max() < 30  # not 180
    eyes = before[:, [4, 3]] if change == "mirrored" else before[:, 3:]
    assert np.abs(np.median(after[:, 3:] - eyes, axis=0)).max() < 0.05
    assert (before[:, 3:] > 0.1).all() and (before[:, 3:] < 0.5).all()
