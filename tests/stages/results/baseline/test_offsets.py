"""Probabilities without a person's own neutral face."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cards import FOLDER, load_card
from pipeline.messages import EMOTIONS
from stages.results.baseline.offsets import offset_of, without

AVERAGE = np.log([0.05, 0.01, 0.05, 0.02, 0.12, 0.02, 0.73])
"""Most neutral faces look a little sad to a network."""


def shares(*numbers: float) -> np.ndarray:
    """Return a row of probabilities."""
    return np.array([numbers]) / sum(numbers)


def test_a_neutral_face_that_looks_sad_becomes_an_average_one() -> None:
    """And a smile of the same person is one, too; the order of the others does not change by chance."""
    calm, smile = shares(2, 1, 2, 1, 50, 1, 43), shares(1, 1, 1, 40, 35, 1, 21)
    offset = offset_of(calm.repeat(40, axis=0), AVERAGE)

    assert without(calm, offset)[0] == pytest.approx(np.exp(AVERAGE), abs=1e-6)
    assert EMOTIONS[int(without(smile, offset)[0].argmax())] == "happy"
    assert without(smile, offset)[0, EMOTIONS.index("sad")] < 0.1 < smile[0, EMOTIONS.index("sad")]


def test_a_mean_in_logits_is_no_mean_of_probabilities() -> None:
    """Half of the time 0.9, half of the time 0.1 of happy is as much as always even."""
    rows = np.vstack([shares(1, 1, 1, 54, 1, 1, 1), shares(9, 9, 9, 6, 9, 9, 9)])
    expected = np.log(np.clip(rows, 1e-3, 1)).mean(axis=0) - AVERAGE

    assert offset_of(rows, AVERAGE) == pytest.approx(expected)


@given(st.lists(st.floats(0, 1), min_size=7, max_size=7).filter(lambda row: sum(row) > 0.1))
def test_someone_who_looks_average_is_unchanged(row: list[float]) -> None:
    """Up to the limit below which no probability counts."""
    p = np.clip(np.array([row]) / sum(row), 1e-3, 1)
    p /= p.sum()

    assert without(p, np.zeros(7))[0] == pytest.approx(p[0], abs=1e-3)
    assert without(p, np.full(7, 3.0))[0] == pytest.approx(without(p, np.zeros(7))[0])
    assert without(p, offset_of(p, AVERAGE)).sum() == pytest.approx(1.0)


def test_before_the_first_classification_nothing_is_known() -> None:
    """Also of someone without a baseline."""
    assert np.isnan(without(np.full((1, 7), np.nan), np.zeros(7))).all()
    assert np.isnan(without(shares(1, 1, 1, 1, 1, 1, 1), np.full((1, 7), np.nan))).all()


@pytest.mark.parametrize("name", [path.stem for path in sorted(FOLDER.glob("*.toml"))])
def test_the_cards_know_neutral_faces(name: str) -> None:
    """What their mean says is neutral."""
    means = load_card(name).neutral

    assert tuple(means) == EMOTIONS
    assert max(means, key=means.__getitem__) == "neutral"
    assert 0.7 < np.exp(means["neutral"]) / sum(np.exp(list(means.values()))) < 0.9
