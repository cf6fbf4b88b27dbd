"""People keep their numbers: while they move, cross, and come back within a second; nobody gets another's."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.following.tracking import Tracker

FPS = 30.0
Box = tuple[float, float, float, float]


def see(tracker: Tracker, time_s: float, *boxes: Box, score: float = 0.9) -> list[int]:
    """Show a tracker the faces of one picture; return their numbers."""
    rows = np.array(boxes, np.float32).reshape(-1, 4)
    return tracker.update(rows, np.full(len(rows), score, np.float32), time_s).tolist()


def test_a_moving_face_keeps_its_number() -> None:
    """A face that moves half its side between frames keeps its number."""
    tracker = Tracker()
    numbers = [see(tracker, n / FPS, (100 + 20 * n, 100, 40, 40)) for n in range(20)]

    assert numbers == [[1]] * 20


@pytest.mark.parametrize("hz", [5, 10, 30])
def test_two_who_cross_keep_their_numbers(hz: float) -> None:
    """Two people who cross at walking pace, one slightly lower, keep their numbers at any frame rate."""
    tracker = Tracker()
    for n in range(round(3 * hz) + 1):
        x = 400 * n / (3 * hz)
        assert see(tracker, n / hz, (x, 100, 60, 60), (400 - x, 120, 60, 60)) == [1, 2]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("speed", [2.5, 4.0])
def test_who_is_hidden_keeps_their_number(speed: float, seed: int) -> None:
    """Somebody walks past a person who stands and hides them meanwhile; their boxes tremble as real ones do."""
    tracker = Tracker()
    rng = np.random.default_rng(seed)
    for n in range(round(7.5 / speed * FPS)):
        away = -3.75 + speed * n / FPS
        x, y, side = 50 * rng.normal(0, 0.03, (3, 2))
        behind = (500 + x[0], 200 + y[0], 50 + side[0], 50 + side[0])
        before = (500 + 50 * away + x[1], 190 + y[1], 50 + side[1], 50 + side[1])
        if abs(away) > 1:
            assert see(tracker, n / FPS, behind, before) == [1, 2]
        else:
            assert see(tracker, n / FPS, before) == [2]


@pytest.mark.parametrize("speed", [2.0, 2.5, 4.0])
def test_boxes_that_slide_onto_who_is_in_front_change_no_numbers(speed: float) -> None:
    """Two walk past each other before one who stands; for 0.1 s before a face is covered, its box moves with the other.

    As measured of real faces: optical flow follows the edge of the one in front, and detectors box half a face.
    """
    tracker = Tracker()
    numbers = {}
    slid: dict[str, float] = {}
    for n in range(round(7.5 / speed * FPS)):
        at = -3.75 + speed * n / FPS  # in sides of 50 pixels
        places = {"stands": 0.0, "right": at, "left": -at}
        in_front = {"stands": ("right", "left"), "right": ("left",), "left": ()}
        boxes = {}
        for who, place in places.items():
            over = [other for other in in_front[who] if abs(places[other] - place) < 1]
            if over:
                # the first of those who cover a face takes its box along
                way = (speed if over[0] == "right" else -speed) / FPS
                slid[who] = slid.get(who, place) + way
            covered_s = round(abs(slid[who] - place) / speed, 3) if who in slid and over else 0.0
            if not over or covered_s <= 0.2:
                x = 500 + 50 * (slid[who] if over else place)
                boxes[who] = (x, 200.0 - 10 * list(places).index(who), 50.0, 50.0)
            if not over:
                slid.pop(who, None)
        seen = see(tracker, n / FPS, *boxes.values())
        numbers = dict(zip(boxes, seen, strict=True))

    assert numbers == {"stands": 1, "right": 2, "left": 3}


def test_the_order_of_the_faces_does_not_matter() -> None:
    """A number belongs to the place, not to the row."""
    tracker = Tracker()
    see(tracker, 0.0, (0, 0, 50, 50), (200, 0, 50, 50))

    assert see(tracker, 0.1, (200, 0, 50, 50), (0, 0, 50, 50)) == [2, 1]


@pytest.mark.parametrize(("gap_s", "expected"), [(0.2, 1), (0.9, 1), (1.1, 2), (60.0, 2)])
def test_a_face_lost_is_found_again_within_a_second(gap_s: float, expected: int) -> None:
    """A face that is absent for longer gets a new number."""
    tracker = Tracker(forget_s=1.0)
    see(tracker, 0.0, (100, 100, 50, 50))
    see(tracker, 0.1)

    assert see(tracker, gap_s, (110, 105, 52, 52)) == [expected]


@pytest.mark.parametrize("score", [0.9, 0.55])
@pytest.mark.parametrize("step_s", [1.02, 2.0, 5.0])
def test_people_in_front_of_a_slow_camera_keep_their_numbers(step_s: float, score: float) -> None:
    """Nobody is out of view between two frames; a face that needs two detections gets them."""
    tracker = Tracker(forget_s=1.0)
    for n in range(6):
        x = 100 + 20 * (n % 2)
        found = see(tracker, n * step_s, (x, 100, 50, 50), (500, 100, 60, 60), score=score)
        assert found == ([0, 0] if score < 0.6 and not n else [1, 2])


def test_a_pause_of_a_quick_camera_ends_the_numbers() -> None:
    """Other people may sit there after three seconds without a frame."""
    tracker = Tracker(forget_s=1.0)
    for n in range(10):
        see(tracker, n / FPS, (100, 100, 50, 50))

    assert see(tracker, 3.5, (100, 100, 50, 50)) == [2]


def test_who_leaves_a_slow_camera_has_left() -> None:
    """A frame without them lies in between."""
    tracker = Tracker(forget_s=1.0)
    for n in range(4):
        see(tracker, 1.5 * n, (100, 100, 50, 50))
    see(tracker, 6.0)

    assert see(tracker, 7.5, (100, 100, 50, 50)) == [2]


def test_a_number_is_never_used_again() -> None:
    """Ten people, one after the other in the same place, get ten numbers."""
    tracker = Tracker()
    numbers = []
    for n in range(10):
        numbers += see(tracker, 5.0 * n, (100, 100, 50, 50))
        see(tracker, 5.0 * n + 0.1)

    assert numbers == list(range(1, 11))


def test_a_face_elsewhere_or_of_another_size_is_someone_else() -> None:
    """A face three sides away, or twice as large, is another person."""
    for other in ((250, 100, 50, 50), (50, 50, 150, 150)):
        tracker = Tracker()
        see(tracker, 0.0, (100, 100, 50, 50))
        assert see(tracker, 1 / FPS, other) == [2]


def test_a_weak_face_starts_no_track_and_continues_one() -> None:
    """Below the requested score it is accepted only where a person is already tracked."""
    tracker = Tracker(start_score=0.5)

    assert see(tracker, 0.0, (100, 100, 50, 50), score=0.4) == [0]
    assert see(tracker, 0.1, (100, 100, 50, 50), score=0.9) == [1]
    assert see(tracker, 0.2, (100, 100, 50, 50), score=0.4) == [1]


def test_a_doubtful_face_takes_a_second_look() -> None:
    """The first frame with it leaves a question, the second answers it."""
    tracker = Tracker(start_score=0.5)

    assert see(tracker, 0.0, (100, 100, 50, 50), score=0.55) == [0]
    assert tracker.unsettled(0.2)
    assert see(tracker, 0.1, (100, 100, 50, 50), score=0.55) == [1]
    assert not tracker.unsettled(0.2)


def test_a_face_gone_missing_is_a_question_for_a_while() -> None:
    """After that time the person counts as gone."""
    tracker = Tracker()
    see(tracker, 0.0, (100, 100, 50, 50))
    see(tracker, 0.1)
    assert tracker.unsettled(0.2)
    see(tracker, 0.3)

    assert not tracker.unsettled(0.2)


def test_a_track_moved_by_other_means_is_found_where_it_went() -> None:
    """A track moved two sides away by optical flow is found there."""
    tracker = Tracker()
    see(tracker, 0.0, (100, 100, 50, 50))
    for n in range(1, 6):
        tracker.move({1: np.array([100 + 20 * n, 100, 50, 50], np.float32)}, n / FPS)

    assert see(tracker, 6 / FPS, (220, 100, 50, 50)) == [1]


def test_a_stream_that_jumps_back_starts_anew() -> None:
    """Numbers continue."""
    tracker = Tracker()
    see(tracker, 10.0, (100, 100, 50, 50))

    assert see(tracker, 0.0, (100, 100, 50, 50)) == [2]


places = st.tuples(st.floats(-50, 500), st.floats(-50, 500), st.floats(1, 300))


@given(st.lists(st.tuples(st.floats(0, 0.5), st.lists(st.tuples(places, st.floats(0.1, 1)), max_size=6)), max_size=12))
def test_no_number_is_shared(story: list[tuple[float, list[tuple[tuple[float, float, float], float]]]]) -> None:
    """Whatever is found, each number is given to one face of a picture, and new ones are higher than all before."""
    tracker, time_s = Tracker(), 0.0
    known: set[int] = set()
    for wait_s, found in story:
        time_s += wait_s
        boxes = np.array([(x, y, side, side) for (x, y, side), _ in found], np.float32).reshape(-1, 4)
        numbers = tracker.update(boxes, np.array([score for _, score in found], np.float32), time_s)
        given_out = [int(n) for n in numbers if n]

        assert len(set(given_out)) == len(given_out)
        new = set(given_out) - known
        assert min(new, default=math.inf) > max(known, default=0)
        known |= new
