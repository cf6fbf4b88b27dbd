"""Quality goes down level by level when pictures come late, comes back when it is calm, and does not swing."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.following.load import BUSY_PATIENCE, MAX_LEVEL, PATIENCE_S, RATES, SHOW_EVERY, LoadShedder

LATE, PROMPT = 0.1, 0.005


def play(shedder: LoadShedder, ages: Iterable[float], start_s: float, hz: int = 30) -> tuple[list[int], float]:
    """Return the level after each frame, and the time at the end."""
    levels, now_s = [], start_s
    for age_s in ages:
        levels.append(shedder.note(age_s, now_s))
        now_s += 1 / hz
    return levels, now_s


def test_prompt_pictures_cost_nothing() -> None:
    """A minute without waiting, with the odd hiccup, does not change the level."""
    levels, _ = play(LoadShedder(), [LATE if i % 100 == 0 else PROMPT for i in range(1800)], 0.0)

    assert set(levels) == {0}


def test_one_bad_second_is_a_hiccup() -> None:
    """One second with a late frame in five, or one late frame at 2 Hz, changes nothing; three such seconds do."""
    bad = [LATE if i % 5 == 0 else PROMPT for i in range(30)]
    once, _ = play(LoadShedder(), [PROMPT] * 60 + bad + [PROMPT] * 90, 0.0)
    more, _ = play(LoadShedder(), [PROMPT] * 60 + bad * 3 + [PROMPT] * 90, 0.0)
    slow, _ = play(LoadShedder(), [PROMPT] * 4 + [LATE] + [PROMPT] * 8, 0.0, hz=2)

    assert set(once) == {0}
    assert max(more) == 1
    assert set(slow) == {0}


def test_late_pictures_are_answered_step_by_step() -> None:
    """The level rises after two late seconds, or one if all frames are late, up to level 3."""
    some, _ = play(LoadShedder(), [LATE if i % 5 == 0 else PROMPT for i in range(600)], 0.0)
    levels, _ = play(LoadShedder(), [LATE] * 600, 0.0)

    assert [some[i] for i in (30, 75, 140, 210, 599)] == [0, 1, 2, 3, MAX_LEVEL]
    assert [levels[i] for i in (15, 45, 75, 105, 599)] == [0, 1, 2, 3, MAX_LEVEL]
    assert all(0 <= b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))


def test_it_goes_back_when_it_is_calm() -> None:
    """The level falls by one after every five calm seconds."""
    shedder = LoadShedder()
    _, now_s = play(shedder, [LATE] * 300, 0.0)
    levels, _ = play(shedder, [PROMPT] * 900, now_s)

    assert levels[0] == MAX_LEVEL
    assert levels[-1] == 0
    assert levels[int(30 * PATIENCE_S) - 40] == MAX_LEVEL


def test_it_stays_where_the_machine_is_just_fast_enough() -> None:
    """Frames that wait for each other without being late keep the level four times as long as frames that do not."""
    times_s = []
    for age_s in (PROMPT, 0.02):
        shedder = LoadShedder()
        _, now_s = play(shedder, [LATE] * 300, 0.0)
        levels, _ = play(shedder, [age_s] * 1800, now_s)
        times_s.append(levels.index(MAX_LEVEL - 1) / 30)

    assert times_s[0] == pytest.approx(PATIENCE_S, abs=1.5)
    assert times_s[1] == pytest.approx(BUSY_PATIENCE * PATIENCE_S, abs=1.5)


def test_a_level_that_is_too_low_ends_at_once() -> None:
    """With the frames of many cameras within a third of a second, with few at the end of the second."""
    times_s = []
    for hz in (510, 10):
        shedder = LoadShedder()
        _, now_s = play(shedder, [LATE] * 10 * hz, 0.0, hz)
        while shedder.level == MAX_LEVEL:
            _, now_s = play(shedder, [PROMPT], now_s, hz)
        levels, _ = play(shedder, [LATE] * 2 * hz, now_s, hz)
        times_s.append(levels.index(MAX_LEVEL) / hz)

    assert times_s[0] == pytest.approx(0.3, abs=0.02)
    assert times_s[1] == pytest.approx(1.0, abs=0.1)


def test_too_early_is_later_the_next_time() -> None:
    """On a machine that full quality overloads, the level settles instead of oscillating."""
    shedder, now_s, changes = LoadShedder(), 0.0, []
    for _ in range(1200):
        before = shedder.level
        _, now_s = play(shedder, [PROMPT if shedder.level else LATE] * 30, now_s)
        changes.append(shedder.level != before)

    assert sum(changes[:120]) > sum(changes[-600:])


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 3)), max_size=200))
def test_the_step_is_always_one_that_exists(story: list[tuple[float, float]]) -> None:
    """The level is valid for any ages and pauses."""
    shedder, now_s = LoadShedder(), 0.0
    for age_s, pause_s in story:
        now_s += pause_s
        level = shedder.note(age_s, now_s)
        assert 0 <= level <= MAX_LEVEL
        assert RATES[level][0] > 0
        assert SHOW_EVERY[level] >= 1
