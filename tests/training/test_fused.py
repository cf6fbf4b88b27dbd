"""Batch normalisation as one operation is that of Keras, and stays inside a training."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from rich.console import Console

from models.cards import load_card
from models.networks import NETWORKS, import_keras
from tests.training.small import BACKEND, RECIPE, few, log_of
from training import checkpoint
from training.on_device.fused import fused
from training.score.metrics import softmax
from training.train import train

pytestmark = pytest.mark.slow
CHANNELS = 8
SHAPES = {"images": (16, 6, 6, CHANNELS), "dense": (64, CHANNELS), "one value": (1, CHANNELS)}


@pytest.fixture
def pytorch(no_curves: None) -> None:
    """Skip on the other backends what only PyTorch has."""
    if BACKEND != "torch":
        pytest.skip("needs Keras on PyTorch: KERAS_BACKEND=torch")


def normalisation(shape: tuple[int, ...], policy: str, **options: Any) -> Any:
    """Return a network of one batch normalisation with weights like those of a trained one."""
    keras, rng = import_keras(), np.random.default_rng(0)
    crops = keras.Input(shape[1:], dtype="float32")
    layer = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, dtype=policy, **options)
    network = keras.Model(crops, layer(crops))
    network.set_weights([rng.uniform(0.5, 2, CHANNELS) for _ in network.weights])
    return network


def stepped(network: Any, shape: tuple[int, ...], *, training: bool) -> list[np.ndarray]:
    """Return outputs, gradients of inputs and weights, and the mean and variance after it, as float32."""
    import torch

    rng = np.random.default_rng(1)
    inputs = torch.tensor(rng.normal(3, 2, shape), dtype=torch.float32, requires_grad=True)
    outputs = network(inputs, training=training)
    (outputs * torch.tensor(rng.normal(size=shape))).sum().backward()
    gradients = [inputs.grad, *(v.value.grad for v in network.trainable_variables)]
    values = [outputs, *gradients, *(v.value for v in network.non_trainable_variables)]
    return [value.detach().float().numpy() for value in values]


def kinds(network: Any) -> set[str]:
    """Return the modules and names of the network's classes of layers."""
    return {f"{type(layer).__module__}.{type(layer).__name__}" for layer in network.layers}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_it_computes_what_keras_computes(pytorch: None, policy: str, shape: str, training: bool) -> None:
    """Outputs and gradients are equal up to the last bits of the precision, mean and variance to those of float32."""
    plain = normalisation(SHAPES[shape], policy)
    one = fused(plain)
    before = plain.get_weights()[2:]
    expected, found = (stepped(network, SHAPES[shape], training=training) for network in (plain, one))

    assert kinds(one) != kinds(plain)
    for i, (old, new) in enumerate(zip(expected, found, strict=True)):
        close = 1e-5 if policy == "float32" or i >= 4 else 1e-2
        assert new == pytest.approx(old, rel=close, abs=close * float(np.abs(old).max()))
    assert np.array_equal(before, found[4:]) != training


@pytest.mark.parametrize("options", [{"scale": False}, {"center": False}, {"renorm": True}])
def test_other_normalisations_stay_those_of_keras(pytorch: None, options: dict[str, bool]) -> None:
    """Without scale or shift, and with batch renormalisation."""
    plain = normalisation(SHAPES["images"], "float32", **options)

    assert kinds(fused(plain)) == kinds(plain)


@pytest.mark.parametrize(
    ("name", "options"), [("tiny", {}), ("nano", {"drop_path": 0.2, "looks_at": 64}), ("original", {})]
)
def test_a_networks_copy_has_its_variables(name: str, options: dict[str, Any]) -> None:
    """Values and order, with the seeds of what it drops, so weights and checkpoints fit both; elsewhere it is it."""
    network = NETWORKS[name](**options)
    before = kinds(network)
    one = fused(network)
    differ = kinds(one) ^ before

    assert [v.name for v in one.variables] == [v.name for v in network.variables]
    for new, old in zip(one.variables, network.variables, strict=True):
        assert import_keras().ops.convert_to_numpy(new).tolist() == import_keras().ops.convert_to_numpy(old).tolist()
    assert kinds(network) == before
    assert (one is network) == (BACKEND != "torch")
    assert {kind.rsplit(".", 1)[1] for kind in differ} == ({"BatchNormalization", "Fused"} if differ else set())
    assert bool(differ) == (BACKEND == "torch")


def test_a_training_goes_on_with_it_and_exports_keras_own(
    pytorch: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkpoint of Keras' own is continued, with the losses of a training without it; the file has Keras' layers."""
    recipe, save = replace(RECIPE, options={"dropout": 0.0}), checkpoint.save

    def save_and_die(*args: Any) -> None:
        save(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("training.train.fused", lambda network: network)
        train("mine", recipe, few(), tmp_path / "plain", console=Console(quiet=True))
        patch.setattr(checkpoint, "save", save_and_die)
        with pytest.raises(KeyboardInterrupt):
            train("mine", recipe, few(), tmp_path / "on", console=Console(quiet=True))
    used: list[Any] = []
    monkeypatch.setattr("training.train.fused", lambda network: used.append(fused(network)) or used[0])
    path = train("mine", recipe, few(), tmp_path / "on", resume=True, console=Console(quiet=True))
    losses, expected = ([float(row["loss"]) for row in log_of(tmp_path / out)] for out in ("on", "plain"))
    with zipfile.ZipFile(path) as file:
        layers = json.loads(file.read("config.json"))["config"]["layers"]
    loaded, card = import_keras().models.load_model(path, compile=False), load_card(path)
    network = NETWORKS["tiny"](dropout=0.0)
    network.set_weights(loaded.get_weights())
    images = few()["PublicTest"].images[..., None].astype(np.float32)
    said = fused(network).predict_on_batch(images)

    assert kinds(used[0]) != kinds(network)
    assert losses == pytest.approx(expected, rel=1e-4)
    assert {layer["module"] for layer in layers} == {"keras.layers"}
    for head, p in loaded.predict_on_batch(images).items():
        assert p == pytest.approx(softmax(said[head] / card.temperatures[head]), abs=1e-4)
