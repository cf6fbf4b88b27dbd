"""The networks: a family of small residual networks for 48 x 48 faces, one without shortcuts, and this project's first.

All use only Keras 3 layers, so they train on TensorFlow, JAX and PyTorch. Input: gray crops `float[n, size, size, 1]`,
0 to 255; output: logits by head name, `fer2013` `[n, 7]` and optionally `ferplus` `[n, 8]`.
"""

import os
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from models.runtimes import import_tensorflow, keras_on

HEADS = {"fer2013": 7, "ferplus": 8}
"""Number of classes per head."""
LOOKS_AT = (16, 256)
"""Smallest and largest side to which `build` enlarges crops, pixels."""


def import_keras() -> Any:
    """Import Keras on the backend named by the variable `KERAS_BACKEND`; TensorFlow if it is unset."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    return import_tensorflow()[1] if backend == "tensorflow" else keras_on(backend)


def build(
    stem: int,
    widths: Sequence[int],
    blocks: Sequence[int],
    *,
    first_stride: int = 2,
    heads: Sequence[str] = ("fer2013", "ferplus"),
    size: int | None = 48,
    activation: str = "relu",
    dropout: float = 0.2,
    drop_path: float = 0.0,
    looks_at: int | None = None,
) -> Any:
    """Return a residual network with squeeze-and-excitation.

    Each stage halves the resolution, except the first if `first_stride` is 1. All convolutions are dense 3 x 3: they
    become matrix products, which CPUs with bfloat16 run several times faster than depthwise convolutions.

    Sources: He et al. 2016 (arXiv 1512.03385), Hu et al. 2018 (arXiv 1709.01507).

    Args:
        stem: Number of channels of the first convolution.
        widths: Number of channels of each stage.
        blocks: Number of blocks of each stage.
        first_stride: Stride of the first stage.
        heads: Keys of `HEADS`.
        size: Side of a crop in pixels; None accepts any.
        activation: Name of a Keras activation.
        dropout: Dropout rate before the heads.
        drop_path: Rate at which training skips the last block; it grows linearly from 0 at the first block.
        looks_at: Side to which the network enlarges a crop by linear interpolation, pixels; the input stays `size`.

    Raises:
        ValueError: `looks_at` is not a whole number in `LOOKS_AT`, or `size` is None, which means that images become
            smaller during the training to save time.
    """
    layers = import_keras().layers
    crops, x = _preprocessed(size)
    if looks_at is not None:
        x = _enlarged(x, looks_at, size)
    x = _convolve(x, stem, 3, 1)
    x = layers.Activation(activation)(x)
    total, done = sum(blocks), 0
    for stage, (width, count) in enumerate(zip(widths, blocks, strict=True)):
        for i in range(count):
            stride = 1 if i else (2 if stage else first_stride)
            x = _block(x, width, stride, activation, drop_path * done / max(1, total - 1))
            done += 1
    x = layers.GlobalAveragePooling2D()(x)
    return _with_heads(crops, _dropped(x, dropout), heads)


def vgg(
    widths: Sequence[int],
    blocks: Sequence[int],
    *,
    heads: Sequence[str] = ("fer2013", "ferplus"),
    size: int | None = 48,
    activation: str = "relu",
    dropout: float = 0.2,
) -> Any:
    """Return a network without shortcuts: stages of 3 x 3 convolutions with batch normalisation, max pooling between.

    Source: Simonyan and Zisserman 2014 (arXiv 1409.1556); a mean over the area instead of their dense layers.

    Args:
        widths: Number of channels of each stage.
        blocks: Number of convolutions of each stage.
        heads: Keys of `HEADS`.
        size: Side of a crop in pixels; None accepts any.
        activation: Name of a Keras activation.
        dropout: Dropout rate before the heads.
    """
    layers = import_keras().layers
    crops, x = _preprocessed(size)
    for stage, (width, count) in enumerate(zip(widths, blocks, strict=True)):
        if stage:
            x = layers.MaxPooling2D()(x)
        for _ in range(count):
            x = layers.Activation(activation)(_convolve(x, width, 3, 1))
    x = layers.GlobalAveragePooling2D()(x)
    return _with_heads(crops, _dropped(x, dropout), heads)


def original(*, heads: Sequence[str] = ("fer2013",), size: int = 48, dropout: float = 0.25) -> Any:
    """Return the network this project started with, about 3 million parameters.

    Four blocks of convolution, batch normalisation, ReLU, max pooling and dropout; two dense layers.

    Args:
        heads: Keys of `HEADS`.
        size: Side of a crop in pixels.
        dropout: Dropout rate after each block; twice that after each dense layer.
    """
    layers = import_keras().layers
    crops, x = _preprocessed(size)
    for width in (64, 128, 256, 512):
        x = layers.Activation("relu")(_convolve(x, width, 3, 1))
        x = _dropped(layers.MaxPooling2D()(x), dropout)
    x = layers.Flatten()(x)
    for width in (256, 512):
        x = layers.Dense(width, use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization()(x))
        x = _dropped(x, min(0.9, 2 * dropout))
    return _with_heads(crops, x, heads)


NETWORKS: dict[str, Callable[..., Any]] = {
    "fast": partial(build, 16, (32, 64, 128), (1, 2, 2)),
    "accurate": partial(build, 32, (64, 128, 256, 384), (2, 2, 2, 1)),
    "nano": partial(build, 16, (24, 48, 96), (1, 2, 2)),
    "teacher": partial(build, 64, (64, 128, 256, 512), (2, 2, 2, 2), first_stride=1),
    "vgg": partial(vgg, (64, 128, 256, 512), (2, 2, 2, 2)),
    "tiny": partial(build, 16, (32,), (1,)),
    "original": original,
}
"""Network builders by name; call one with its recipe's options. `tiny` is for experiments and tests."""

