"""What a step learns."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from models.networks import import_keras
from tests.training.small import RECIPE, make_faces
from training.checkpoint import Arrays
from training.data.augment import Augment
from training.data.epochs import Epochs
from training.data.targets import VoteMap, fer2013_targets
from training.on_device.steps import Steps

pytestmark = pytest.mark.slow


class Targets(Steps):
    """Takes no steps; gives their targets."""

    def program(self, mixing: bool, small: bool) -> Any:
        """Return a function that returns 0."""
        return lambda *arguments: 0.0

    def average(self) -> Arrays:
        """Return nothing."""
        return []

    def store(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("votes_weight", [0.0, 0.4])
def test_votes_come_first_then_the_recipes_share(votes_weight: float) -> None:
    """First the targets are those of `votes_weight` 1, then the recipe's; without votes they are the labels."""
    recipe = replace(RECIPE, votes_weight=votes_weight, augment=Augment(), smoothing=0.1)
    faces = make_faces(32, 0)
    assert faces.votes is not None
    faces.votes[::2] = faces.votes[1::2]  # people disagree with every other label
    likely, labels = VoteMap(faces)(faces.votes), faces.labels
    optimizer, losses = SimpleNamespace(variables=[SimpleNamespace(name="learning_rate")]), {"fer2013": 1.0}

    def target(faces: Any, votes: float) -> Any:
        epochs = Epochs(faces, recipe, ("fer2013",))
        steps = Targets(None, optimizer, recipe, losses, epochs, [])
        plan = epochs.plan(0) | {"votes": np.float32([1 - votes, votes])}
        found = steps.batch(steps.resident, plan, 1, mixing=False, small=False)[1]["fer2013"]
        return import_keras().ops.convert_to_numpy(found), plan["index"][1]

    for votes, weight in ((1.0, 1.0), (0.0, votes_weight)):
        found, which = target(faces, votes)
        assert found == pytest.approx(fer2013_targets(labels, likely, weight, 0.1)[which])
        found, which = target(replace_votes(faces), votes)
        assert found == pytest.approx(fer2013_targets(labels, None, 0.0, 0.1)[which])


def replace_votes(faces: Any) -> Any:
    """Return the faces without votes."""
    return type(faces)(images=faces.images, labels=faces.labels, votes=None)
