"""Tracks joined by place."""

import pytest

from stages.results.persons.seats import by_seats
from stages.results.persons.tracks import find_tracks
from tests.stages.results.persons.people import Seen, rows_of


def names(seen: Seen, seats: int) -> dict[int, str]:
    """Return the names of tracks by seat."""
    rows = rows_of(seen)
    return by_seats(rows, find_tracks(rows), seats)


def test_a_track_has_its_place() -> None:
    """Times in seconds, centre and height as shares of the frame."""
    (track,) = find_tracks(rows_of({7: (range(5, 26), 0.25, 60.0)}))

    assert (track.track, track.first_s, track.last_s, track.faces) == (7, 0.5, 2.5, 21)
    assert (track.x, track.y, track.size) == (0.25, 0.5, 0.25)


def test_one_person_stays_one_after_two_seconds_of_black() -> None:
    """The tracker counted the same person twice."""
    assert names({1: (range(40), 0.5, 60.0), 2: (range(60, 90), 0.45, 70.0)}, 1) == {1: "Person 1", 2: "Person 1"}


def test_two_people_who_leave_and_come_back_stay_two() -> None:
    """The seat further left is the first person's, also if the other one comes back first."""
    seen = {
        1: (range(0, 40), 0.7, 60.0),
        2: (range(0, 50), 0.3, 60.0),
        3: (range(80, 140), 0.33, 50.0),
        4: (range(90, 140), 0.66, 70.0),
        5: (range(200, 210), 0.72, 70.0),
    }

    assert names(seen, 2) == {1: "Person 2", 2: "Person 1", 3: "Person 1", 4: "Person 2", 5: "Person 2"}


@pytest.mark.parametrize(("size", "left_out"), [(30.0, 2), (90.0, 1)])
def test_somebody_beside_the_one_person_is_left_out(size: float, left_out: int) -> None:
    """The larger face is the one who is filmed, also while the smaller one is alone for a while."""
    found = names({1: (range(0, 100), 0.5, 60.0), 2: (range(20, 110), 0.8, size)}, 1)

    assert found == {1: "Person 1", 2: "Person 1"} | {left_out: ""}


def test_many_short_tracks_of_the_one_person_count_against_a_long_one_behind() -> None:
    """The tracker loses someone who turns often; someone in the background sits still."""
    turns: dict[int, tuple[range, float, float]] = {n: (range(30 * n, 30 * n + 25), 0.5, 90.0) for n in range(1, 9)}
    found = names({**turns, 9: (range(0, 280), 0.2, 25.0)}, 1)

    assert found == dict.fromkeys(range(1, 9), "Person 1") | {9: ""}


def test_a_few_frames_of_two_tracks_are_a_handover() -> None:
    """Both are the person; only one of the faces counts there."""
    assert names({1: (range(0, 52), 0.5, 60.0), 2: (range(50, 90), 0.5, 60.0)}, 1) == {1: "Person 1", 2: "Person 1"}


def test_a_wall_taken_for_a_face_is_no_seat() -> None:
    """A few frames far away count less than a person nearby."""
    seen = {1: (range(100), 0.35, 60.0), 2: (range(100), 0.65, 60.0), 3: (range(50, 53), 0.99, 20.0)}

    assert names(seen, 2) == {1: "Person 1", 2: "Person 2", 3: ""}


@pytest.mark.parametrize("seats", [3, 50])
def test_there_may_be_fewer_people_than_seats(seats: int) -> None:
    """Each track is a person then; nobody has none."""
    assert names({5: (range(9), 0.6, 60.0), 9: (range(9), 0.3, 60.0)}, seats) == {5: "Person 2", 9: "Person 1"}
    assert names({}, seats) == {}


def test_a_wide_frame_does_not_bring_seats_closer() -> None:
    """Distances are measured in pixels: in a frame four times as wide as high, the left and right row are two seats."""
    seen = {1: (range(50), 0.4, 60.0), 2: (range(50, 100), 0.42, 60.0), 3: (range(100), 0.6, 60.0)}
    rows = rows_of(seen, (960.0, 240.0))
    rows.box[rows.track == 2, 1] += 40

    assert by_seats(rows, find_tracks(rows), 2) == {1: "Person 1", 2: "Person 1", 3: "Person 2"}
