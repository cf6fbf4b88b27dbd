"""Steps on TensorFlow, as one compiled loop, and on PyTorch, one by one: the state is in the network's variables."""

from typing import Any

import numpy as np

from models.networks import import_keras
from training.checkpoint import Arrays
from training.on_device.device import compiled, has_card
from training.on_device.steps import Steps


class VariableSteps(Steps):
    """See `training.on_device.steps.Steps`."""

    def __init__(self, model: Any, optimizer: Any, recipe: Any, losses: Any, epochs: Any, average: Arrays) -> None:
        super().__init__(model, optimizer, recipe, losses, epochs, average)
        keras = import_keras()
        self._average = [keras.Variable(value, trainable=False, dtype="float32") for value in average]

    def average(self) -> Arrays:
        """Return the averaged weights."""
        return [np.array(import_keras().ops.convert_to_numpy(value)) for value in self._average]

    def store(self) -> None:
        """Do nothing: the state is in the variables."""

    def program(self, mixing: bool, small: bool) -> Any:
        """Return the loop."""
        ops = import_keras().ops

        def step(i: Any, total: Any, plan: Any) -> Any:
            self.optimizer.variables[self.rate_index].assign(ops.take(plan["rate"], i))
            images, targets, weights = self.batch(self.resident, plan, i, mixing, small)
            loss = self._descend(images, targets, weights)
            share = ops.take(plan["share"], i)
            for mean, weight in zip(self._average, self.model.weights, strict=True):
                mean.assign(mean + share * (weight - mean))
            return total + loss

        def loop(first: Any, last: Any, *rest: Any) -> Any:
            return ops.fori_loop(first, last, lambda i, total: step(i, total, *rest), ops.zeros((), "float32"))

        whole = has_card()
        program = compiled(loop if whole else step)

        def run(first: int, last: int, *rest: Any) -> float:
            bounds = [ops.convert_to_tensor(np.int32(i)) for i in range(first, last + 1)]
            if whole:
                return float(program(bounds[0], bounds[-1], *rest))
            total = ops.zeros((), "float32")
            for i in bounds[:-1]:
                total = program(i, total, *rest)
            return float(total)

        return run

    def _descend(self, images: Any, targets: Any, weights: Any) -> Any:
        """Take one step; return its loss."""
        variables = self.model.trainable_variables
        if import_keras().backend.backend() == "tensorflow":
            import tensorflow

            with tensorflow.GradientTape() as tape:
                loss = self.loss(self.model(images, training=True), targets, weights)
                scaled = self.optimizer.scale_loss(loss)
            self.optimizer.apply(tape.gradient(scaled, [v.value for v in variables]), variables)
            return loss
        import torch

        self.model.zero_grad()
        loss = self.loss(self.model(images, training=True), targets, weights)
        self.optimizer.scale_loss(loss).backward()
        with torch.no_grad():
            self.optimizer.apply([v.value.grad for v in variables], variables)
        return loss.detach()
