"""Batch normalisation as one operation where Keras runs several: on PyTorch, which runs operation by operation."""

from functools import cache
from typing import Any

from models.networks import import_keras


def fused(network: Any) -> Any:
    """Return a copy of a network to train, in which batch normalisation is one operation on PyTorch.

    Its variables have the values and the order of the network's, so weights and checkpoints fit both. It is not for
    export: its layers' class is known here only. On other backends, which compile a step, it is the network itself.
    """
    keras = import_keras()
    if keras.backend.backend() != "torch":
        return network

    def copy(layer: Any) -> Any:
        kind = type(layer)
        if kind is keras.layers.BatchNormalization and layer.scale and layer.center and not layer.renorm:
            kind = _layer()
        return kind.from_config(layer.get_config())

    made = keras.models.clone_model(network, clone_function=copy)
    for variable, value in zip(made.variables, network.variables, strict=True):
        variable.assign(value)
    return made


@cache
def _layer() -> Any:
    """Return the class of layers, whose base is known once Keras is imported."""
    import torch

    class Fused(import_keras().layers.BatchNormalization):  # type: ignore[misc]
        def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
            count = inputs.numel() // inputs.shape[self.axis]
            # PyTorch does not normalise a single value, whose variance is 0
            if not (training and self.trainable) or mask is not None or count == 1:
                return super().call(inputs, training=training, mask=mask)
            mean, variance = torch.zeros_like(self.moving_mean.value), torch.zeros_like(self.moving_variance.value)
            outputs = torch.nn.functional.batch_norm(
                inputs.movedim(self.axis, 1),
                mean,
                variance,
                self.gamma.value,
                self.beta.value,
                training=True,
                momentum=1.0,  # so that it returns this batch's mean and variance
                eps=self.epsilon,
            )
            biased = variance * (count - 1) / count  # as in Keras; PyTorch estimates the population's
            keep = self.momentum
            self.moving_mean.assign(keep * self.moving_mean.value + (1 - keep) * mean)
            self.moving_variance.assign(keep * self.moving_variance.value + (1 - keep) * biased)
            return outputs.movedim(1, self.axis)

    return Fused
