"""What the second opinion refuses is nobody, and poses travel with faces."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

import stages.detect as module
from models.presence import LandmarkNetwork
from models.presence.landmarks import Landmarks, Square
from stages.detect import Detect
from stages.synthetic import Synthetic
from tests.support.detectors.scripted import FPS, Scripted, frame, run
from tests.support.heads import turned


@dataclass
class Doubtful(LandmarkNetwork):
    """Sees a face that looks to the right, or none."""

    presence: float = 1.0
    squares: list[Square] = field(default_factory=list)

    def find(self, picture: NDArray[np.uint8], square: Square, full_range: bool = False) -> Landmarks:
        """Return the answer."""
        self.squares.append(square)
        return Landmarks(self.presence, turned(25, -5, 8).astype(np.float32))


def test_what_the_second_opinion_refuses_is_only_hidden(detector: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no number, no crop and no event; where faces are blurred it is blurred, like every doubtful face."""
    network = Doubtful(presence=0.1)
    monkeypatch.setattr(module, "load_landmarks", lambda: network)
    detector.tilt = np.radians(40)
    stage = Detect(min_presence=0.2)
    (before,) = run(stage, frame(0))
    network.presence = 0.3
    after = run(stage, *(frame(n) for n in range(1, FPS)))[-1]

    assert (before.faces, before.crops) == ((), None)
    assert [(box.x, box.y, box.width, box.height) for box in before.hidden] == [(100, 100, 80, 80)]
    assert network.squares[0] == pytest.approx((140, 140 + 0.09 * 80 * (1 / 1.17), 1.5 * 80 / 1.17, 40), abs=0.1)
    assert [face.track for face in after.faces] == [1] and not after.hidden
    assert (after.faces[0].yaw, after.faces[0].pitch, after.faces[0].roll) == pytest.approx((25, -5, 8), abs=1e-4)
    assert stage.counts["refused_faces"] >= 1


def test_a_covered_face_is_not_classified(detector: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its person stays meanwhile; the hand tells nothing about them."""
    network = Doubtful()
    monkeypatch.setattr(module, "load_landmarks", lambda: network)
    stage = Detect()
    run(stage, *(frame(n) for n in range(FPS)))
    network.presence = 0.0
    result = run(stage, *(frame(n) for n in range(FPS, 3 * FPS // 2)))[-1]

    assert [(face.track, face.crop, face.yaw, face.seen) for face in result.faces] == [(1, None, None, "uncertain")]
    assert result.crops is None


@pytest.mark.slow
def test_a_recording_has_the_same_faces_each_time() -> None:
    """Their poses, too: opinions follow the stream's time."""
    frames = list(Synthetic(name="demo", width=640, height=360, fps=10, seconds=1.5, realtime=False).process(()))[:-1]
    first, second = (run(Detect(), *frames) for _ in range(2))

    assert [result.faces for result in first] == [result.faces for result in second]
    assert all(face.yaw is not None for result in first for face in result.faces)


@pytest.mark.slow
def test_without_its_network_there_is_no_second_opinion(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line says why; faces are found as before."""

    def missing() -> LandmarkNetwork:
        raise FileNotFoundError("expected the landmark network x, found nothing: run `make setup`")

    monkeypatch.setattr(module, "load_landmarks", missing)
    frames = list(Synthetic(name="demo", width=640, height=360, seconds=0.1, realtime=False).process(()))[:-1]
    results = run(Detect(), *frames)

    assert all(len(result.faces) == 1 for result in results)
    assert "no second opinion on faces: expected the landmark network x" in caplog.text
