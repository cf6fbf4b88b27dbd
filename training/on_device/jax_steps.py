"""Steps on JAX: all state goes through one compiled loop, in the same memory."""

from typing import Any

import numpy as np

from models.networks import import_keras
from models.runtimes import import_jax
from training.checkpoint import Arrays
from training.on_device.device import compiled, has_card
from training.on_device.steps import Steps


class JaxSteps(Steps):
    """See `training.on_device.steps.Steps`."""

    def __init__(self, model: Any, optimizer: Any, recipe: Any, losses: Any, epochs: Any, average: Arrays) -> None:
        super().__init__(model, optimizer, recipe, losses, epochs, average)
        ops = import_keras().ops
        self._variables = [model.trainable_variables, model.non_trainable_variables, optimizer.variables]
        places = {id(v): (group, i) for group in (0, 1) for i, v in enumerate(self._variables[group])}
        self._places = [places[id(weight)] for weight in model.weights]
        state = [[ops.copy(v.value) for v in group] for group in self._variables]
        self._state = (*state, [ops.convert_to_tensor(value) for value in average])

    def average(self) -> Arrays:
        """Return the averaged weights."""
        return [np.array(value) for value in self._state[3]]

    def store(self) -> None:
        """Copy the state into the variables."""
        for group, values in zip(self._variables, self._state, strict=False):
            for variable, value in zip(group, values, strict=True):
                variable.assign(value)

    def program(self, mixing: bool, small: bool) -> Any:
        """Return the compiled loop."""
        jax, keras = import_jax(), import_keras()

        def step(i: Any, carry: Any, resident: Any, plan: Any) -> Any:
            (trainable, rest, optimizer, average), total = carry
            images, targets, weights = self.batch(resident, plan, i, mixing, small)
            optimizer[self.rate_index] = plan["rate"][i]

            def cost(trainable: Any) -> Any:
                logits, after = self.model.stateless_call(trainable, rest, images, training=True)
                loss = self.loss(logits, targets, weights)
                with keras.StatelessScope(list(zip(self._variables[2], optimizer, strict=True))):
                    return self.optimizer.scale_loss(loss), (loss, after)

            (_, (loss, after)), gradients = jax.value_and_grad(cost, has_aux=True)(trainable)
            trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
            groups = (trainable, after)
            average = [
                mean + plan["share"][i] * (groups[group][k] - mean)
                for mean, (group, k) in zip(average, self._places, strict=True)
            ]
            return ([*trainable], [*after], [*optimizer], average), total + loss

        def loop(state: Any, first: Any, last: Any, *rest: Any) -> Any:
            return jax.lax.fori_loop(first, last, lambda i, carry: step(i, carry, *rest), (state, 0.0))

        def once(state: Any, i: Any, *rest: Any) -> Any:
            return step(i, (state, 0.0), *rest)

        whole = has_card()
        program = compiled(loop if whole else once, donate=(0,))

        def run(first: int, last: int, *rest: Any) -> float:
            if whole:
                self._state, total = program(self._state, np.int32(first), np.int32(last), self.resident, *rest)
                return float(total)
            total = 0.0
            for i in range(first, last):
                self._state, loss = program(self._state, np.int32(i), self.resident, *rest)
                total += float(loss)
            return total

        return run
