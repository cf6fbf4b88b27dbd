"""Weights keep their meaning in half the bytes."""

from pathlib import Path

import numpy as np
import pytest

from models.engines import Network, create_engine
from models.heads import FERPLUS
from models.networks import NETWORKS, import_keras
from training.data.faces import LABELS
from training.data.storage import halve, rounded

# Keras 3.15 converts TensorFlow's tensors the way NumPy 2 deprecates, when it saves and loads weights.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]


def test_a_halved_network_is_the_rounded_one_on_every_engine(tensorflow: None, tmp_path: Path) -> None:
    """The file is little more than half as large, and gives exactly what the rounded weights give, everywhere."""
    keras = import_keras()
    keras.utils.set_random_seed(1)
    logits = NETWORKS["nano"]()
    logits.set_weights(rounded(logits.get_weights()))
    outputs = {head: keras.layers.Softmax(name=f"{head}_p")(value) for head, value in logits.output.items()}
    path = tmp_path / "nano.keras"
    keras.Model(logits.input, outputs).save(path)
    wide = path.stat().st_size
    crops = np.random.default_rng(0).integers(0, 256, (3, 48, 48), np.uint8)
    network = Network(name="nano", path=path, sha256="", size=48, labels=LABELS, head="fer2013")
    before = create_engine(network, "tensorflow").outputs(crops)
    halve(path)

    assert path.stat().st_size < 0.6 * wide
    assert before["ferplus"].shape == (3, len(FERPLUS))
    for name in ("tensorflow", "openvino"):
        after = create_engine(network, name, cache=tmp_path, precision="f32").outputs(crops)  # type: ignore[arg-type]
        for head, p in before.items():
            assert after[head] == pytest.approx(p, abs=1e-5)


def test_what_float16_cannot_hold_is_not_rounded() -> None:
    """Ordinary weights are rounded to three digits; one beyond 65504 is said to be too large."""
    kept = rounded([np.array([1.0001, -0.3], np.float32)])

    assert kept is not None and kept[0].dtype == np.float32
    assert kept[0] == pytest.approx([1.0, -0.3], rel=1e-3)
    assert rounded([np.array([1e5], np.float32)]) is None
