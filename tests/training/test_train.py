"""Training learns, reports what it did, and continues after a kill as if nothing had happened."""

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from rich.console import Console

from models.cards import load_card
from models.networks import import_keras
from models.runtimes import import_tensorflow
from tests.training.small import BACKEND, RECIPE, few, log_of, make_faces, one_by_one, splits
from training import checkpoint
from training.checkpoint import CheckpointError
from training.data import bank
from training.data.augment import Augment
from training.data.faces import DataError, Faces
from training.on_device.steps import Course, Steps
from training.recipe import Recipe, RecipeError
from training.score.evaluate import evaluate
from training.train import between, train

# Keras 3.15 converts TensorFlow's tensors the way NumPy 2 deprecates, when it saves and loads weights.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]


@pytest.fixture(scope="module")
def trained(no_xla: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a short training."""
    out = tmp_path_factory.mktemp("whole")
    train("mine", RECIPE, splits(), out, console=Console(quiet=True))
    return out


@pytest.fixture(scope="module")
def brief(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a training of four steps, run one operation at a time."""
    out = tmp_path_factory.mktemp("brief")
    with one_by_one():
        train("mine", RECIPE, few(), out, console=Console(quiet=True))
    return out


@pytest.fixture(autouse=True)
def plain(trained: Path, no_curves: None) -> None:
    """Draw the curves of the first training only."""


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
    assert card.storage == "float16"
    assert sum(card.shares.values()) == pytest.approx(1, abs=1e-3)
    assert {path.name for path in trained.iterdir()} == {
        "mine.keras",
        "mine.toml",
        "log.csv",
        "curves.png",
        "checkpoint.npz",
        *(["events"] if BACKEND == "tensorflow" else []),
    }


def test_the_same_seed_gives_the_same_network(brief: Path, eager: None, tmp_path: Path) -> None:
    """Trained twice from scratch: the same losses, and the same accuracies on the card; another seed gives others."""
    train("mine", RECIPE, few(), tmp_path / "again", console=Console(quiet=True))
    train("mine", replace(RECIPE, seed=4), few(), tmp_path / "other", console=Console(quiet=True))
    losses = {
        out: [float(row["loss"]) for row in log_of(out)] for out in (brief, tmp_path / "again", tmp_path / "other")
    }
    cards = [load_card(out / "mine.keras") for out in (brief, tmp_path / "again")]

    assert losses[tmp_path / "again"] == pytest.approx(losses[brief], rel=1e-5)
    assert losses[tmp_path / "other"] != pytest.approx(losses[brief], rel=1e-4)
    assert cards[1].metrics[0].values == pytest.approx(cards[0].metrics[0].values, abs=2e-4)
    assert cards[1].data == cards[0].data


def test_tensorboard_finds_every_epoch(tensorflow: None, trained: Path) -> None:
    """The event file holds each number of the log by its name, once per epoch."""
    tf, _ = import_tensorflow()
    (path,) = (trained / "events").iterdir()
    events = [tf.compat.v1.Event.FromString(record.numpy()) for record in tf.data.TFRecordDataset(str(path))]
    losses = {
        event.step: float(tf.make_ndarray(value.tensor))
        for event in events
        for value in event.summary.value
        if value.tag == "loss" and value.metadata.plugin_data.plugin_name == "scalars"
    }

    assert losses == pytest.approx({int(row["epoch"]): float(row["loss"]) for row in log_of(trained)})


def test_private_images_are_measured_once_at_the_end(eager: None, tmp_path: Path) -> None:
    """They have their own entries in the card, and are dropped from Training; without PublicTest, Training is split."""
    faces = {"Training": make_faces(56, 0), "PrivateTest": make_faces(70, 2)}
    faces["Training"].images[0] = faces["PrivateTest"].images[0]
    train("mine", replace(RECIPE, epochs=1), faces, tmp_path, console=Console(quiet=True))
    card = load_card(tmp_path / "mine.keras")

    assert [(row.split, row.head) for row in card.metrics] == [
        ("HeldOut", "fer2013"),
        ("HeldOut", "ferplus"),
        ("PrivateTest", "fer2013"),
        ("PrivateTest", "ferplus"),
    ]
    assert card.metrics[2].images == 70
    assert card.metrics[2].command == "emobot evaluate mine --data FER2013 --split PrivateTest --head fer2013"
    assert set(card.data) == {"Training", "HeldOut"}
    assert card.leaks["dropped from Training"] == 1


def test_a_training_by_the_clock_ends_with_a_network(eager: None, tmp_path: Path) -> None:
    """Even if the time does not suffice for an epoch; resumed, it has nothing left to do."""
    short = replace(RECIPE, minutes=0.001)
    train("mine", short, few(), tmp_path, console=Console(quiet=True))
    first = (tmp_path / "mine.keras").read_bytes()
    log = log_of(tmp_path)
    train("mine", short, few(), tmp_path, resume=True, console=Console(quiet=True))

    assert len(log) == 1
    assert load_card(tmp_path / "mine.keras").settings["minutes"] == 0.001
    assert log_of(tmp_path) == log
    assert len(first) > 10_000


def test_a_training_may_start_from_a_trained_network(trained: Path, eager: None, tmp_path: Path) -> None:
    """At a rate of nearly nothing it stays what it was; the card says what that was; other networks are refused."""
    card = load_card(trained / "mine.keras")
    still = replace(RECIPE, epochs=1, learning_rate=1e-9, ema=0.0)
    train("mine", still, few(), tmp_path / "on", start=card, console=Console(quiet=True))
    keras = import_keras()
    before, after = (
        [
            keras.ops.convert_to_numpy(weight)
            for weight in keras.models.load_model(out / "mine.keras", compile=False).trainable_weights
        ]
        for out in (trained, tmp_path / "on")
    )

    assert load_card(tmp_path / "on" / "mine.keras").start == card.identity
    for old, new in zip(before, after, strict=True):
        assert new == pytest.approx(old, abs=1e-3)
    with pytest.raises(RecipeError, match="expected to start from a network like the recipe's, found another"):
        train("m", replace(still, network="nano"), few(), tmp_path, start=card, console=Console(quiet=True))


def test_the_shipped_weights_may_lie_between_start_and_end(trained: Path, eager: None, tmp_path: Path) -> None:
    """`keep_start` is the start's share of the weights, all of them here; without a start it is refused."""
    card = load_card(trained / "mine.keras")
    recipe = replace(RECIPE, epochs=1, keep_start=1.0)
    train("mine", recipe, few(), tmp_path / "on", start=card, console=Console(quiet=True))
    before, after = (
        import_keras().models.load_model(out / "mine.keras", compile=False).get_weights()
        for out in (trained, tmp_path / "on")
    )

    assert all((old == new).all() for old, new in zip(before, after, strict=True))
    assert between([np.float32([0, 8])], [np.float32([4, 4])], 0.25)[0].tolist() == [1, 7]
    with pytest.raises(RecipeError, match="expected a network to start from for keep_start = 1.0, found none"):
        train("mine", recipe, few(), tmp_path, console=Console(quiet=True))


def test_early_epochs_may_have_small_images(tmp_path: Path) -> None:
    """For their share of the epochs pictures have two thirds of the side; the network takes both, and ships for 48."""
    recipe = replace(RECIPE, small_epochs=0.5)
    train("mine", recipe, few(), tmp_path, console=Console(quiet=True))

    assert len(log_of(tmp_path)) == 2
    assert load_card(tmp_path / "mine.keras").input_size == 48


def test_killed_and_resumed_is_like_never_killed(
    brief: Path, eager: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a kill in the second epoch the resumed training ends with the numbers of an uninterrupted one."""
    save, run, votes = checkpoint.save, Steps.run, []

    def noted(steps: Steps, plan: object, first: int, course: Course, **rest: bool) -> float:
        votes.append(course.votes.tolist())
        return run(steps, plan, first, course, **rest)  # type: ignore[arg-type]

    def save_and_die(*args: object) -> None:
        save(*args)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(Steps, "run", noted)
    monkeypatch.setattr(checkpoint, "save", save_and_die)
    with pytest.raises(KeyboardInterrupt):
        train("mine", RECIPE, few(), tmp_path, console=Console(quiet=True))
    monkeypatch.setattr(checkpoint, "save", save)
    train("mine", RECIPE, few(), tmp_path, resume=True, console=Console(quiet=True))

    assert sum(votes, []) == [1, 1, 1, 0]
    for expected, actual in zip(log_of(brief), log_of(tmp_path), strict=True):
        assert float(actual["loss"]) == pytest.approx(float(expected["loss"]), rel=1e-4)
        assert float(actual["fer2013"]) == pytest.approx(float(expected["fer2013"]), abs=0.03)
    with pytest.raises(CheckpointError, match="expected a checkpoint of the current recipe mine"):
        train("mine", replace(RECIPE, batch=32), few(), tmp_path, resume=True, console=Console(quiet=True))


def test_a_student_learns_from_a_bank(
    trained: Path, eager: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bank holds what the teacher says of each view, and survives the disk; the student sees the same views."""
    monkeypatch.setattr(bank, "CHUNK", 32)
    faces = few()["Training"]
    made = bank.make(faces, [str(trained / "mine.keras")], 2, Augment(), seed=1)
    both = bank.make(faces, [str(trained / "mine.keras")], 2, Augment(), seed=1, flip=True)
    bank.save(made, tmp_path / "bank.npz")
    loaded = bank.load(tmp_path / "bank.npz")

    assert loaded.views == made.views
    assert loaded.said["ferplus"].shape == (2, 32, 8)
    assert np.array_equal(made.said["fer2013"], loaded.said["fer2013"])
    assert made.views.first == both.views.first
    assert not np.array_equal(made.said["fer2013"], both.said["fer2013"])
    student = replace(RECIPE, epochs=1, bank_weight=1.0)
    teacher = load_card(trained / "mine.keras")
    train("student", student, few(), tmp_path / "out", bank=loaded, console=Console(quiet=True))
    assert len(log_of(tmp_path / "out")) == 1
    assert load_card(tmp_path / "out" / "student.keras").teachers == (teacher.identity,)


@pytest.mark.parametrize(
    ("recipe", "faces", "error", "message"),
    [
        (replace(RECIPE, network="huge"), splits(), RecipeError, "expected one of the networks fast, .*, found huge"),
        (replace(RECIPE, options={"depth": 3}), splits(), RecipeError, "expected options of the network tiny"),
        (
            replace(RECIPE, options={"looks_at": 8}),
            splits(),
            RecipeError,
            "expected options of the network tiny, found: looks_at = 8 instead of a whole number of pixels from 16 to",
        ),
        (
            replace(RECIPE, options={"looks_at": 64}, small_epochs=0.4),
            splits(),
            RecipeError,
            "expected options of the network tiny, found: looks_at = 64 with small_epochs",
        ),
        (replace(RECIPE, options={"dropout": 7}), splits(), RecipeError, "expected options of the network tiny"),
        (
            replace(RECIPE, network="original", small_epochs=0.4),
            splits(),
            RecipeError,
            "expected small_epochs to be 0 for the network original, .* found 0.4",
        ),
        (RECIPE, {"PublicTest": make_faces(7, 1)}, DataError, "expected images for Training, found only PublicTest"),
        (RECIPE, {"Training": make_faces(14, 1)}, DataError, "expected at least one batch of 16 images, found"),
    ],
)
def test_what_cannot_be_trained_is_refused(
    tmp_path: Path, recipe: Recipe, faces: dict[str, Faces], error: type[Exception], message: str
) -> None:
    """It is refused in one line, before anything is computed."""
    with pytest.raises(error, match=message):
        train("mine", recipe, faces, tmp_path, console=Console(quiet=True))


def test_there_is_nothing_to_resume(tmp_path: Path) -> None:
    """The message names the file that is missing."""
    with pytest.raises(CheckpointError, match=r"found none at .*checkpoint\.npz"):
        train("mine", RECIPE, splits(), tmp_path, resume=True, console=Console(quiet=True))


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 half of one"])
def test_what_is_no_checkpoint_or_no_bank_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty, foreign or truncated file is one line that names it."""
    path = tmp_path / "some.npz"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"expected a checkpoint, found .*some\.npz"):
        checkpoint.load(path)
    with pytest.raises(DataError, match=r"expected a bank made by training\.data\.bank, found .*some\.npz"):
        bank.load(path)
