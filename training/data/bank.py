"""A distillation bank: the teachers' probabilities for augmented views of every face.

Running a teacher costs more than training a student. So teachers predict K views of each face once, and students train
on the same views. Teacher and student see exactly the same view, as in Beyer et al. 2022, "a good teacher is patient
and consistent" (arXiv 2106.05237). A bank holds no images: a seed and a recipe give the same ones again, and a hash
tells whether they do.

To create one: `python -m training.data.bank OUT.npz MODEL... --data FER2013 --views 8`
"""

import hashlib
import json
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import typer
from numpy.typing import NDArray

from models.cards import load_card
from models.networks import HEADS, import_keras
from training.data.augment import Augment, Draws, draw
from training.data.faces import DataError, Faces
from training.data.pixels import arranged, augment
from training.data.reading import read
from training.data.splits import with_choices, without_leaks
from training.on_device.device import compiled
from training.programs import run
from training.recipe import load_recipe
from training.score.evaluate import EngineName, runner

CHUNK = 1024
"""Images that are augmented in one call."""


class Views(msgspec.Struct, frozen=True, kw_only=True):
    """Views of faces, which can be made again.

    Attributes:
        count: Number of views per face.
        seed: Seed of their random numbers.
        augment: Strength of their augmentation.
        data: SHA-256 of the faces.
        first: SHA-256 of the first view's pixels.
        teachers: Identities of the teachers, see `models.cards.Card.identity`.
        asked: How the teachers were asked: their engine, and `flip` if also about the mirror images.
        backend: Backend that made them, for messages.
    """

    count: int
    seed: int
    augment: Augment
    data: str
    first: str = ""
    teachers: tuple[str, ...] = ()
    asked: str = ""
    backend: str = ""

    def draws(self, view: int, faces: Faces) -> Draws:
        """Return the random numbers of one view."""
        rng = np.random.default_rng([self.seed, view])
        return draw(self.augment, len(faces), faces.images.shape[1], rng)

    def pixels(self, view: int, faces: Faces) -> NDArray[np.uint8]:
        """Return one view, `uint8[n, side, side]`."""
        ops = import_keras().ops

        def change(images: Any, draws: Any) -> Any:
            return ops.cast(augment(images, draws, self.augment), "uint8")

        program, drawn = compiled(change), self.draws(view, faces)
        found = np.empty_like(faces.images)
        for start in range(0, len(faces), CHUNK):
            # the last chunk begins again at the first image: another shape would be compiled again
            which = np.arange(start, start + CHUNK) % len(faces)
            which = which[arranged(drawn[which])]
            changed = program(ops.convert_to_tensor(faces.images[which]), ops.convert_to_tensor(drawn[which]))
            found[which] = ops.convert_to_numpy(changed)
        return found


@dataclass(frozen=True, kw_only=True)
class Bank:
    """The teachers' probabilities.

    Attributes:
        views: What they were shown.
        said: Their mean probabilities by head, `float16[k, n, classes]`.
    """

    views: Views
    said: dict[str, NDArray[np.float16]]


def make(
    faces: Faces,
    models: Sequence[str],
    views: int,
    options: Augment,
    *,
    seed: int = 0,
    flip: bool = False,
    engine: EngineName = "keras",
    begun: Bank | None = None,
    after: Callable[[Bank], None] = lambda bank: None,
) -> Bank:
    """Return a bank of the mean of the models' probabilities for augmented views of the faces.

    Args:
        faces: The images.
        models: Names of cards or paths of `.keras` files.
        views: Number of views per image.
        options: Augmentation of the views.
        seed: Random seed of the augmentation.
        flip: Average the teachers' predictions with those of the mirror image: more accurate, in twice the time.
        engine: Engine for the teachers; on a CPU `openvino-bf16` is several times as fast as `keras`.
        begun: The first views of the same bank, which are not made again; those of another bank are ignored.
        after: Called after each view with the bank so far.
    """
    cards = [load_card(model) for model in models]
    teachers = [runner(card, engine) for card in cards]
    sides = (1, -1) if flip else (1,)
    made = Views(
        count=views,
        seed=seed,
        augment=options,
        data=faces.sha256(),
        teachers=tuple(card.identity for card in cards),
        asked=engine + flip * " flip",
        backend=_backend(),
    )
    made = msgspec.structs.replace(made, first=hashlib.sha256(made.pixels(0, faces).tobytes()).hexdigest())
    said: dict[str, NDArray[np.float16]] = {}
    if begun is not None and msgspec.structs.replace(begun.views, count=views) == made:
        said = {head: rows[:views] for head, rows in begun.said.items()}
    for i in range(len(next(iter(said.values()), ())), views):
        view = made.pixels(i, faces)
        answers = [teacher(np.ascontiguousarray(view[:, :, ::side])) for teacher in teachers for side in sides]
        for head in sorted(set.intersection(*(set(one) for one in answers))):
            row = np.mean([one[head] for one in answers], axis=0, keepdims=True).astype(np.float16)
            said[head] = np.concatenate([said[head], row]) if head in said else row
        after(Bank(views=msgspec.structs.replace(made, count=i + 1), said=dict(said)))
    return Bank(views=made, said=said)


def save(bank: Bank, path: Path) -> None:
    """Write a bank as `.npz`, atomically."""
    said: dict[str, Any] = dict(bank.said)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, views=np.array(json.dumps(msgspec.to_builtins(bank.views))), **said)
    partial.replace(path)


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
            views = msgspec.convert(json.loads(str(file["views"])), Views)
            return Bank(views=views, said={head: file[head] for head in HEADS if head in file.files})
    except (ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile):
        raise DataError(
            f"expected a bank made by training.data.bank, found an incomplete or different file, in {path}"
        ) from None


def check(bank: Bank, faces: Faces) -> None:
    """Raise `DataError` if the bank was created from other faces, or if its views cannot be made again."""
    views, shape = bank.views, next(iter(bank.said.values())).shape
    if views.data != faces.sha256():
        raise DataError(f"expected a bank of these {len(faces)} images, found one of {shape[1]} others")
    if hashlib.sha256(views.pixels(0, faces).tobytes()).hexdigest() != views.first:
        raise DataError(
            f"expected the views that the teachers saw (made with {views.backend}), found others with {_backend()}: "
            "make the bank again"
        )


def _backend() -> str:
    keras = import_keras()
    return f"Keras {keras.__version__} on {keras.backend.backend()}, NumPy {np.__version__}"


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
    """Create a bank from the Training images; if killed, the same command continues after its last complete view."""
    # a student learns what teachers say of the face without noise
    options = msgspec.structs.replace(load_recipe(augmented_as)[1].augment, noise=0.0)
    training = with_choices(without_leaks(read(data))[0])["Training"]
    so_far = out.with_suffix(".so-far.npz")
    begun = load(so_far) if so_far.exists() else None
    since_s = time.monotonic()

    def after(bank: Bank) -> None:
        save(bank, so_far)
        print(f"view {bank.views.count} of {views} after {time.monotonic() - since_s:.0f} s", flush=True)

    save(make(training, models, views, options, seed=seed, flip=flip, engine=engine, begun=begun, after=after), out)
    so_far.unlink(missing_ok=True)


if __name__ == "__main__":
    run(main)
