"""Training learns, says what it did, and goes on after it was killed as if it had not been."""

import csv
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from rich.console import Console

from models.cards import load_card
from training import bank, checkpoint
from training.augment import Augment
from training.checkpoint import CheckpointError
from training.data import DataError, Faces
from training.evaluate import evaluate
from training.recipe import Recipe, RecipeError
from training.train import train

# Keras 3.15 converts TensorFlow's tensors the way NumPy 2 deprecates, when it saves and loads weights.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RECIPE = Recipe(
    network="tiny",
    epochs=2,
    batch=16,
    seed=3,
    precision="float32",
    learning_rate=0.05,
    warmup_epochs=0.5,
    ema=0.9,
    augment=Augment(mixup=0.2),
)


def make_faces(count: int, seed: int) -> Faces:
    """Return pictures in which a bright square's place is the class, as everybody voted."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 7
    images = rng.integers(0, 100, (count, 48, 48)).astype(np.uint8)
    votes = np.zeros((count, 10), np.float32)
    for i, label in enumerate(labels):
        images[i, 16:32, 6 * label : 6 * label + 9] += 150
        votes[i, label] = 10
    return Faces(images=images, labels=labels, votes=votes)


def splits() -> dict[str, Faces]:
    return {"Training": make_faces(224, 0), "PublicTest": make_faces(70, 1)}


def log_of(out: Path) -> list[dict[str, str]]:
    with (out / "log.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a short training."""
    out = tmp_path_factory.mktemp("whole")
    train("mine", RECIPE, splits(), out, console=Console(quiet=True))
    return out


def test_a_training_leaves_a_network_with_its_card(trained: Path) -> None:
    """The card says what the recipe was and how good the network is; evaluating it again gives the same numbers."""
    card = load_card(trained / "mine.keras")
    numbers, p, _, _ = evaluate(trained / "mine.keras", splits()["PublicTest"])

    assert card.settings["learning_rate"] == 0.05
    assert card.heads == ("fer2013", "ferplus")
    assert card.parameters > 10_000 and card.macs > 1e6
    assert set(card.temperatures) == {"fer2013", "ferplus"}
    assert card.metrics[0].values["accuracy"] == pytest.approx(numbers["accuracy"], abs=1e-4)
    assert card.metrics[0].values["nll"] == pytest.approx(numbers["nll"], abs=1e-3)
    assert p.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert {path.name for path in trained.iterdir()} == {
        "mine.keras",
        "mine.toml",
        "log.csv",
        "curves.png",
        "checkpoint.npz",
    }


def test_killed_and_resumed_is_like_never_killed(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a kill in the second epoch the resumed training ends with the numbers of one that was left alone."""
    save = checkpoint.save

    def save_and_die(*args: object) -> None:
        save(*args)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save", save_and_die)
    with pytest.raises(KeyboardInterrupt):
        train("mine", RECIPE, splits(), tmp_path, console=Console(quiet=True))
    monkeypatch.setattr(checkpoint, "save", save)
    train("mine", RECIPE, splits(), tmp_path, resume=True, console=Console(quiet=True))

    for expected, actual in zip(log_of(trained), log_of(tmp_path), strict=True):
        assert float(actual["loss"]) == pytest.approx(float(expected["loss"]), rel=1e-3)
        assert float(actual["fer2013"]) == pytest.approx(float(expected["fer2013"]), abs=0.03)
    with pytest.raises(CheckpointError, match="expected a checkpoint of the recipe mine as it is now"):
        train("mine", replace(RECIPE, batch=32), splits(), tmp_path, resume=True, console=Console(quiet=True))


def test_a_student_learns_from_a_bank(trained: Path, tmp_path: Path) -> None:
    """A bank holds what the teacher says of each view; it survives the disk, and is refused for other faces."""
    faces = splits()["Training"]
    made = bank.make(faces, [str(trained / "mine.keras")], 2, Augment(), seed=1)
    bank.save(made, tmp_path / "bank.npz")
    loaded = bank.load(tmp_path / "bank.npz")

    assert loaded.views.shape == (2, 224, 48, 48)
    assert loaded.said["ferplus"].shape == (2, 224, 8)
    assert np.array_equal(made.said["fer2013"], loaded.said["fer2013"])
    student = replace(RECIPE, epochs=1, bank_weight=1.0)
    train("student", student, splits(), tmp_path / "out", bank=loaded, console=Console(quiet=True))
    assert len(log_of(tmp_path / "out")) == 1
    with pytest.raises(DataError, match="expected a bank of these 70 pictures"):
        bank.check(loaded, splits()["PublicTest"])


@pytest.mark.parametrize(
    ("recipe", "faces", "error", "message"),
    [
        (replace(RECIPE, network="huge"), splits(), RecipeError, "expected a network out of fast, .*, found huge"),
        (replace(RECIPE, options={"depth": 3}), splits(), RecipeError, "expected options of the network tiny"),
        (RECIPE, {"PublicTest": make_faces(7, 1)}, DataError, "expected pictures for Training, found only PublicTest"),
        (RECIPE, {"Training": make_faces(14, 1)}, DataError, "expected at least one batch of 16 pictures, found"),
    ],
)
def test_what_cannot_be_trained_is_refused(
    tmp_path: Path, recipe: Recipe, faces: dict[str, Faces], error: type[Exception], message: str
) -> None:
    """Before anything is computed, in one line."""
    with pytest.raises(error, match=message):
        train("mine", recipe, faces, tmp_path, console=Console(quiet=True))


def test_there_is_nothing_to_resume(tmp_path: Path) -> None:
    """The message names the file that is missing."""
    with pytest.raises(CheckpointError, match=r"found none at .*checkpoint\.npz"):
        train("mine", RECIPE, splits(), tmp_path, resume=True, console=Console(quiet=True))


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_train_too(backend: str, tmp_path: Path) -> None:
    """One tiny epoch on each backend that is installed."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    program = f"""
import sys
sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(Path(__file__).parents[2])!r}]
from pathlib import Path
from msgspec.structs import replace
from test_train import RECIPE, splits, train
train("mine", replace(RECIPE, epochs=1), splits(), Path({str(tmp_path)!r}))
"""
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert load_card(tmp_path / "mine.keras").versions["backend"] == backend
