"""A detector looks a few times a second and whenever there is a question; between, boxes follow their faces."""

from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.detectors import Detections, FaceDetector, Framing
from models.following.following import Follower
from models.following.motion import Motion

FPS = 30.0
PATCH = cv2.resize(np.random.default_rng(5).integers(40, 216, (10, 10)).astype(np.uint8), (60, 60))
Place = tuple[float, float]


@dataclass
class Oracle(FaceDetector):
    """Knows where the faces are; can be blind."""

    places: list[Place] = field(default_factory=list)
    score: float = 0.9
    calls: int = 0
    framing = Framing(1.0, 0.0)

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Return boxes of 60 pixels at the places, the eyes tilted by 45 degrees."""
        self.calls += 1
        boxes = [(x, y, 60, 60) for x, y in self.places]
        eyes = [[(x, y), (x + 20, y + 20)] for x, y in self.places]
        return Detections.of(boxes, [self.score] * len(boxes), eyes)


def picture(*places: Place) -> NDArray[np.uint8]:
    """Return 640 x 360 pixels, a face at each place."""
    pixels = np.full((540, 640), 128, np.uint8)
    for x, y in places:
        move = np.array([[1, 0, x], [0, 1, y]], float)
        cv2.warpAffine(PATCH, move, (640, 360), pixels[:360], cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    return pixels


def watch(follower: Follower, oracle: Oracle, *places: Place, at: int, seen: bool = True) -> dict[int, list[float]]:
    """Show picture number `at`; return the boxes by track."""
    oracle.places = list(places) if seen else []
    return {face.track: face.box.tolist() for face in follower.update(picture(*places), at / FPS)}


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


def test_a_fast_face_is_followed_from_where_it_is_and_searched_sooner() -> None:
    """A face that crosses the frame in a second triggers detections beyond the rate, but not at each half of a side."""
    oracle = Oracle()
    follower = Follower(oracle, 1.0)
    for n in range(28):
        boxes = watch(follower, oracle, (20.0 * n, 100), at=n)
        assert boxes[1] == pytest.approx([20 * n, 100, 60, 60], abs=6)

    assert 1 < oracle.calls < 8


@pytest.mark.parametrize(("distance", "covered", "expected"), [(90, False, 8), (50, False, 16), (90, True, 16)])
def test_faces_that_meet_or_are_covered_are_detected_twice_as_often(
    distance: int, covered: bool, expected: int
) -> None:
    """Their boxes may follow what is in front of them."""
    oracle = Oracle()
    follower = Follower(oracle, 2.0)
    for n in range(int(4 * FPS)):
        follower.covered = covered
        watch(follower, oracle, (100, 100), (100 + distance, 100), at=n)

    assert oracle.calls == pytest.approx(expected, abs=1)


def test_who_went_missing_behind_a_face_is_searched_twice_as_often() -> None:
    """Beside it, or once they are forgotten, the rate is the common one."""
    calls = []
    for distance in (50, 200):
        oracle = Oracle()
        follower = Follower(oracle, 6.0, forget_s=60.0)
        watch(follower, oracle, (100, 100), (100 + distance, 100), at=0)
        for n in range(1, int(4 * FPS)):
            watch(follower, oracle, (100, 100), at=n)
        calls.append(oracle.calls)

    assert calls[0] == pytest.approx(48, abs=6)
    assert calls[1] == pytest.approx(24, abs=6)


@pytest.mark.parametrize(("growth", "expected"), [(1.08, 1), (1.2, 2)])
def test_a_face_whose_size_leaps_is_detected_at_once(growth: float, expected: int) -> None:
    """Its box has slid onto something else; one that grows slowly is followed."""
    oracle = Oracle()
    follower = Follower(oracle, 0.5)
    watch(follower, oracle, (100, 100), at=0)
    pixels = picture((100, 100))
    around = cv2.getRotationMatrix2D((130, 130), 0, growth)
    pixels[:360] = cv2.warpAffine(pixels[:360], around, (640, 360), borderMode=cv2.BORDER_REPLICATE)
    (face,) = follower.update(pixels, 1 / FPS)

    assert oracle.calls == expected
    assert face.track == 1


def test_what_is_no_person_causes_no_extra_detections() -> None:
    """Neither when it moves far nor when it disappears; a person does."""
    calls = []
    for nobody in ({1}, set()):
        oracle = Oracle()
        follower = Follower(oracle, 1.0)
        watch(follower, oracle, (0, 100), at=0)
        for n in range(1, 25):
            follower.nobody |= nobody
            places = [(20.0 * n, 100)] if n < 20 else []
            watch(follower, oracle, *places, at=n)
        calls.append(oracle.calls)

    assert calls[0] == 1 < calls[1]


def test_a_face_that_vanishes_is_searched_at_once() -> None:
    """It is absent from the first frame that does not show it."""
    oracle = Oracle()
    follower = Follower(oracle, 1.0)
    watch(follower, oracle, (100, 100), at=0)
    assert watch(follower, oracle, (100, 100), at=1)

    assert watch(follower, oracle, at=2) == {}


def test_load_shedding_limits_extra_detections() -> None:
    """A jumping face causes at most twice the detections of a calm one, and is lost no longer than that."""
    oracle, longest = Oracle(), 0
    follower = Follower(oracle, 2.0)
    follower.shedding = True
    for n in range(3):
        watch(follower, oracle, (100, 100), at=n)
    oracle.calls = absent = 0
    for n in range(3, 63):
        # it jumps by more than the flow can follow
        seen = watch(follower, oracle, (100 + 200 * (n % 2), 100), at=n)
        absent = 0 if seen else absent + 1
        longest = max(longest, absent)

    assert oracle.calls == pytest.approx(2 * 2.0 * 2, abs=1)
    assert 0 < longest <= FPS / 4
    assert watch(follower, oracle, (100, 100), at=75).keys() == {1}


def test_a_detector_that_blinks_is_asked_again() -> None:
    """Detection runs again in the next frame, and the face keeps its number."""
    oracle = Oracle()
    follower = Follower(oracle, 2.0)
    watch(follower, oracle, (100, 100), at=0)
    due = next(n for n in range(1, 60) if not watch(follower, oracle, (100, 100), at=n, seen=False))

    assert list(watch(follower, oracle, (100, 100), at=due + 1)) == [1]


def test_who_has_left_is_not_searched_for_ever() -> None:
    """After a fifth of a second the rate returns to its usual value."""
    oracle = Oracle()
    follower = Follower(oracle, 2.0)
    watch(follower, oracle, (100, 100), at=0)
    for n in range(1, 12):
        watch(follower, oracle, at=n)
    calls = oracle.calls
    for n in range(12, 72):
        watch(follower, oracle, at=n)

    assert oracle.calls - calls == 4


def test_a_doubtful_face_gets_its_second_look_in_the_next_picture() -> None:
    """A doubtful face is not kept waiting for half a second."""
    oracle = Oracle(score=0.55)
    follower = Follower(oracle, 1.0)

    assert watch(follower, oracle, (100, 100), at=0) == {}
    assert list(watch(follower, oracle, (100, 100), at=1)) == [1]


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
