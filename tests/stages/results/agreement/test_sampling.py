"""Intervals as samples."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stages.results.agreement.sampling import NONE, sample, shift


@given(st.floats(0, 500), st.floats(0, 500))
def test_a_rounded_time_gives_the_same_samples(start: float, end: float) -> None:
    """Exports round to milliseconds; a kappa of 1 stays 1."""
    exact, rounded = ((start, end, "happy"), (round(start), round(end), "happy"))

    assert np.array_equal(sample([exact], ["happy"], 500), sample([rounded], ["happy"], 500))


def test_a_rounded_boundary_just_before_a_whole_step() -> None:
    """34.7 ms becomes 35 ms: both begin with the fourth sample."""
    assert [sample([(at, 60.0, "sad")], ["sad"], 60).tolist() for at in (34.7, 35.0, 35.3)] == [
        [-1, -1, -1, 0, 0, 0]
    ] * 3


def test_samples_cover_the_recording_and_no_more() -> None:
    """What is coded before its start or after its end is left out."""
    found = sample([(-50.0, 10.0, "a"), (20.0, 99.0, "b")], ["a", "b"], 40.0)

    assert found.tolist() == [0, NONE, 1, 1]
    assert sample([(0.0, 10.0, "a")], ["a"], 0.0).tolist() == []


def test_a_shift_moves_earlier() -> None:
    """Negative steps move later; what leaves is lost, also if everything does."""
    samples = np.array([0, 1, 2])

    assert shift(samples, 1).tolist() == [1, 2, NONE]
    assert shift(samples, -1).tolist() == [NONE, 0, 1]
    assert shift(samples, 0).tolist() == [0, 1, 2]
    assert all(shift(samples, steps).tolist() == [NONE] * 3 for steps in (3, 4, 9, -3, -4, -9))
