"""Measures of agreement, against numbers of the literature and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.results.agreement.measures import LEAST_BLOCKS, confusion, f1, icc_2_1, interval, kappa

FLEISS = [[53, 5, 2], [11, 14, 5], [1, 6, 3]]
"""Diagnoses of Fleiss, Cohen and Everitt (1969), per cent."""
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
"""Six targets, four judges: table 2 of Shrout and Fleiss (1979)."""


@pytest.mark.parametrize(
    ("counts", "value"),
    [
        (FLEISS, 0.429),
        ([[20, 5], [10, 15]], 0.4),  # 0.7 agree, 0.5 by chance
        ([[45, 15], [25, 15]], 0.1304),
        ([[25, 35], [5, 35]], 0.2593),
        ([[1, 0], [0, 1]], 1.0),
        ([[0, 1], [1, 0]], -1.0),
        ([[0, 5], [0, 0]], 0.0),  # each has one label, another one
        ([[7, 3], [0, 0]], 0.0),
    ],
)
def test_kappa_is_that_of_the_literature(counts: list[list[int]], value: float) -> None:
    """Kappa does not change if the coders change sides."""
    assert kappa(np.array(counts)) == pytest.approx(value, abs=5e-4)
    assert kappa(np.array(counts).T) == pytest.approx(value, abs=5e-4)


@pytest.mark.parametrize("counts", [[[5, 0], [0, 0]], [[0, 0], [0, 0]], np.zeros((0, 0), int)])
def test_kappa_of_one_label_is_undefined(counts: list[list[int]]) -> None:
    """Not a number, so None: both coders used one and the same label, or none."""
    assert kappa(np.array(counts)) is None


def test_only_what_both_coded_is_counted() -> None:
    """Rows are the coder's labels, columns ours."""
    ours, theirs = np.array([0, 0, 1, -1, 1]), np.array([0, 1, 1, 1, -1])

    assert confusion(ours, theirs, 2).tolist() == [[1, 0], [1, 1]]


def test_f1_is_that_of_precision_and_recall() -> None:
    """A label that nobody used has none."""
    counts = np.array([[6, 2, 0], [1, 3, 0], [0, 0, 0]])
    precision, recall = 6 / 7, 6 / 8

    assert f1(counts) == [pytest.approx(2 * precision * recall / (precision + recall)), pytest.approx(6 / 9), None]


def test_icc_is_that_of_shrout_and_fleiss() -> None:
    """Their table 4 gives 0.29 for ICC(2,1); ICC(1,1) is 0.17 and ICC(3,1) 0.71."""
    assert icc_2_1(np.array(JUDGES, float)) == pytest.approx(0.29, abs=0.005)


def test_icc_is_about_absolute_agreement() -> None:
    """A rater who always says more is in the wrong; by hand: mean squares 2, 1.5 and 0, so 2 / 3."""
    shares = np.array([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]])

    assert icc_2_1(shares) == pytest.approx(2 / 3)
    assert icc_2_1(shares[:, :1].repeat(2, axis=1)) == 1.0


@pytest.mark.parametrize("ratings", [np.zeros((0, 2)), np.ones((1, 2)), np.ones((5, 2)), np.ones((5, 1))])
def test_icc_without_differences_is_undefined(ratings: np.ndarray) -> None:
    """Also with fewer than two targets or raters."""
    assert icc_2_1(ratings) is None


@settings(max_examples=15)
@given(st.lists(st.lists(st.integers(0, 50), min_size=9, max_size=9), min_size=LEAST_BLOCKS, max_size=40))
def test_an_interval_is_within_the_range(numbers: list[list[int]]) -> None:
    """It is the same each time, and its ends are in order."""
    blocks = np.array(numbers).reshape(-1, 3, 3)
    ends = interval(blocks)

    assert ends == interval(blocks)
    if ends:
        assert -1 <= ends[0] <= ends[1] <= 1


def test_an_interval_is_as_wide_as_theory_says() -> None:
    """With independent samples it is that of the standard error: 0.4 ± 1.96 * sqrt(0.7 * 0.3 / 400) / 0.5."""
    rng = np.random.default_rng(3)
    cells = rng.permutation(np.repeat(np.arange(4), [160, 40, 80, 120]))
    blocks = np.eye(4, dtype=int)[cells].reshape(-1, 2, 2)
    half = 1.96 * np.sqrt(0.7 * 0.3 / 400) / 0.5
    low, high = interval(blocks) or (0, 0)

    assert low == pytest.approx(0.4 - half, abs=0.015) and high == pytest.approx(0.4 + half, abs=0.015)


def test_few_blocks_have_no_interval() -> None:
    """Nor has kappa without a value; empty blocks do not count."""
    agreed, empty, constant = [[5, 0], [0, 5]], [[0, 0], [0, 0]], [[5, 0], [0, 0]]

    assert interval(np.array([agreed] * (LEAST_BLOCKS - 1) + [empty] * 50)) is None
    assert interval(np.array([constant] * LEAST_BLOCKS)) is None
    assert interval(np.array([agreed] * LEAST_BLOCKS)) == (1.0, 1.0)
