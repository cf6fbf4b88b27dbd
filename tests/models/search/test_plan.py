"""The plan finds far faces, follows known ones from close up, and searches a new scene at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import cache
from typing import TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detectors import Detections, FaceDetector, Framing, create_detector
from models.search.networks import Networks
from models.search.pace import LIVE, RECORDING, Pace
from models.search.plan import SearchPlan
from stages.synthetic import Synthetic

T = TypeVar("T")


@pytest.fixture(scope="module")
def networks() -> Iterator[Networks]:
    """Return the real ones."""
    finder, close_up = (create_detector("blazeface", model, min_score=0.35) for model in ("full_range", "short_range"))
    shared = Networks(finder, close_up)
    yield shared
    shared.close()


WAITING = LIVE._replace(waits=True)
"""A live camera whose first frame waits for the networks."""


@cache
def far_faces(seq: int = 0) -> NDArray[np.uint8]:
    """Return a frame of 1080p with two faces of some 30 pixels."""
    drawn = Synthetic(name="far", width=1920, height=1080, faces=2, size=0.04, realtime=False).draw(seq)
    drawn.flags.writeable = False  # the tests share it
    return drawn


def test_far_faces_are_found_at_once(networks: Networks) -> None:
    """The whole frame at the network's size does not show them."""
    found = SearchPlan(networks, 24.0, RECORDING).search(far_faces(), 0.0)

    assert networks.finder.detect(far_faces()).scores.max(initial=0) < 0.5
    assert len(found) == 2
    assert (found.boxes[:, 2] < 40).all() and (found.scores > 0.6).all()


@pytest.mark.parametrize("pace", [RECORDING, WAITING])
def test_known_faces_are_confirmed_in_every_frame(networks: Networks, pace: Pace) -> None:
    """Between searches, too."""
    plan = SearchPlan(networks, 24.0, pace)
    known = plan.search(far_faces(), 0.0).boxes
    for seq in range(1, 6):
        found = plan.search(far_faces(seq), seq / 30, known, [0.0, 0.0])
        assert len(found) == 2
        known = found.boxes


def test_a_new_scene_is_searched_at_once(networks: Networks) -> None:
    """In the frame that shows it."""
    plan = SearchPlan(networks, 24.0, WAITING)
    dark = np.full((1620, 1920), 16, np.uint8)
    dark[1080:] = 128
    assert len(plan.search(dark, 0.0)) == 0
    assert len(plan.search(dark, 1 / 30)) == 0

    assert len(plan.search(far_faces(), 2 / 30)) == 2


def test_a_live_camera_does_not_wait_for_its_networks() -> None:
    """Near faces are found in the first frame, far ones within a sweep once the networks are compiled."""

    class Slow(Networks):
        def later(self, make: Callable[[], T]) -> "Future[T]":
            """Let the test decide when it is made."""
            made.append(lambda: coming.set_result(make()))  # type: ignore[arg-type]
            return coming  # type: ignore[return-value]

    made: list[Callable[[], None]] = []
    coming: Future[object] = Future()
    networks = Slow(*(create_detector("blazeface", model, min_score=0.35) for model in ("full_range", "short_range")))
    near = Synthetic(name="near", width=1920, height=1080, faces=1, size=0.4, realtime=False).draw(0)
    plan = SearchPlan(networks, 24.0, LIVE)
    assert len(plan.search(near, 0.0)) == 1
    assert len(plan.search(far_faces(), 1 / 30)) == 0

    made[0]()
    # not all tiles in one frame: other cameras wait meanwhile
    assert len(plan.search(far_faces(), 2 / 30)) < 2
    assert sum(len(plan.search(far_faces(), 2 / 30 + n * LIVE.sweep_s / 10)) for n in range(1, 11)) >= 2


def test_who_comes_beside_a_known_far_face_is_found_within_a_second_or_two(networks: Networks) -> None:
    """Although the known person's movements make no tile due."""
    scene = Synthetic(name="far", width=1920, height=1080, faces=1, size=0.04, realtime=False).draw(0)
    plan = SearchPlan(networks, 24.0, WAITING)
    known = plan.search(scene, 0.0).boxes
    assert len(known) == 1
    x, y, side = (int(value) & ~1 for value in known[0][:3])
    found = []
    for n in range(1, 14):
        frame = scene.copy()
        for step, plane in zip((1, 2, 2), [frame[:1080], *frame[1080:].reshape(2, 540, 960)], strict=True):
            if n >= 10:
                # the same head again beside it
                rows, columns, size = (value // step for value in (y - side // 2, x, int(1.3 * side) // 2 * 2))
                head = plane[rows : rows + size + size // 2, columns : columns + size].copy()
                plane[rows : rows + size + size // 2, columns + size : columns + 2 * size] = head
            # both sway
            plane[:] = np.roll(plane, 4 // step * (n % 2), axis=1)
        known = plan.search(frame, n * 0.4, known[:1], [0.0]).boxes
        found.append(len(known))

    assert found[:9] == [1] * 9
    assert 2 in found


@pytest.mark.parametrize("quarters", [1, 3])
def test_heads_on_their_side_are_found(networks: Networks, quarters: int) -> None:
    """With eyes that tell the tilt."""
    upright = Synthetic(name="near", width=720, height=720, faces=1, size=0.3, realtime=False).draw(0)
    planes = [upright[:720], *upright[720:].reshape(2, 360, 360)]
    turned = np.concatenate([np.rot90(p, quarters).ravel() for p in planes]).reshape(-1, 720)
    found = SearchPlan(networks, 24.0, RECORDING).search(turned, 0.0)

    assert len(found) == 1
    (x0, y0), (x1, y1) = found.eyes[0]
    assert abs(y1 - y0) > 3 * abs(x1 - x0)
    assert (y1 < y0) == (quarters == 1)


def test_a_detector_that_needs_the_whole_frame_gets_it() -> None:
    """Every time, and what it finds is not changed."""

    class Plain(FaceDetector):
        framing = Framing(1.0, 0.0)

        def detect(self, picture: NDArray[np.uint8]) -> Detections:
            return Detections.of([(1, 2, 3, 4)], [0.4])

    plan = SearchPlan(Plain())

    assert plan.search(far_faces(), 0.0).boxes.tolist() == [[1, 2, 3, 4]]
    assert plan.search(far_faces(), 0.1, [(1, 2, 3, 4)], [0.0]).boxes.tolist() == [[1, 2, 3, 4]]
