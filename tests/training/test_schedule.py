"""The course of a training, by steps and by the clock."""

import numpy as np
import pytest
from msgspec.structs import replace

from training.recipe import Recipe
from training.schedule import FIRST_SHARE, MOST_RESERVE, RESERVE, Schedule

RECIPE = Recipe(network="tiny", epochs=10, learning_rate=0.2, warmup_epochs=1)
STEPS = 20


class Clock:
    """A clock set by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        """Return the time, seconds."""
        return self.now_s


def test_the_rate_rises_then_falls_to_nothing() -> None:
    """A linear rise over the warm-up, then half a cosine until the last step."""
    schedule = Schedule(RECIPE, STEPS)
    rates = schedule.learning_rates(0, 10 * STEPS, 0.0)

    assert rates[0] == pytest.approx(0.2 * FIRST_SHARE)
    assert rates[10] == pytest.approx(0.2 * (1 + FIRST_SHARE) / 2)
    assert rates[20] == pytest.approx(0.2)
    assert rates[110] == pytest.approx(0.1)
    assert 0 < rates[-1] < 0.0001
    assert not schedule.is_over(10 * STEPS - 1) and schedule.is_over(10 * STEPS)


def test_a_constant_rate_stays() -> None:
    """Without a warm-up, as the recipe of the original."""
    schedule = Schedule(replace(RECIPE, schedule="constant"), STEPS)

    assert set(schedule.learning_rates(0, 200, 0.0)) == {np.float32(0.2)}


def test_by_the_clock_the_same_course_takes_the_given_time() -> None:
    """However many steps fit into it; time is kept for the end, as much as ends have needed."""
    clock = Clock()
    schedule = Schedule(replace(RECIPE, minutes=10), STEPS, clock=clock)
    schedule.keep_for_the_end(15.0)
    usable_s = 600 - RESERVE * 15
    rates = []
    for share in (0.0, 0.1, 0.55, 0.999):
        clock.now_s = 1000 + share * usable_s
        rates.append(schedule.learning_rates(7, 1, 0.0)[0])

    assert rates[:3] == pytest.approx([0.2 * FIRST_SHARE, 0.2, 0.1])
    assert 0 < rates[3] < 0.0001
    assert not schedule.is_over(7)
    clock.now_s = 1000 + usable_s
    assert schedule.is_over(7)


def test_steps_ahead_follow_the_clock() -> None:
    """The rates of a call that takes 100 s are those that the clock would give, and never below nothing."""
    clock = Clock()
    schedule = Schedule(replace(RECIPE, minutes=10), STEPS, clock=clock)
    schedule.keep_for_the_end(0.0)
    clock.now_s += 300
    ahead = schedule.learning_rates(7, 400, 1.0)
    clock.now_s += 100

    assert ahead[100] == pytest.approx(schedule.learning_rates(107, 1, 1.0)[0])
    assert ahead.min() == ahead[-1] == 0


def test_compiling_takes_no_place_of_the_warm_up() -> None:
    """The course begins behind it, and ends when the time is over; without time left it is over at once."""
    clock = Clock()
    schedule = Schedule(replace(RECIPE, minutes=10), STEPS, clock=clock)
    schedule.keep_for_the_end(0.0)
    clock.now_s += 200
    schedule.progress(1)
    schedule.begin()

    assert schedule.learning_rates(1, 1, 0.0)[0] == pytest.approx(0.2 * FIRST_SHARE)
    clock.now_s += 40
    assert schedule.learning_rates(9, 1, 0.0)[0] == pytest.approx(0.2)
    clock.now_s += 359
    assert not schedule.is_over(80)
    clock.now_s += 1
    assert schedule.is_over(80)
    clock.now_s += 100
    schedule.begin()
    assert schedule.is_over(80) and set(schedule.learning_rates(80, 3, 1.0)) == {0}


def test_votes_come_first_for_their_share_of_the_training() -> None:
    """By steps, by the clock within one call, and in a process that resumes after that time."""
    recipe = replace(RECIPE, votes_first=0.25)
    clock = Clock()
    timed = Schedule(replace(recipe, minutes=1), STEPS, clock=clock)
    timed.keep_for_the_end(0.0)
    clock.now_s += 10

    assert Schedule(recipe, STEPS).votes_first(40, 20, 0.0).tolist() == [1] * 10 + [0] * 10
    assert timed.votes_first(3, 8, 1.0).tolist() == [1] * 5 + [0] * 3
    assert Schedule(replace(recipe, minutes=1), STEPS, spent_s=20.0, clock=clock).votes_first(3, 2, 1.0).sum() == 0
    assert Schedule(RECIPE, STEPS).votes_first(0, 9, 0.0).sum() == 0


def test_the_end_keeps_a_part_of_the_time_at_most() -> None:
    """On a slow machine the evaluation alone may take longer than the whole training may."""
    clock = Clock()
    schedule = Schedule(replace(RECIPE, minutes=1), STEPS, clock=clock)
    schedule.keep_for_the_end(100.0)
    clock.now_s += 60 * (1 - MOST_RESERVE) - 0.1

    assert not schedule.is_over(1)


def test_progress_never_goes_back() -> None:
    """Neither when less time is kept for the end than was thought, nor after a restart."""
    clock = Clock()
    schedule = Schedule(replace(RECIPE, minutes=1), STEPS, spent_s=30.0, clock=clock)
    before = schedule.progress(1)
    schedule.keep_for_the_end(0.0)

    assert before > 0.5
    assert schedule.progress(1) == before
    assert schedule.spent_s == 30.0
    assert Schedule(replace(RECIPE, minutes=1), STEPS, spent_s=60.0, clock=clock).is_over(0)


def test_epochs_left_are_told_from_the_pace_so_far() -> None:
    """Three epochs in a third of the time leave six."""
    clock = Clock()
    schedule = Schedule(replace(RECIPE, minutes=10), STEPS, clock=clock)
    schedule.keep_for_the_end(0.0)
    clock.now_s += 200

    assert schedule.epochs_left(3 * STEPS) == pytest.approx(6)
