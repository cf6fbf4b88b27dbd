"""A distillation bank: augmented views of every face, with the teachers' probabilities.

Running a teacher costs more than training a student. So teachers predict K views of each face once, and students train
on views drawn from the bank. Teacher and student see exactly the same view, as in Beyer et al. 2022, "a good teacher is
patient and consistent" (arXiv 2106.05237).

To create one: `python -m training.data.bank OUT.npz MODEL... --data FER2013 --views 8`
"""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from models.cards import load_card
from models.networks import HEADS
from training.data.augment import Augment, augment
from training.data.faces import DataError, Faces
from training.data.reading import read
from training.data.splits import with_choices, without_leaks
from training.recipe import load_recipe
from training.score.evaluate import EngineName, runner


@dataclass(frozen=True, kw_only=True)
class Bank:
    """Views and the teachers' probabilities.

    Attributes:
        views: `uint8[k, n, side, side]`.
        said: Mean probabilities of the teachers by head, `float16[k, n, classes]`.
        data: SHA-256 of the faces it was created from.
        teachers: Identities of the teachers, see `models.cards.Card.identity`.
    """

    views: NDArray[np.uint8]
    said: dict[str, NDArray[np.float16]]
    data: str
    teachers: tuple[str, ...] = ()


def make(
    faces: Faces,
    models: Sequence[str],
    views: int,
    options: Augment,
    *,
    seed: int = 0,
    flip: bool = False,
    engine: EngineName = "keras",
) -> Bank:
    """Return a bank of augmented views of the faces and the mean of the models' probabilities.

    Args:
        faces: The images.
        models: Names of cards or paths of `.keras` files.
        views: Number of views per image.
        options: Augmentation of the views.
        seed: Random seed of the augmentation.
        flip: Average the teachers' predictions with those of the mirror image: more accurate, in twice the time.
        engine: Engine for the teachers; on a CPU `openvino-bf16` is several times as fast as `keras`.
    """
    cards = [load_card(model) for model in models]
    teachers = [runner(card, engine) for card in cards]
    rng = np.random.default_rng(seed)
    pictures = np.stack([augment(faces.images, options, rng) for _ in range(views)])
    sides = (1, -1) if flip else (1,)
    rows = [[teacher(view[:, :, ::side]) for teacher in teachers for side in sides] for view in pictures]
    heads = set.intersection(*(set(said) for said in rows[0]))
    said = {
        head: np.stack([np.mean([one[head] for one in row], axis=0) for row in rows]).astype(np.float16)
        for head in sorted(heads)
    }
    return Bank(views=pictures, said=said, data=faces.sha256(), teachers=tuple(card.identity for card in cards))


def save(bank: Bank, path: Path) -> None:
    """Write a bank as `.npz`."""
    said: dict[str, Any] = dict(bank.said)
    with path.open("wb") as file:
        np.savez(file, views=bank.views, data=np.array(bank.data), teachers=np.array(bank.teachers, str), **said)


def load(path: Path) -> Bank:
    """Read a bank.

    Raises:
        FileNotFoundError: The file does not exist.
        DataError: The file is not a bank, or is damaged.
    """
    if not path.is_file():
        raise FileNotFoundError(f"expected a bank made by training.data.bank, found nothing at {path}")
    try:
        with path.open("rb") as opened, np.load(opened) as file:  # NumPy does not close a damaged file
            said = {head: file[head] for head in HEADS if head in file.files}
            teachers = tuple(map(str, file["teachers"]))
            return Bank(views=file["views"], said=said, data=str(file["data"]), teachers=teachers)
    except (ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile):
        raise DataError(
            f"expected a bank made by training.data.bank, found an incomplete or different file, in {path}"
        ) from None


def check(bank: Bank, faces: Faces) -> None:
    """Raise `DataError` if the bank was created from other faces."""
    if bank.data != faces.sha256():
        raise DataError(f"expected a bank of these {len(faces)} images, found one of {bank.views.shape[1]} others")


def main(
    out: Path,
    models: list[str],
    data: Annotated[Path, typer.Option()],
    views: Annotated[int, typer.Option(min=1)] = 8,
    seed: int = 0,
    flip: Annotated[bool, typer.Option("--flip", help="Average with the mirror image.")] = False,
    engine: EngineName = "openvino-bf16",
    augmented_as: Annotated[str, typer.Option(help="Recipe whose augmentation is used: the student's.")] = "fast",
) -> None:
    """Create a bank from the Training images."""
    options = load_recipe(augmented_as)[1].augment
    training = with_choices(without_leaks(read(data))[0])["Training"]
    save(make(training, models, views, options, seed=seed, flip=flip, engine=engine), out)


if __name__ == "__main__":
    typer.run(main)
