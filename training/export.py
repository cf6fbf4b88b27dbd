"""Export of a trained network: adds softmax and calibration, writes the file and its card."""

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.cards import Card, Measured, save_card, sha256
from models.heads import FERPLUS, combine
from models.networks import count_macs, import_keras
from training.data.faces import LABELS, Faces
from training.data.storage import halve, rounded
from training.data.targets import majority
from training.recipe import Recipe
from training.score.metrics import fit_temperature, neutral_mean, report, softmax

PREPROCESSING = (
    "Caller: gray, square, 1.17 x the BlazeFace box moved up by 0.09 of its height, area-averaged to the input size, "
    "float32 0 to 255, shape (n, size, size, 1). Inside the network: each crop to mean 0 and variance 1."
)
INTENDED_USE = (
    "The expression that faces seem to show, in live video and recordings; "
    "one adult face of at least 24 pixels at a time."
)
LIMITS = (
    "The seven labels are not feelings: ten annotators agree with FER2013's own labels on 64 % of the images. "
    "Fear, sad and neutral are often confused, and disgust is rare in the data. "
    "Of acted expressions of ten Japanese women about 45 % were labelled right, of two other sets 72 and 81 %; how "
    "accuracy varies with age, skin and culture is otherwise unknown. Not for decisions about people."
)


def predict(model: Any, images: NDArray[np.uint8], batch: int = 256) -> dict[str, NDArray[np.float32]]:
    """Return a network's outputs (logits or probabilities) for `uint8[n, size, size]`: `float32[n, k]` by head."""
    parts = [
        model.predict_on_batch(images[i : i + batch, ..., None].astype(np.float32))
        for i in range(0, len(images), batch)
    ]
    return {head: np.concatenate([np.asarray(part[head], np.float32) for part in parts]) for head in parts[0]}


def truth(faces: Faces, head: str) -> tuple[NDArray[np.int64], NDArray[np.bool_], tuple[str, ...]]:
    """Return a head's ground truth: labels `int64[n]`, a mask `bool[n]` of the images that have one, and class names.

    For `ferplus` the label is the class with more than half of the votes.
    """
    if head != "ferplus":
        return faces.labels, np.ones(len(faces), bool), LABELS
    if faces.votes is None:
        raise ValueError("expected images with FER+ votes to evaluate the ferplus head, found none")
    labels = majority(faces.votes)
    return labels, labels >= 0, FERPLUS


def measured(name: str, split: str, numbers: Mapping[str, Any], **options: Any) -> Measured:
    """Return a card's entry for an evaluation.

    Args:
        name: Name of the network.
        split: Name of the images' split.
        numbers: The result of `training.score.metrics.report`.
        options: The options of `emobot evaluate` that were used, including `head`; in the command, FER2013 stands for
            the user's copy.
    """
    values = {key: round(value, 4) for key, value in numbers.items() if isinstance(value, float)}
    values |= {"low": round(numbers["interval"][0], 4), "high": round(numbers["interval"][1], 4)}
    typed = " ".join(f"--{option} {value}" for option, value in options.items())
    return Measured(
        command=f"emobot evaluate {name} --data FER2013 --split {split} {typed}",
        split=split,
        head=options["head"],
        images=numbers["images"],
        values=values,
    )


def export(
    logits: Any,
    path: Path,
    *,
    recipe_name: str,
    recipe: Recipe,
    training: Faces,
    chosen_on: Faces,
    split: str,
    leaks: Mapping[str, int],
    epoch: int,
    start: str = "",
    teachers: tuple[str, ...] = (),
) -> Card:
    """Write `path` (`.keras`) and its card.

    Args:
        logits: The network as built by `models.networks`, float32. Its weights are rounded to float16, as in the file,
            before the evaluation.
        path: The file to write, replaced atomically.
        recipe_name: Name of the recipe.
        recipe: The recipe.
        training: The training images.
        chosen_on: Validation images, to fit one temperature per head and to evaluate.
        split: Name of the validation images: `PublicTest` or `HeldOut`.
        leaks: Results of the leak check.
        epoch: Epoch of the weights.
        start: Identity of the network that training started from.
        teachers: Identities of the bank's teachers.
    """
    keras = import_keras()
    narrow = rounded(logits.get_weights())
    if narrow is not None:
        logits.set_weights(narrow)
    said = predict(logits, chosen_on.images)
    heads = [head for head in said if head != "ferplus" or chosen_on.votes is not None]
    temperatures, metrics = {}, []
    for head in heads:
        labels, valid, names = truth(chosen_on, head)
        temperatures[head] = fit_temperature(said[head][valid], labels[valid])
        numbers = report(softmax(said[head] / temperatures[head])[valid], labels[valid], names)
        metrics.append(measured(path.stem, split, numbers, head=head))
    live_head = "blend" if "ferplus" in said else "fer2013"
    probable = {head: np.asarray(softmax(p / temperatures.get(head, 1.0)), np.float32) for head, p in said.items()}
    outputs = {}
    for head in said:
        scaled = keras.layers.Rescaling(1 / temperatures.get(head, 1.0), name=f"{head}_temperature")(
            logits.output[head]
        )
        outputs[head] = keras.layers.Softmax(name=f"{head}_probabilities")(scaled)
    partial = path.with_name(f".partial-{path.name}")
    keras.Model(logits.input, outputs).save(partial)
    if narrow is not None:
        halve(partial)
    partial.replace(path)
    card = Card(
        name=path.stem,
        summary=f"The network {recipe.network} for {LABELS[0]} to {LABELS[-1]}, trained on FER2013.",
        weights=str(path),
        weights_sha256=sha256(path),
        labels=LABELS,
        heads=tuple(said),
        live_head=live_head,
        input_size=int(logits.input.shape[1]),
        preprocessing=PREPROCESSING,
        temperatures={head: round(value, 4) for head, value in temperatures.items()},
        parameters=int(logits.count_params()),
        macs=count_macs(logits),
        recipe=recipe_name,
        settings=msgspec.to_builtins(recipe),
        epoch=epoch,
        start=start,
        teachers=teachers,
        seed=recipe.seed,
        storage="float32" if narrow is None else "float16",
        data={"Training": training.sha256(), split: chosen_on.sha256()},
        shares={label: round(float((training.labels == i).mean()), 5) for i, label in enumerate(LABELS)},
        neutral=neutral_mean(combine(probable, live_head, LABELS), chosen_on.labels, LABELS),
        leaks=dict(leaks),
        versions={"keras": keras.__version__, "backend": keras.backend.backend(), "python": platform.python_version()},
        metrics=tuple(metrics),
        intended_use=INTENDED_USE,
        limits=LIMITS,
    )
    save_card(card, path.with_suffix(".toml"))
    return card
