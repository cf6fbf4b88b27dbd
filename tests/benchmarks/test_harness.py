"""The arithmetic of the measurements."""

import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.harness import digits, measure, one_core, quantiles, spread


def test_a_spread_is_median_and_quartiles() -> None:
    """Half of all values lie between the quartiles; one value is all three."""
    found = spread([5.0, 1.0, 4.0, 2.0, 3.0])

    assert (found.low, found.median, found.high, found.n) == (2.0, 3.0, 4.0, 5)
    assert spread([7.0]) == type(found)(median=7.0, low=7.0, high=7.0, n=1)


def test_nothing_has_no_spread() -> None:
    """The error says what was expected."""
    with pytest.raises(ValueError, match="at least one measurement"):
        spread([])


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_quartiles_enclose_the_median(values: list[float]) -> None:
    """The median lies between the quartiles for any values."""
    found = spread(values)

    assert min(values) <= found.low <= found.median <= found.high <= max(values)


def test_warm_up_is_done_and_not_counted() -> None:
    """Work is repeated as often as asked for, and its cost is that of one unit."""
    calls = []

    def work() -> int:
        calls.append(sum(range(20_000)))
        return 10

    cost = measure(work, repetitions=4, warm_up=3)

    assert len(calls) == 7
    assert (cost.cpu_ms.n, cost.wall_ms.n) == (4, 4)
    assert cost.cpu_ms.median > 0
    assert cost.wall_ms.median > 0


def test_one_core_holds_all_threads_and_lets_them_go() -> None:
    """Existing threads are restricted to the core too, and released afterwards."""
    before = os.sched_getaffinity(0)
    with one_core():
        inside = {tuple(os.sched_getaffinity(int(t.name))) for t in Path("/proc/self/task").iterdir()}

    assert inside == {(min(before),)}
    assert os.sched_getaffinity(0) == before


def test_quantiles_of_nothing_are_no_numbers() -> None:
    """Quantiles of no values are NaN; others lie between the smallest and the largest value."""
    assert math.isnan(quantiles([], [0.5])[0])
    assert quantiles([1.0, 2.0, 3.0], [0.0, 0.5, 1.0]) == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("value", "text"), [(1234.5, "1234"), (12.345, "12.3"), (1.2345, "1.23"), (0.01234, "0.012"), (0.0, "0.000")]
)
def test_numbers_are_shown_with_what_matters(value: float, text: str) -> None:
    """Numbers have three significant digits and no exponent."""
    assert digits(value) == text