ONE_SIZE = frozenset({"original"})
"""Networks that end in dense layers, and so accept only crops of the size they were built for."""


def count_macs(model: Any) -> int:
    """Return the number of multiply-accumulate operations in convolutions and dense layers, for one face."""
    total = 0
    for layer in model.layers:
        kernel = getattr(layer, "kernel", None)
        if kernel is not None:
            positions = 1
            for side in layer.output.shape[1:-1]:
                positions *= side
            size = 1
            for side in kernel.shape:
                size *= side
            total += positions * size
    return total


def _preprocessed(size: int | None) -> tuple[Any, Any]:
    """Return an input, and that input normalised to mean 0 and variance 1 per face, to remove light and contrast.

    Always in float32, whatever the policy: 8 bits of mantissa would blur a dim face before the network sees it.
    """
    layers = import_keras().layers
    crops = import_keras().Input((size, size, 1), name="crops")
    x = layers.Rescaling(1 / 255, dtype="float32")(crops)
    # The constant limits the stretch: it applies to faces whose gray levels vary by less than 2.5, and to empty crops.
    x = layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False, epsilon=1e-4, dtype="float32")(x)
    return crops, x


def _enlarged(x: Any, side: int, size: int | None) -> Any:
    low, high = LOOKS_AT
    if type(side) is not int or not low <= side <= high:
        raise ValueError(f"looks_at = {side!r} instead of a whole number of pixels from {low} to {high}")
    if size is None:
        raise ValueError(f"looks_at = {side} with small_epochs, whose smaller images would be enlarged as well")
    # Not the layer Resizing: called without `training`, it switches the layers behind it to training.
    return import_keras().ops.image.resize(x, (side, side), interpolation="bilinear")


def _convolve(x: Any, width: int, side: int, stride: int) -> Any:
    layers = import_keras().layers
    x = layers.Conv2D(width, side, stride, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def _dropped(x: Any, rate: float) -> Any:
    """Drop values, with a seed: without one, PyTorch's random numbers would not be in the network's variables."""
    seed = random.randint(1, 10**9) if rate else None  # as Keras draws it
    return import_keras().layers.Dropout(rate, seed=seed)(x)


def _block(x: Any, width: int, stride: int, activation: str, drop_path: float) -> Any:
    layers = import_keras().layers
    y = layers.Activation(activation)(_convolve(x, width, 3, stride))
    y = _convolve(y, width, 3, 1)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(y)
    gate = layers.Conv2D(max(4, width // 8), 1, activation="relu")(gate)
    gate = layers.Conv2D(width, 1, activation="sigmoid")(gate)
    y = layers.Multiply()([y, gate])
    if drop_path:
        y = layers.Dropout(drop_path, noise_shape=(None, 1, 1, 1))(y)
    if stride != 1 or x.shape[-1] != width:
        x = _convolve(x, width, 1, stride)
    return layers.Activation(activation)(layers.Add()([x, y]))


def _with_heads(crops: Any, x: Any, heads: Sequence[str]) -> Any:
    keras = import_keras()
    # Logits in float32: with 8 bits of mantissa, a softmax could not distinguish 0.90 from 0.91.
    return keras.Model(crops, {head: keras.layers.Dense(HEADS[head], dtype="float32", name=head)(x) for head in heads})
