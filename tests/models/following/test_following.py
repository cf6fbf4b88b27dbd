"""A detector looks a few times a second; between, boxes follow their faces, and what may be a face is hidden."""

import numpy as np
import pytest

from models.following.following import Follower
from models.following.motion import Motion
from tests.support.detectors.oracle import FPS, Oracle, picture, watch


@pytest.mark.parametrize(("hz", "expected"), [(0.0, 60), (5.0, 10), (10.0, 20), (100.0, 60)])
def test_a_calm_face_is_searched_at_the_rate_asked_for(hz: float, expected: int) -> None:
    """Two seconds of thirty frames get the configured detections, and never more than one per frame."""
    oracle = Oracle()
    follower = Follower(oracle, hz)
    for n in range(60):
        assert watch(follower, oracle, (100, 100), at=n)[1] == pytest.approx([100, 100, 60, 60], abs=1)

    assert oracle.calls == pytest.approx(expected, abs=1)


def test_boxes_follow_while_nobody_looks() -> None:
    """Between detections the box follows a face that moves four pixels per frame."""
    oracle = Oracle()
    follower = Follower(oracle, 5.0)
    followed = 0
    for n in range(45):
        boxes = watch(follower, oracle, (50 + 4 * n, 100 + n), (500 - 2 * n, 200), at=n)
        followed += not follower.detected
        assert boxes[1] == pytest.approx([50 + 4 * n, 100 + n, 60, 60], abs=2.5)
        assert boxes[2] == pytest.approx([500 - 2 * n, 200, 60, 60], abs=2.5)

    assert followed > 25


@pytest.mark.parametrize(("fps", "pixels", "held"), [(30, 0.2, 7), (60, 0.1, 7), (30, 2, 0), (10, 0.2, 0)])
def test_a_slow_face_is_held_in_every_second_frame(
    monkeypatch: pytest.MonkeyPatch, fps: float, pixels: float, held: int
) -> None:
    """Not one that moves by more than a pixel per frame, and not where frames are rare."""
    follow, moved = Motion.follow, []
    monkeypatch.setattr(Motion, "follow", lambda motion, gray: moved.append(1) or follow(motion, gray))
    oracle = Oracle()
    follower = Follower(oracle, 0.1)
    for n in range(15):
        oracle.places = [(100 + pixels * n, 100)]
        (face,) = follower.update(picture(*oracle.places), n / fps)
        assert face.box.tolist() == pytest.approx([100 + pixels * n, 100, 60, 60], abs=2.5)

    assert 15 - len(moved) - oracle.calls == held


@pytest.mark.parametrize(("fps", "held"), [(30, 15), (50, 20), (15, 0)])
def test_under_overload_a_fast_face_is_held_too(fps: float, held: int) -> None:
    """In every second frame, or in two of three at 50 per second; its box still arrives where the face is."""
    oracle = Oracle([(100, 100)])
    follower = Follower(oracle, 0.1)
    follower.sparing = True
    follower.update(picture((100, 100)), 0.0)
    boxes = []
    for n in range(1, 31):
        (face,) = follower.update(picture((100 + 3 * n, 100)), n / fps)
        boxes.append((follower.held, abs(float(face.box[0]) - 100 - 3 * n)))

    assert sum(was_held for was_held, _ in boxes) == held
    assert all(error < 2 for was_held, error in boxes if not was_held)


def test_a_face_keeps_the_tilt_and_score_it_was_found_with() -> None:
    """Tilt and score stay until the next detection of the face."""
    oracle = Oracle(places=[(100, 100)])
    follower = Follower(oracle, 1.0)
    found = follower.update(picture((100, 100)), 0.0)[0]
    oracle.score = 0.6
    later = follower.update(picture((100, 100)), 0.1)[0]

    assert not follower.detected
    assert (later.roll, later.score) == (found.roll, found.score) == pytest.approx((45.0, 0.9))


