"""The assignment of faces to tracks."""

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.following.assignment import assign

Assign = Callable[[NDArray[np.float64]], tuple[NDArray[np.intp], NDArray[np.intp]]]
SIZES = st.integers(1, 12)


@pytest.fixture(scope="module")
def best() -> Assign:
    """Return SciPy's assignment; the import would take half a second in each process that lists the tests."""
    from scipy.optimize import linear_sum_assignment

    chosen: Assign = linear_sum_assignment
    return chosen


@given(SIZES, SIZES, st.sampled_from([0.0, 0.5, 0.9]), st.sampled_from([3, 10**6]), st.integers(0, 2**32 - 1))
def test_no_other_assignment_costs_less(best: Assign, n: int, m: int, far: float, values: int, seed: int) -> None:
    """Whatever the shape, with ties, and with pairs that are as good as forbidden: the sum is that of SciPy."""
    rng = np.random.default_rng(seed)
    costs = rng.integers(0, values, (n, m)) / values
    costs[rng.random((n, m)) < far] = 1e6

    rows, columns = assign(costs)

    assert len(rows) == len(set(rows.tolist())) == len(set(columns.tolist())) == min(n, m)
    assert costs[rows, columns].sum() == pytest.approx(costs[best(costs)].sum(), rel=1e-12)


def test_the_nearest_is_not_always_the_best() -> None:
    """Both rows would rather have column 0; the sum decides."""
    rows, columns = assign(np.array([[0.0, 1.0], [0.1, 9.0]]))

    assert dict(zip(rows.tolist(), columns.tolist(), strict=True)) == {0: 1, 1: 0}


def test_face_detection_starts_without_scipy() -> None:
    """Its import cost every face detection process half a second of CPU time."""
    code = "import sys, stages.detect, models.following.tracking; sys.exit('scipy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
