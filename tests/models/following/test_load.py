"""Quality goes down step by step when pictures come late, comes back when it is calm, and does not swing."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from models.following.load import MOST, PATIENCE_S, RATES, SHOW_EVERY, Saving

LATE, PROMPT = 0.1, 0.005


def play(saving: Saving, ages: Iterable[float], start_s: float, hz: int = 30) -> tuple[list[int], float]:
    """Return the step after each picture, and the time at the end."""
    steps, now_s = [], start_s
    for age_s in ages:
        steps.append(saving.note(age_s, now_s))
        now_s += 1 / hz
    return steps, now_s


def test_prompt_pictures_cost_nothing() -> None:
    """A minute without waiting, with the odd hiccup, leaves everything as it is."""
    steps, _ = play(Saving(), [LATE if i % 100 == 0 else PROMPT for i in range(1800)], 0.0)

    assert set(steps) == {0}


def test_one_bad_second_is_a_hiccup() -> None:
    """Nothing is left out for one second with a late picture in five, or in two; for more such seconds something is."""
    bad = [LATE if i % 5 == 0 else PROMPT for i in range(30)]
    once, _ = play(Saving(), [PROMPT] * 60 + bad + [PROMPT] * 90, 0.0)
    more, _ = play(Saving(), [PROMPT] * 60 + bad * 3 + [PROMPT] * 90, 0.0)
    slow, _ = play(Saving(), [PROMPT] * 4 + [LATE] + [PROMPT] * 8, 0.0, hz=2)

    assert set(once) == {0}
    assert max(more) == 1
    assert set(slow) == {0}


def test_late_pictures_are_answered_step_by_step() -> None:
    """Each step comes two seconds after the one before, or one where all are late, and there are no more than three."""
    some, _ = play(Saving(), [LATE if i % 5 == 0 else PROMPT for i in range(600)], 0.0)
    steps, _ = play(Saving(), [LATE] * 600, 0.0)

    assert [some[i] for i in (30, 75, 140, 210, 599)] == [0, 1, 2, 3, MOST]
    assert [steps[i] for i in (15, 45, 75, 105, 599)] == [0, 1, 2, 3, MOST]
    assert all(0 <= b - a <= 1 for a, b in zip(steps, steps[1:], strict=False))


def test_it_goes_back_when_it_is_calm() -> None:
    """Step by step, after five calm seconds each."""
    saving = Saving()
    _, now_s = play(saving, [LATE] * 300, 0.0)
    steps, _ = play(saving, [PROMPT] * 900, now_s)

    assert steps[0] == MOST
    assert steps[-1] == 0
    assert steps[int(30 * PATIENCE_S) - 40] == MOST


def test_too_early_is_later_the_next_time() -> None:
    """A machine that is full whenever everything is done settles, instead of swinging for ever."""
    saving, now_s, changes = Saving(), 0.0, []
    for _ in range(1200):
        before = saving.step
        _, now_s = play(saving, [PROMPT if saving.step else LATE] * 30, now_s)
        changes.append(saving.step != before)

    assert sum(changes[:120]) > sum(changes[-600:])


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 3)), max_size=200))
def test_the_step_is_always_one_that_exists(story: list[tuple[float, float]]) -> None:
    """Whatever the ages and the pauses."""
    saving, now_s = Saving(), 0.0
    for age_s, pause_s in story:
        now_s += pause_s
        step = saving.note(age_s, now_s)
        assert 0 <= step <= MOST
        assert RATES[step][0] > 0
        assert SHOW_EVERY[step] >= 1
