"""The steps of a training, compiled for the device: data, augmentation, optimizer and averages stay there."""

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.networks import import_keras
from training.checkpoint import Arrays
from training.data.epochs import Epochs
from training.data.pixels import augment, mix, shrunk
from training.recipe import Recipe


class Course(NamedTuple):
    """Numbers of the next steps, each `float32[steps]`.

    Attributes:
        rate: Learning rate.
        share: Weight of the step in the average of the weights.
        votes: 1 while the votes are learned first, then 0.
    """

    rate: NDArray[np.float32]
    share: NDArray[np.float32]
    votes: NDArray[np.float32]


class Steps(ABC):
    """Trains a network, many steps in one call.

    Args:
        model: The network.
        optimizer: Its optimizer, built for its variables.
        recipe: The recipe.
        losses: Weight of each head's loss.
        epochs: Its epochs; their data are copied to the device once.
        average: The averaged weights so far, in the order of `model.get_weights()`.
    """

    def __init__(
        self, model: Any, optimizer: Any, recipe: Recipe, losses: dict[str, float], epochs: Epochs, average: Arrays
    ) -> None:
        ops = import_keras().ops
        self.model, self.optimizer, self.losses = model, optimizer, losses
        self._options, self._bank_weight = epochs.options, recipe.bank_weight
        self.resident = {name: ops.convert_to_tensor(values) for name, values in epochs.resident.items()}
        self.rate_index = next(i for i, v in enumerate(optimizer.variables) if v.name == "learning_rate")
        self._programs: dict[tuple[bool, bool], Any] = {}

    @abstractmethod
    def program(self, mixing: bool, small: bool) -> Any:
        """Return a function of the first step, the end, and the plan with its course, that returns the sum of losses.

        On a card it is one program for all steps. On a processor each step is one: XLA's convolutions take several
        times as long in a loop.
        """

    @abstractmethod
    def average(self) -> Arrays:
        """Return the averaged weights, in the order of `model.get_weights()`."""

    @abstractmethod
    def store(self) -> None:
        """Copy the state from the device into the variables of the network and the optimizer."""

    def run(self, plan: dict[str, Any], first: int, course: Course, *, mixing: bool, small: bool) -> float:
        """Take steps of an epoch; return the sum of their losses.

        Args:
            plan: The epoch's arrays, on the device; see `training.data.epochs.EpochPlan`.
            first: Number of the first step in the epoch.
            course: Numbers of the steps; as many as steps are taken.
            mixing: Whether batches are mixed.
            small: Whether images have two thirds of their side.
        """
        ops = import_keras().ops
        program = self._programs.get((mixing, small)) or self.program(mixing, small)
        self._programs[mixing, small] = program
        count = len(course.rate)
        around = (first, len(plan["index"]) - first - count)
        # of full length, whatever the number of steps: another shape would be compiled again
        padded = {name: ops.convert_to_tensor(np.pad(values, around)) for name, values in course._asdict().items()}
        return float(program(first, first + count, plan | padded))

    def batch(self, resident: Any, plan: Any, step: Any, mixing: bool, small: bool) -> tuple[Any, Any, Any]:
        """Return the images `float32[n, side, side, 1]`, targets and weights of a step."""
        ops = import_keras().ops
        turn = {name: ops.take(values, step, axis=0) for name, values in plan.items()}
        which, share = turn["index"], self._bank_weight
        images = augment(ops.take(resident["images"], which, axis=0), turn["draws"], self._options)
        images = ops.cast(shrunk(images) if small else images, "float32")
        targets = {head: ops.take(resident[f"target_{head}"], which, axis=0) for head in self.losses}
        weights = {head: ops.take(resident[f"weight_{head}"], which, axis=0) for head in self.losses}
        for head in targets:
            if f"first_{head}" in resident:
                first = ops.take(resident[f"first_{head}"], which, axis=0)
                targets[head] = ops.where(turn["votes"] > 0, first, targets[head])
            if f"said_{head}" in resident:
                said = resident[f"said_{head}"]
                rows = ops.reshape(said, (-1, said.shape[-1]))
                chosen = ops.take(rows, turn["view"] * said.shape[1] + which, axis=0)
                targets[head] = (1 - share) * targets[head] + share * ops.cast(chosen, "float32")
        if mixing:
            images, targets = mix(images, targets, turn["other"], turn["box"], turn["weight"])
        return images[..., None], targets, weights

    def loss(self, logits: Any, targets: Any, weights: Any) -> Any:
        """Return the weighted sum of the heads' cross-entropies."""
        ops = import_keras().ops
        total = 0.0
        for head, share in self.losses.items():
            rows = ops.sum(targets[head] * ops.log_softmax(ops.cast(logits[head], "float32")), axis=-1)
            total = total - share * ops.mean(weights[head] * rows)
        return total


def make_steps(*args: Any) -> Steps:
    """Return the steps for Keras' backend; arguments as those of `Steps`."""
    if import_keras().backend.backend() == "jax":
        from training.on_device.jax_steps import JaxSteps

        return JaxSteps(*args)
    from training.on_device.variable_steps import VariableSteps

    return VariableSteps(*args)
