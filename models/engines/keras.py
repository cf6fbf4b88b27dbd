"""Loading a `.keras` file for the engines that run it as it is, on whichever library Keras is on."""

from typing import Any

from models.engines.base import Arithmetic, Precision
from models.engines.network import Network

BF16_CAPABILITY = 8
"""NVIDIA's GPUs multiply bfloat16 from this compute capability on (Ampere, 2020)."""


def resolve(precision: Precision, *, capability: int) -> Arithmetic:
    """Return the precision, `auto` by the compute capability (major) of a GPU; 0 stands for a CPU."""
    if precision == "auto":
        return "bf16" if capability >= BF16_CAPABILITY else "f32"
    return precision


def load_model(keras: Any, network: Network, precision: Arithmetic) -> Any:
    """Load the network, its convolutions in `bf16` or `f32`.

    What comes before and after them stays in float32: 8 bits of mantissa would blur a dim face, and a softmax over
    them not tell 0.90 from 0.91.
    """
    model = keras.models.load_model(network.path, compile=False)
    if precision == "f32":
        return model
    layers = keras.layers
    exact = (layers.Rescaling, layers.LayerNormalization, layers.Dense, layers.Softmax)

    def convert(layer: Any) -> Any:
        config = layer.get_config()
        if not isinstance(layer, exact):
            config["dtype"] = "mixed_bfloat16"
        return type(layer).from_config(config)

    converted = keras.models.clone_model(model, clone_function=convert)
    converted.set_weights(model.get_weights())
    return converted


def as_input(keras: Any, crops: Any) -> Any:
    """Return crops `uint8[n, size, size]` as the network takes them, `float32[n, size, size, 1]`, on their device."""
    return keras.ops.expand_dims(keras.ops.cast(crops, "float32"), -1)
