"""Targets are distributions that follow the votes."""

import numpy as np
import pytest

from training.data.faces import Faces
from training.data.targets import VoteMap, fer2013_targets, ferplus_targets, majority

# neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown, NF
HAPPY = [0, 9, 1, 0, 0, 0, 0, 0, 0, 0]
TORN = [5, 0, 0, 5, 0, 0, 0, 0, 0, 0]
NO_FACE = [0, 1, 0, 0, 0, 0, 0, 0, 0, 9]
UNKNOWN = [2, 0, 0, 0, 0, 0, 0, 0, 8, 0]
VOTES = np.array([HAPPY, TORN, NO_FACE, UNKNOWN], np.float32)


def test_ferplus_targets_are_shares_of_the_votes() -> None:
    """Single votes are dropped; pictures without a face, or that nobody understands, have weight 0."""
    target, weight = ferplus_targets(VOTES)

    assert target[0].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    assert target[1].tolist() == [0.5, 0, 0, 0.5, 0, 0, 0, 0]
    assert weight.tolist() == [1, 1, 0, 0]
    assert target.sum(axis=1) == pytest.approx(1)


def test_the_majority_is_more_than_half() -> None:
    """A tie, no face and `unknown` have none."""
    assert majority(VOTES).tolist() == [1, -1, -1, -1]


def test_votes_soften_labels_by_their_share() -> None:
    """Without votes the target is the label; with them it is pulled towards what they suggest."""
    labels = np.array([3, 4])
    likely = np.full((2, 7), 1 / 7, np.float32)

    assert np.array_equal(np.eye(7, dtype=np.float32)[labels], fer2013_targets(labels, None, 0.4))
    soft = fer2013_targets(labels, likely, 0.4)
    assert soft[0, 3] == pytest.approx(0.6 + 0.4 / 7)
    assert soft[0, 0] == pytest.approx(0.4 / 7)
    assert fer2013_targets(labels, None, 0.0, smoothing=0.07)[0, 0] == pytest.approx(0.01)


def test_the_map_learns_how_labels_follow_votes() -> None:
    """Where images voted neutral are labelled neutral and sad three to one, it returns these shares."""
    votes = np.array([[10, 0, 0, 0, 0, 0, 0, 0, 0, 0]] * 400 + [[0, 10, 0, 0, 0, 0, 0, 0, 0, 0]] * 100, np.float32)
    labels = np.array([6, 6, 6, 4] * 100 + [3] * 100)
    faces = Faces(images=np.zeros((500, 48, 48), np.uint8), labels=labels, votes=votes)
    said = VoteMap(faces)(votes[[0, -1]])

    assert said.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert said[0, 6] == pytest.approx(0.75, abs=0.03)
    assert said[0, 4] == pytest.approx(0.25, abs=0.03)
    assert said[1, 3] > 0.95


def test_a_map_needs_votes() -> None:
    """The error gives the reason."""
    faces = Faces(images=np.zeros((1, 48, 48), np.uint8), labels=np.zeros(1, np.int64))
    with pytest.raises(ValueError, match="expected images with votes"):
        VoteMap(faces)
