"""A face is classified when it is new, when it has changed, and when its last classification is old."""

import math

import numpy as np
import pytest

from models.following.load import CLASSIFY_LIMITS
from models.following.schedule import CHANGED, FORGET_S, NEW_S, ClassificationSchedule

CALM = np.full((8, 8), 100, np.uint8)


def settled(hz: float = 5.0) -> ClassificationSchedule:
    """Return a schedule that has known track 1 since second 0 and classified it last at second 1."""
    schedule = ClassificationSchedule(hz)
    schedule.due(1, CALM, 0.0)
    schedule.due(1, CALM, 1.0)
    return schedule


def test_without_a_rate_every_picture_is_looked_at() -> None:
    """Without a rate every face is classified in every frame, as in recordings."""
    schedule = ClassificationSchedule(0.0)

    assert all(schedule.due(1, CALM, n / 1000) for n in range(100))


def test_a_new_face_is_looked_at_in_every_picture() -> None:
    """A new face is classified in every frame for half a second."""
    schedule = ClassificationSchedule(2.0)
    times = [n / 30 for n in range(31)]

    assert [schedule.due(1, CALM, t) for t in times if t < NEW_S] == [True] * sum(t < NEW_S for t in times)
    assert not schedule.due(1, CALM, NEW_S + 1e-3)


def test_a_calm_face_is_looked_at_at_its_rate() -> None:
    """A calm face is classified five times per second at thirty frames per second."""
    schedule = settled(5.0)

    assert sum(schedule.due(1, CALM, 1.0 + n / 30) for n in range(1, 31)) == 5


def test_a_change_is_looked_at_at_once() -> None:
    """A changed face is classified at once, and then counts as known."""
    schedule = settled()
    other = CALM + np.uint8(CHANGED + 1)

    assert not schedule.due(1, CALM + np.uint8(1), 1.01)
    assert schedule.due(1, other, 1.02)
    assert not schedule.due(1, other, 1.03)
    assert schedule.due(1, CALM, 1.04)


@pytest.mark.parametrize(("limit", "expected"), [(CLASSIFY_LIMITS[3], 20), (CLASSIFY_LIMITS[4], 10), (math.inf, 60)])
def test_load_shedding_delays_changes(limit: float, expected: int) -> None:
    """A face that changes in every frame is classified twice as often as a calm one, then no more often."""
    schedule = settled(5.0)
    schedule.limit = limit

    assert sum(schedule.due(1, CALM + np.uint8(90 * (n % 2)), 1.0 + n / 30) for n in range(1, 61)) == expected


def test_slow_changes_add_up() -> None:
    """The crop is compared with the last classified one, not with the last one."""
    schedule = settled(0.01)
    due = [schedule.due(1, CALM + np.uint8(n), 1.0 + n / 30) for n in range(1, 11)]

    assert sum(due) == 10 // (CHANGED + 1)


def test_tracks_have_nothing_in_common() -> None:
    """A second face is new, whatever is known of the first."""
    schedule = settled()

    assert schedule.due(2, CALM, 1.01)
    assert not schedule.due(1, CALM, 1.02)


def test_a_stream_that_jumps_back_is_new() -> None:
    """A jump back in time, as in a looped recording, discards the schedule."""
    assert settled().due(1, CALM, 0.5)


def test_who_left_is_forgotten() -> None:
    """Its memory is released, and it is new when it returns."""
    schedule = settled()
    schedule.forget(1.0 + FORGET_S + 0.1)

    assert not schedule.tracks
    assert schedule.due(1, CALM, 1.0 + FORGET_S + 0.2)


def test_a_crop_is_not_made_for_nothing() -> None:
    """Not while a changed face would have to wait, nor of a face that is held; new and overdue ones are classified."""
    schedule = settled(5.0)
    busy = settled(5.0)
    busy.limit = 2.0

    assert [schedule.may_be_due(1, 1.05, held=held) for held in (False, True)] == [True, False]
    assert schedule.may_be_due(1, 1.2, held=True)
    assert [busy.may_be_due(1, at) for at in (1.05, 1.15)] == [False, True]
    assert schedule.may_be_due(2, 1.05, held=True)
    assert ClassificationSchedule(0.0).may_be_due(1, 1.0, held=True)


def test_who_is_not_classified_is_not_forgotten() -> None:
    """A face that is held for long stays the same track."""
    schedule = settled(0.01)
    for second in range(2, 20):
        assert not schedule.may_be_due(1, second, held=True)
    schedule.forget(20.0)

    assert list(schedule.tracks) == [1]