def test_a_crowd_is_searched_in_every_picture() -> None:
    """Tracking many faces costs as much as detecting them."""
    oracle = Oracle()
    follower = Follower(oracle, 1.0)
    crowd = [(30.0 * n, 100.0) for n in range(18)]
    for n in range(5):
        assert len(watch(follower, oracle, *crowd, at=n)) == 18

    assert oracle.calls == 5


@pytest.mark.parametrize("change", ["time", "size"])
def test_another_picture_is_searched(change: str) -> None:
    """Detection runs after a jump back in time, as in a looped recording, and after a change of size."""
    oracle = Oracle()
    follower = Follower(oracle, 1.0)
    watch(follower, oracle, (100, 100), at=10)
    if change == "time":
        watch(follower, oracle, (100, 100), at=9)
    else:
        follower.update(np.full((270, 320), 128, np.uint8), 11 / FPS)

    assert follower.detected and oracle.calls == 2


def test_small_faces_and_those_too_many_are_left_out() -> None:
    """Faces of the minimum size, and the best ones, remain."""
    oracle = Oracle()
    assert watch(Follower(oracle, min_face_px=61), oracle, (100, 100), at=0) == {}
    assert len(watch(Follower(oracle, max_faces=2), oracle, (0, 0), (100, 0), (200, 0), at=0)) == 2


def test_cameras_are_searched_at_different_times() -> None:
    """Cameras have different phases within each fifth of a second."""
    looked = []
    for phase in (0.0, 0.5):
        oracle = Oracle()
        follower = Follower(oracle, 5.0, phase=phase)
        looked.append([n for n in range(60) if watch(follower, oracle, (100, 100), at=n) and follower.detected])

    assert not set(looked[0][1:]) & set(looked[1][1:])


def hidden(follower: Follower) -> list[list[int]]:
    """Return what is to be hidden beside the faces, whole pixels."""
    return [[round(float(value)) for value in box] for box in follower.hidden]


def test_a_face_the_detector_misses_is_still_hidden_for_a_while() -> None:
    """It is hidden at its last place for a second."""
    oracle = Oracle()
    follower = Follower(oracle)
    for n in range(3):
        assert watch(follower, oracle, (100, 100), at=n) and hidden(follower) == []
    assert watch(follower, oracle, (100, 100), at=3, seen=False) == {}
    assert hidden(follower) == [[100, 100, 60, 60]]
    assert watch(follower, oracle, (110, 100), at=4) and hidden(follower) == []
    assert watch(follower, oracle, at=5) == {} and hidden(follower) == [[110, 100, 60, 60]]
    watch(follower, oracle, at=5 + 31)

    assert hidden(follower) == []


@pytest.mark.parametrize("step_s", [1.1, 3.0])
def test_a_face_missed_in_one_frame_of_a_slow_camera_is_hidden(step_s: float) -> None:
    """At its place in the frame before, which is older than a second."""
    oracle = Oracle()
    follower = Follower(oracle)
    step = step_s * FPS
    for n in range(4):
        assert watch(follower, oracle, (100, 100), at=n * step) and hidden(follower) == []
    assert watch(follower, oracle, at=4 * step) == {}
    assert hidden(follower) == [[100, 100, 60, 60]]
    watch(follower, oracle, at=5 * step)
    assert hidden(follower) == []


def test_faces_that_are_not_taken_up_are_hidden() -> None:
    """Faces that are too weak at first, too small or too many are hidden."""
    oracle = Oracle(score=0.55)
    follower = Follower(oracle)
    assert watch(follower, oracle, (100, 100), at=0) == {}
    assert hidden(follower) == [[100, 100, 60, 60]]
    assert watch(follower, oracle, (100, 100), at=1) and hidden(follower) == []

    assert watch(Follower(oracle), oracle, (100, 100), at=0) == {}
    small = Follower(oracle, min_face_px=61)
    assert watch(small, oracle, (100, 100), at=0) == {} and hidden(small) == [[100, 100, 60, 60]]
    oracle.score = 0.9
    few = Follower(oracle, max_faces=1)
    assert len(watch(few, oracle, (100, 100), (300, 100), at=0)) == len(hidden(few)) == 1
