"""What tests of engines share: a small network, its exports, pictures."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.engines import BUCKETS, Network
from models.runtimes import import_tensorflow
from tests.models.engines.tiny import LABELS, SIZE


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """Return a small untrained network with both heads and clear predictions, of all kinds of layers that ship."""
    path = tmp_path_factory.mktemp("weights") / "tiny.keras"
    _, keras = import_tensorflow()
    keras.utils.set_random_seed(1)
    layers, sure = keras.layers, keras.initializers.RandomNormal(stddev=0.7)
    crops = keras.Input((SIZE, SIZE, 1))
    x = layers.Rescaling(1 / 127.5, -1)(crops)
    x = keras.ops.image.resize(x, (SIZE * 4 // 3, SIZE * 4 // 3))
    x = layers.Conv2D(8, 5, strides=4, activation="relu", kernel_initializer=sure)(x)
    x = layers.Flatten()(layers.MaxPooling2D()(layers.BatchNormalization()(x)))
    heads = {
        "fer2013": layers.Dense(7, activation="softmax", kernel_initializer="glorot_normal")(x),
        "ferplus": layers.Dense(8, activation="softmax", kernel_initializer="glorot_normal")(x),
    }
    keras.Model(crops, heads).save(path)
    return Network(name="tiny", path=path, sha256="0" * 64, size=SIZE, labels=LABELS, head="blend")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for generated files."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def crops() -> NDArray[np.uint8]:
    """Return more smooth random pictures than the largest bucket takes."""
    coarse = np.random.default_rng(0).integers(0, 256, (BUCKETS[-1] + 6, SIZE // 4, SIZE // 4), np.uint8)
    return coarse.repeat(4, axis=1).repeat(4, axis=2)
