"""From which size faces are found is computed from the options, and it is what the detectors do."""

import math
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks.range.planes import empty, planes, scale_into
from models.detectors import create_detector
from models.sight import FACE_M, REACHES, distance_m, largest_px, smallest_px
from pipeline.config.options import stage_keys
from stages.detect import Detect
from stages.synthetic import Synthetic

DEFAULTS = {name: key.default for name, key in stage_keys(Detect).items()}


@pytest.mark.parametrize(
    ("size", "changes", "smallest"),
    [
        ((1920, 1080), {}, 125.0),
        ((1080, 1920), {}, 125.0),
        ((3840, 2160), {}, 250.0),
        ((1920, 1080), {"min_face_px": 200.0}, 200.0),
        # frames are never scaled up
        ((160, 120), {"min_face_px": 0.0}, 12.5),
        ((1280, 720), {"detector": "haar"}, 48.0),
    ],
)
def test_the_smallest_face(size: tuple[int, int], changes: dict[str, Any], smallest: float) -> None:
    """It grows with the frame, and no face below the user's limit is found."""
    assert smallest_px(*size, DEFAULTS | changes) == pytest.approx(smallest)


@pytest.mark.parametrize("size", [(640, 480), (1920, 1080), (3840, 2160)])
def test_with_tiles_the_frame_does_not_matter(size: tuple[int, int]) -> None:
    """Then the user's limit decides, down to what the network can find at all."""
    assert smallest_px(*size, DEFAULTS | {"min_face_px": 24.0}, tiles=True) == 24.0
    assert smallest_px(*size, DEFAULTS | {"min_face_px": 0.0}, tiles=True) == 12.5


@pytest.mark.parametrize("detector", ["blazeface", "haar", "yunet"])
@pytest.mark.parametrize("model", ["full_range", "short_range"])
def test_every_detector_has_its_reach(detector: str, model: str) -> None:
    """The smallest face is smaller than the largest, which fits into the frame."""
    options = DEFAULTS | {"detector": detector, "model": model}

    assert 0 < smallest_px(1280, 720, options) < largest_px(1280, 720, options) <= 720


def test_the_distance_is_that_of_a_pinhole() -> None:
    """At 90 degrees a frame is as wide as twice the distance; twice the size is half as far."""
    assert distance_m(90, 1000, 1000) == pytest.approx(FACE_M / 2)
    assert distance_m(90, 1000, 50) == pytest.approx(10 * FACE_M)
    assert distance_m(60, 1920, 100) == pytest.approx(2 * distance_m(60, 1920, 200))
    assert distance_m(2 * math.degrees(math.atan(0.5)), 1000, 1000) == pytest.approx(FACE_M)


@pytest.mark.parametrize("model", ["full_range", "short_range"])
def test_the_network_finds_what_is_in_its_reach(model: str) -> None:
    """Demo faces in the middle of a frame: found a little inside the reach, not at half its smallest."""
    portrait = Synthetic(name="x", width=640, height=640, size=0.5, realtime=False).draw(0)
    detector = create_detector("blazeface", model, min_score=0.5)
    (box,) = create_detector("blazeface", "full_range", min_score=0.5).detect(portrait).boxes
    reach = REACHES[model]

    def found(side: float) -> bool:
        """Show the face at a size, as a fraction of the frame's side."""
        scale = side * 768 / box[2:].mean()
        shown = max(2, round(640 * scale / 2) * 2)
        placed = np.full((768 * 3 // 2, 768), 128, np.uint8)
        small = empty(shown, shown)
        scale_into(portrait, small)
        x, y = (round((box[i] + box[2 + i] / 2) * scale / 2) * 2 - 384 for i in (0, 1))
        for step, source, target in zip((1, 2, 2), planes(small), planes(placed), strict=True):
            move = np.array([[1.0, 0, -x / step], [0, 1.0, -y / step]])
            cv2.warpAffine(source, move, target.shape[::-1], dst=target, borderMode=cv2.BORDER_REPLICATE)
        return len(detector.detect(placed)) == 1

    assert found(1.15 * reach.smallest_px / reach.input_px)
    assert found(0.9 * reach.largest)
    assert not found(0.5 * reach.smallest_px / reach.input_px)
