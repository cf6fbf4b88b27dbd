"""A recipe: all settings of a training, in one TOML file."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from training.data.augment import Augment

FOLDER = Path(__file__).parent / "recipes"

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class RecipeError(ValueError):
    """The recipe cannot be used; the message is one line with the expected value, the found value and the file."""


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a network is trained.

    Attributes:
        network: A key of `models.networks.NETWORKS`.
        options: Arguments of that network.
        epochs: Passes over the training images.
        minutes: Minutes of training, instead of a number of epochs, from the command to the finished network. The
            learning rate and the other phases follow the clock; `warmup_epochs` is then a share, of `epochs`. 0: train
            for `epochs`.
        batch: Images per step.
        seed: Seed of all random numbers.
        precision: Keras policy; `mixed_bfloat16` is 25 % faster on CPUs with bf16 instructions.
        optimizer: `sgd` with Nesterov momentum 0.9, `adam` or `adamw`.
        learning_rate: Peak learning rate.
        schedule: `cosine`: the learning rate rises, then falls to zero; `constant`: it stays.
        warmup_epochs: Epochs during which it rises linearly.
        weight_decay: Decoupled weight decay (multiplied by the learning rate); not for biases and batch normalisation.
        clip_norm: Largest gradient norm.
        ema: Decay per step of the exponential average of the weights (and batch norm statistics), which is evaluated
            and exported; 0 for none.
        keep_start: Fraction of the start network's weights in the evaluated and exported weights; the interpolation can
            combine the strengths of both. Source: Wortsman et al. 2022 (WiSE-FT, arXiv 2109.01903). Below 0 the weights
            are moved beyond those that were learned, away from the start.
        votes_weight: Fraction of `P(label | FER+ votes)` in the targets of the `fer2013` head.
        votes_first: Fraction of the training, at its start, in which `votes_weight` is 1: the `fer2013` head first
            learns what people see, then what FER2013 says. Without votes it has no effect.
        smoothing: Fraction of the uniform distribution in these targets.
        ferplus_weight: Loss weight of the `ferplus` head; with 0 or without votes, the network has no such head.
        small_epochs: Fraction of the epochs, at the start, that use images at two thirds of their size, which is 2.2
            times as fast. Not for networks that end in dense layers. Source: EfficientNetV2, arXiv 2104.00298.
        bank_weight: Fraction of the teachers' probabilities in all targets when training from a bank, see
            `training.data.bank`.
        bank_smaller: Fraction of a bank's views that are not degraded which the student sees with few pixels; it learns
            what the teachers said of the better image. Likewise, only the student sees the noise of `augment`.
        augment: Augmentation of the images.
    """

    network: str
    options: dict[str, Any] = {}
    epochs: Count = 60
    minutes: Annotated[float, msgspec.Meta(ge=0, le=100_000)] = 0.0
    batch: Count = 128
    seed: Annotated[int, msgspec.Meta(ge=0)] = 0
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "mixed_bfloat16"
    optimizer: Literal["sgd", "adam", "adamw"] = "sgd"
    learning_rate: Positive = 0.1
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup_epochs: Annotated[float, msgspec.Meta(ge=0)] = 2.0
    weight_decay: Annotated[float, msgspec.Meta(ge=0)] = 5e-3
    clip_norm: Positive = 1.0
    ema: Share = 0.998
    keep_start: Annotated[float, msgspec.Meta(ge=-0.2, le=1)] = 0.0
    votes_weight: Share = 0.4
    votes_first: Share = 0.0
    smoothing: Share = 0.0
    ferplus_weight: Annotated[float, msgspec.Meta(ge=0)] = 0.5
    small_epochs: Share = 0.0
    bank_weight: Share = 0.7
    bank_smaller: Share = 0.0
    augment: Augment = Augment()


def bundled() -> dict[str, Path]:
    """Return the files of the bundled recipes by name, in any folder under `FOLDER`."""
    return {path.stem: path for path in sorted(FOLDER.rglob("*.toml"), key=lambda path: path.stem)}


def load_recipe(name_or_path: str | Path) -> tuple[str, Recipe]:
    """Return the name and the contents of a bundled recipe or a TOML file.

    Raises:
        FileNotFoundError: There is no such recipe; the message lists the bundled ones.
        RecipeError: It has an unknown key or an invalid value.
    """
    path, there = Path(name_or_path), bundled()
    if path.suffix != ".toml":
        path = there.get(str(name_or_path), path)
    if path.suffix != ".toml" or not path.exists():
        raise FileNotFoundError(f"expected a recipe ({', '.join(there)}) or a .toml file, found {name_or_path}")
    try:
        return path.stem, msgspec.toml.decode(path.read_bytes(), type=Recipe)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RecipeError(f"{error}, in {path}") from None
