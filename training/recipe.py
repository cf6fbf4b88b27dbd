"""A recipe: everything that decides how a network comes out, in one TOML file."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from training.data.augment import Augment

FOLDER = Path(__file__).parent / "recipes"

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class RecipeError(ValueError):
    """The recipe cannot be used: the text is one line saying what was expected, what was found, and where."""


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a network is trained.

    Attributes:
        network: A name out of `models.networks.NETWORKS`.
        options: What that network is called with.
        epochs: How often every picture is seen.
        batch: Pictures per step.
        seed: Of everything that is left to chance.
        precision: Keras policy; `mixed_bfloat16` is a quarter faster on CPUs that have such instructions.
        optimizer: `sgd` with Nesterov momentum 0.9, `adam` or `adamw`.
        learning_rate: The highest.
        schedule: `cosine` falls to zero after the warm-up, `constant` stays.
        warmup_epochs: Epochs in which the rate rises linearly.
        weight_decay: Decoupled (times the rate); not for biases and batch normalisation.
        clip_norm: Largest norm of the gradient.
        ema: Decay per step of the exponential average of the weights (and batch norm statistics), which is what is
            evaluated and shipped; 0 for none.
        keep_start: Share of the weights of the network that the training began with in what is evaluated and shipped:
            their mean may know what either knows. Source: Wortsman et al. 2022 (WiSE-FT, arXiv 2109.01903).
        votes_weight: Share of `P(label | FER+ votes)` in the targets of the `fer2013` head.
        smoothing: Share of the uniform distribution in these targets.
        ferplus_weight: Weight of the loss of the `ferplus` head; where it is 0, or there are no votes, there is none.
        small_epochs: Share of the epochs, from the first one on, in which pictures have two thirds of their side, which
            is 2.2 times as fast. Not for networks that end in dense layers. Source: EfficientNetV2, arXiv 2104.00298.
        bank_weight: Share of the teachers' probabilities in all targets when training from a bank, see
            `training.data.bank`.
        augment: What the pictures are put through.
    """

    network: str
    options: dict[str, Any] = {}
    epochs: Count = 60
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
    keep_start: Share = 0.0
    votes_weight: Share = 0.4
    smoothing: Share = 0.0
    ferplus_weight: Annotated[float, msgspec.Meta(ge=0)] = 0.5
    small_epochs: Share = 0.0
    bank_weight: Share = 0.7
    augment: Augment = Augment()


def load_recipe(name_or_path: str | Path) -> tuple[str, Recipe]:
    """Return a recipe and its name: one that ships with the program, or a TOML file.

    Raises:
        FileNotFoundError: There is none; the text lists those that ship.
        RecipeError: It has an unknown key or a wrong value.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = FOLDER / f"{name_or_path}.toml"
    if not path.exists():
        names = ", ".join(sorted(p.stem for p in FOLDER.glob("*.toml")))
        raise FileNotFoundError(f"expected a recipe out of {names}, or a .toml file, found {name_or_path}")
    try:
        return path.stem, msgspec.toml.decode(path.read_bytes(), type=Recipe)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RecipeError(f"{error}, in {path}") from None
