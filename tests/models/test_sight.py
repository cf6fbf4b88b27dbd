"""From which size faces are found is computed from the options, and it is what the detectors do."""

import math
from typing import Any

import pytest

from benchmarks.range.planes import square
from benchmarks.range.sources import Clip
from benchmarks.range.truth import Spot, find_faces
from models.detectors import create_detector
from models.sight import FACE_M, REACHES, distance_m, largest_px, smallest_px
from pipeline.config.options import stage_keys
from stages.detect import Detect
from stages.synthetic import Synthetic

DEFAULTS = {name: key.default for name, key in stage_keys(Detect).items()}


@pytest.mark.parametrize(
    ("size", "changes", "smallest"),
    [
        ((1920, 1080), {}, 24.0),
        ((3840, 2160), {}, 24.0),
        ((160, 120), {"min_face_px": 0.0}, 12.5),
        ((1920, 1080), {"min_face_px": 200.0}, 200.0),
        ((1280, 720), {"detector": "haar"}, 24.0),
        ((1080, 1920), {"detector": "haar", "min_face_px": 30.0}, 30.0),
        ((1280, 720), {"detector": "yunet"}, 24.0),
        # frames are never scaled up
        ((160, 120), {"detector": "haar", "min_face_px": 0.0}, 24.0),
    ],
)
def test_the_smallest_face(size: tuple[int, int], changes: dict[str, Any], smallest: float) -> None:
    """With tiles the frame's size does not matter, and no face below the user's limit is found."""
    options = DEFAULTS | {"min_face_px": 24.0} | changes

    assert smallest_px(*size, options) == pytest.approx(smallest)


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


@pytest.mark.slow
@pytest.mark.parametrize("model", ["full_range", "short_range"])
def test_the_network_finds_what_is_in_its_reach(model: str) -> None:
    """Demo faces in the middle of a frame: found a little inside the reach."""
    reach = REACHES[model]
    detector = create_detector("blazeface", model, min_score=0.5)
    clips = [
        Clip("demo", 30.0, [Synthetic(name="x", size=0.4, seed=seed, realtime=False).draw(0)]) for seed in range(4)
    ]
    faces = [spot for (frame,) in find_faces(clips) for spot in frame]

    def found(share: float) -> int:
        """Return how many are found if they fill a part of the frame's side."""
        there = Spot(384, 384, 768 * share)
        count = 0
        for clip, face in zip(clips, faces, strict=True):
            picture = square(clip.frames[0], face.x, face.y, face.side / share, 768)
            boxes = detector.detect(picture).boxes.tolist()
            count += any(there.is_at(Spot(x + w / 2, y + h / 2, (w + h) / 2)) for x, y, w, h in boxes)
        return count

    assert found(1.15 * reach.smallest_px / reach.input_px) == 4
    assert found(0.9 * reach.largest) == 4
