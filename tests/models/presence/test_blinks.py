"""Which drops of the eye aspect ratio are blinks."""

import numpy as np
import pytest

from models.presence.blinks import LONGEST_S, Blinks


def count(ratios: list[float], fps: float = 30.0, start_s: float = 0.0) -> int | None:
    """Return the blinks after all of these."""
    blinks, found = Blinks(), None
    for n, ratio in enumerate(ratios):
        found = blinks.update(ratio, start_s + n / fps)
    return found


def trace(*closed_s: float, usual: float = 0.28, low: float = 0.11, fps: float = 30.0) -> list[float]:
    """Return the ratios of eyes that are open for 1.5 s before each closure, and afterwards."""
    rng = np.random.default_rng(4)
    ratios: list[float] = []
    for seconds in closed_s:
        ratios += [usual] * round(1.5 * fps) + [low] * round(seconds * fps)
    ratios += [usual] * round(1.5 * fps)
    return [float(ratio) for ratio in np.array(ratios) + rng.normal(0, 0.01, len(ratios))]


@pytest.mark.parametrize("fps", [15.0, 25.0, 29.97, 60.0])
@pytest.mark.parametrize("usual", [0.14, 0.3])
def test_each_short_closure_is_a_blink(usual: float, fps: float) -> None:
    """In wide and in narrow eyes, at any rate that shows blinks."""
    ratios = [usual * ratio / 0.28 for ratio in trace(0.134, 0.2, 0.3, fps=fps)]
    assert count(ratios, fps) == 3


def test_a_look_down_and_long_closed_eyes_are_none() -> None:
    """Nor is noise, nor eyes that stay closed."""
    assert count(trace()) == 0
    assert count(trace(0.3, low=0.19)) == 0
    assert count(trace(LONGEST_S + 0.1)) == 0
    assert count(trace(0.2)[: 45 + 6]) == 0


def test_too_few_measurements_show_no_blinks() -> None:
    """Unknown is not none; the count continues when there are enough again."""
    assert count(trace(0.2, fps=12.5), 12.5) is None
    assert count([0.3] * 10) is None
    blinks, fast = Blinks(), trace(0.2)
    for n, ratio in enumerate(fast):
        blinks.update(ratio, n / 30)
    assert blinks.update(0.3, 100.0) is None
    assert [blinks.update(ratio, 100 + n / 30) for n, ratio in enumerate(fast, 1)][-1] == 2


def test_a_stream_that_jumps_back_is_no_blink() -> None:
    """Nor is the time in between."""
    blinks = Blinks()
    for n in range(60):
        blinks.update(0.3 if n < 58 else 0.1, n / 30)
    assert [blinks.update(0.3, 0.5 + n / 30) for n in range(60)][-1] == 0
