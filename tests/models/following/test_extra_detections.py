"""The detector looks at once whenever there is a question: who moved far, meets somebody, vanished or is new."""

import cv2
import pytest

from models.following.following import Follower
from tests.support.detectors.oracle import FPS, Oracle, picture, watch


def test_a_fast_face_is_followed_from_where_it_is_and_searched_sooner() -> None:
    """A face that crosses the frame in a second triggers detections beyond the rate, but not at each half of a side."""
    oracle = Oracle()
    follower = Follower(oracle, 1.0)
    for n in range(28):
        boxes = watch(follower, oracle, (20.0 * n, 100), at=n)
        assert boxes[1] == pytest.approx([20 * n, 100, 60, 60], abs=6)

    assert 1 < oracle.calls < 8


def test_under_the_highest_overload_a_fast_face_is_only_followed() -> None:
    """Who is lost is searched for sooner all the same, or their number would be forgotten."""
    oracle = Oracle()
    follower = Follower(oracle, 1.0)
    follower.shedding = follower.sparing = True
    for n in range(60):
        boxes = watch(follower, oracle, (8.0 * n, 100), at=n)
        assert boxes[1] == pytest.approx([8 * n, 100, 60, 60], abs=10)  # held in every second frame
    followed = oracle.calls
    for n in range(60, 120):
        watch(follower, oracle, at=n)

    assert followed == 2
    assert oracle.calls - followed == pytest.approx(3, abs=1)


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
