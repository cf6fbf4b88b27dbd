"""A recipe and faces for trainings of seconds."""

import csv
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from models.heads import FERPLUS
from models.networks import import_keras
from models.runtimes import import_tensorflow
from training.data.augment import Augment
from training.data.faces import LABELS, Faces
from training.data.votes import VOTES
from training.recipe import Recipe

BACKEND = os.environ.get("KERAS_BACKEND", "tensorflow")
"""The library that computes; the tests of training run on each."""
RECIPE = Recipe(
    network="tiny",
    epochs=2,
    batch=16,
    seed=3,
    precision="float32",
    learning_rate=0.05,
    warmup_epochs=0.5,
    ema=0.9,
    votes_first=0.75,
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


def picture(label: int, rng: np.random.Generator) -> np.ndarray:
    """Return noise with a bright square whose place is the class, `uint8[48, 48]`."""
    image = rng.integers(0, 100, (48, 48)).astype(np.uint8)
    image[16:32, 6 * label : 6 * label + 9] += 150
    return image


def write_table(folder: Path, counts: dict[str, int]) -> Path:
    """Write a small FER2013 of such pictures, with the votes of annotators who agree; return its path.

    Args:
        folder: The folder.
        counts: Number of images by split.
    """
    rng = np.random.default_rng(0)
    rows, votes = ["emotion,pixels,Usage"], ["Usage,Image name," + ",".join(VOTES)]
    for usage, count in counts.items():
        for i in range(count):
            voted = FERPLUS.index(LABELS[i % 7])
            rows.append(f"{i % 7},{' '.join(map(str, picture(i % 7, rng).ravel()))},{usage}")
            votes.append(f"{usage},," + ",".join("10" if j == voted else "0" for j in range(len(VOTES))))
    (folder / "fer2013.csv").write_text("\n".join(rows))
    (folder / "fer2013new.csv").write_text("\n".join(votes))
    return folder / "fer2013.csv"


def on_device(function: Callable[..., Any], *arrays: Any) -> Any:
    """Return what a function of tensors gives for these arrays; for a tuple or dictionary, arrays too."""
    keras = import_keras()
    found = function(*(keras.tree.map_structure(keras.ops.convert_to_tensor, array) for array in arrays))
    return keras.tree.map_structure(keras.ops.convert_to_numpy, found)


def splits() -> dict[str, Faces]:
    return {"Training": make_faces(112, 0), "PublicTest": make_faces(70, 1)}


def few() -> dict[str, Faces]:
    """Return pictures for two steps of training."""
    return {"Training": make_faces(32, 0), "PublicTest": make_faces(14, 1)}


def log_of(out: Path) -> list[dict[str, str]]:
    with (out / "log.csv").open() as file:
        return list(csv.DictReader(file))


@contextmanager
def one_by_one() -> Iterator[None]:
    """Let TensorFlow run one operation at a time, as PyTorch does."""
    if BACKEND != "tensorflow":
        yield
        return
    tensorflow, _ = import_tensorflow()
    tensorflow.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tensorflow.config.run_functions_eagerly(False)
