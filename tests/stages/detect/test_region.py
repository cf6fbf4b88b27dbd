"""With a region, faces are detected in a part of the frame, and nothing else is different."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import stages.detect as module
from models.detectors import Detections
from models.following.alignment import crop_square
from models.following.noise import without_noise
from stages.detect import Detect
from stages.synthetic import Synthetic
from tests.support.detectors.scripted import FPS, TEXTURE, Scripted, frame, run

RIGHT = (0.5, 0.0, 0.5, 1.0)


@dataclass
class Watching(Scripted):
    """Notes what it is shown."""

    shown: list[NDArray[np.uint8]] = field(default_factory=list)

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Return the faces of the script."""
        self.shown.append(picture)
        return super().detect(picture)


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> Watching:
    """Replace the real detector."""
    scripted = Watching(places=[(100, 100)])
    monkeypatch.setattr(module, "create_detector", lambda *args, **kwargs: scripted)
    monkeypatch.setattr(module, "load_landmarks", lambda: None)
    return scripted


def test_only_the_region_is_searched(watching: Watching) -> None:
    """Boxes and crops are those of the whole frame."""
    (result,) = run(Detect(), frame(0, region=RIGHT))
    (face,) = result.faces

    assert watching.shown[0].shape == (540, 320)
    assert (watching.shown[0][:360] == TEXTURE[:360, 320:]).all()
    assert (face.box.x, face.box.y, face.box.width) == (420, 100, 80)
    assert result.crops is not None
    assert (result.crops[0] == without_noise(crop_square(TEXTURE[:360], 460, 140, 80, 48))).all()
    assert (result.width, result.height, result.region) == (640, 360, RIGHT)


def test_faces_keep_their_place_between_detections(watching: Watching) -> None:
    """Optical flow follows them in the region."""
    results = run(Detect(detect_hz=5), *(frame(n, region=RIGHT) for n in range(FPS)))

    assert watching.calls < FPS
    assert {round(face.box.x) for result in results for face in result.faces} == {420}


@pytest.mark.parametrize(("x", "inside"), [(-39, True), (-41, False), (279, True), (281, False)])
def test_a_face_belongs_to_where_its_centre_is(watching: Watching, x: float, inside: bool) -> None:
    """A face at the edge whose centre is outside is nobody, and hidden like every doubtful one."""
    watching.places = [(x, 100)]
    (result,) = run(Detect(), frame(0, region=RIGHT))

    assert len(result.faces) == inside
    assert [box.x for box in result.hidden] == ([] if inside else [320 + x])


def test_boxes_that_may_be_faces_are_hidden_at_their_place(watching: Watching) -> None:
    """A person who has just left, for example."""
    stage = Detect()
    run(stage, *(frame(n, region=RIGHT) for n in range(3)))
    watching.places = []
    (result,) = run(stage, frame(3, region=RIGHT))

    assert [(box.x, box.y) for box in result.hidden] == [(420, 100)]


@pytest.mark.slow
def test_real_networks_find_in_a_region_whom_they_find_in_the_frame() -> None:
    """The others are not there; boxes differ by what the networks' scale makes of them."""
    options: dict[str, Any] = {"width": 960, "height": 360, "fps": 10, "seconds": 0.3, "realtime": False, "faces": 3}
    frames = list(Synthetic(name="demo", **options).process(()))[:-1]
    third = (1 / 3, 0.0, 1 / 3, 1.0)
    whole = run(Detect(), *frames)
    part = run(Detect(), *(module.replace(one, region=third) for one in frames))

    for one, complete in zip(part, whole, strict=True):
        places = sorted((face.box.x, face.box.y) for face in one.faces)
        wanted = sorted((f.box.x, f.box.y) for f in complete.faces if 320 <= f.box.x + f.box.width / 2 < 640)
        assert len(complete.faces) == 3 and len(wanted) == 2
        assert np.allclose(places, wanted, atol=6)
