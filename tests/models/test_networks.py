"""The networks are as large as their recipes say, and are made of layers that every backend has."""

import numpy as np
import pytest

from models.networks import NETWORKS, build, count_macs, import_keras

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]


@pytest.mark.parametrize(
    ("name", "options", "millions", "mmacs"),
    [
        ("fast", {}, (0.6, 0.8), (40, 50)),
        ("accurate", {}, (4.5, 5.5), (230, 260)),
        ("accurate", {"looks_at": 64}, (4.5, 5.5), (440, 442)),
        ("nano", {}, (0.3, 0.5), (20, 30)),
        ("original", {}, (2.7, 3.3), (100, 160)),
        ("vgg", {}, (4.69, 4.71), (467, 469)),
        ("teacher", {}, (10, 12), (1000, 1500)),
    ],
)
def test_sizes(name: str, options: dict[str, int], millions: tuple[float, float], mmacs: tuple[float, float]) -> None:
    """Parameters and multiply-accumulates are within their budgets; all accept crops of 48 pixels."""
    model = NETWORKS[name](**options)

    assert model.input.shape == (None, 48, 48, 1)
    assert millions[0] <= model.count_params() / 1e6 <= millions[1]
    assert mmacs[0] <= count_macs(model) / 1e6 <= mmacs[1]


def test_macs_by_hand() -> None:
    """A convolution multiplies its kernel at every place, a dense layer its matrix once."""
    keras = import_keras()
    x = keras.Input((8, 8, 1))
    y = keras.layers.Conv2D(4, 3, strides=2, padding="same")(x)
    y = keras.layers.Dense(5)(keras.layers.Flatten()(y))

    assert count_macs(keras.Model(x, y)) == 4 * 4 * 9 * 4 + 64 * 5


def test_heads_and_input_size_can_be_chosen() -> None:
    """A network has one head or two, and accepts crops of another size."""
    model = build(16, (16,), (1,), heads=("fer2013",), size=32)

    assert {name: tuple(out.shape) for name, out in model.output.items()} == {"fer2013": (None, 7)}
    assert model.input.shape == (None, 32, 32, 1)


def test_crops_may_be_enlarged_inside_the_network() -> None:
    """Halfway between two pixels' centres is their mean, beyond the outer centres nothing changes."""
    keras = import_keras()
    model = NETWORKS["tiny"](size=16, looks_at=32)
    ramp = np.tile(np.arange(16, dtype=np.float32), (16, 1))[None, ..., None]
    (enlarge,) = (operation for operation in model.operations if not isinstance(operation, keras.layers.Layer))
    enlarged = keras.ops.convert_to_numpy(enlarge(keras.ops.convert_to_tensor(ramp)))

    assert enlarged.shape == (1, 32, 32, 1)
    assert enlarged[0, 7, :, 0] == pytest.approx(np.clip((np.arange(32) + 0.5) / 2 - 0.5, 0, 15))


@pytest.mark.parametrize("side", [0, 15, 257, -64, 64.0, "64", True])
def test_a_side_that_no_crop_can_have_is_refused(side: object) -> None:
    """As is enlarging what shrinks during the training."""
    with pytest.raises(ValueError, match=f"looks_at = {side!r} instead of a whole number of pixels from 16 to 256"):
        NETWORKS["tiny"](looks_at=side)
    with pytest.raises(ValueError, match="looks_at = 64 with small_epochs"):
        NETWORKS["tiny"](looks_at=64, size=None)


def test_light_and_contrast_of_the_picture_do_not_count() -> None:
    """A face in half the light with half the contrast is the same face; an empty crop is a number too."""
    keras = import_keras()
    keras.utils.set_random_seed(0)
    model = NETWORKS["tiny"]()
    face = np.random.default_rng(0).integers(0, 256, (1, 48, 48, 1)).astype(np.float32)
    dim = 0.5 * face + 10
    first, second, empty = (model.predict_on_batch(crop)["fer2013"] for crop in (face, dim, 0 * face))

    assert second == pytest.approx(first, abs=1e-2)
    assert np.isfinite(empty).all()


def test_every_block_may_be_skipped_but_the_first() -> None:
    """Drop-path grows from 0 at the first block; the network's size does not change by it."""
    plain, dropping = (build(16, (16, 32), (1, 1), drop_path=rate) for rate in (0.0, 0.2))
    rates = [layer.rate for layer in dropping.layers if getattr(layer, "noise_shape", None) is not None]

    assert rates == [0.2]
    assert plain.count_params() == dropping.count_params()


@pytest.mark.parametrize("name", ["fast", "original"])
def test_what_is_dropped_depends_on_the_networks_variables_alone(name: str) -> None:
    """So that a resumed training drops the same. PyTorch draws without a seed from numbers that no checkpoint has."""
    keras = import_keras()
    keras.utils.set_random_seed(1)
    first = [layer.seed for layer in NETWORKS[name](dropout=0.3).layers if isinstance(layer, keras.layers.Dropout)]
    keras.utils.set_random_seed(1)
    again = [layer.seed for layer in NETWORKS[name](dropout=0.3).layers if isinstance(layer, keras.layers.Dropout)]

    assert None not in first and len(set(first)) == len(first) > 0
    assert again == first
