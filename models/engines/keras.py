"""Loading a `.keras` file for the engines that run it directly, on any Keras backend."""

from typing import Any

from models.devices import Arithmetic, Precision
from models.engines.network import Network

BF16_CAPABILITY = 8
"""First compute capability (major) of NVIDIA GPUs that multiplies bfloat16 (Ampere, 2020)."""


def resolve(precision: Precision, *, capability: int) -> Arithmetic:
    """Return the precision; resolve `auto` by a GPU's compute capability (major), or 0 for a CPU."""
    if precision == "auto":
        return "bf16" if capability >= BF16_CAPABILITY else "f32"
    return precision


def load_model(keras: Any, network: Network, precision: Arithmetic) -> Any:
    """Load the network with its convolutions in `bf16` or `f32`.

    The layers before and after them stay in float32: with 8 bits of mantissa, a dim face would blur, and a softmax
    could not distinguish 0.90 from 0.91.
    """
    model = keras.models.load_model(network.path, compile=False)
    if precision == "f32":
        return model
    layers = keras.layers
    exact = (layers.Rescaling, layers.LayerNormalization, layers.Dense, layers.Softmax)

    def convert(layer: Any) -> Any:
        config = layer.get_config()
        # an operation that is no layer (the enlargement) keeps its input's type
        if isinstance(layer, layers.Layer) and not isinstance(layer, exact):
            config["dtype"] = "mixed_bfloat16"
        return type(layer).from_config(config)

    converted = keras.models.clone_model(model, clone_function=convert)
    converted.set_weights(model.get_weights())
    return converted


def as_input(keras: Any, crops: Any) -> Any:
    """Return crops `uint8[n, size, size]` as the network's input, `float32[n, size, size, 1]`, on the same device."""
    return keras.ops.expand_dims(keras.ops.cast(crops, "float32"), -1)
