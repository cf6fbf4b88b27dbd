"""From a trained network to the file that ships: probabilities, calibrated, with a card."""

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.cards import Card, Measured, save_card, sha256
from models.heads import FERPLUS
from models.networks import count_macs, import_keras
from training.data.data import LABELS, Faces
from training.data.storage import halve, rounded
from training.data.targets import majority
from training.recipe import Recipe
from training.score.metrics import fit_temperature, report, softmax

PREPROCESSING = (
    "Caller: gray, square, 1.17 x the BlazeFace box moved up by 0.09 of its height, area-averaged to the input size, "
    "float32 0 to 255, shape (n, size, size, 1). Inside the network: each crop to mean 0 and variance 1."
)
INTENDED_USE = (
    "What faces seem to express, in live video and recordings, one adult face of 24 pixels or more at a time."
)
LIMITS = (
    "Seven words are not feelings: ten people agree with FER2013's own labels on two pictures in three. Fear, sad and "
    "neutral are often confused, disgust is rare in the data. Unknown how it differs by age, skin and culture. Not for "
    "decisions about people."
)


def predict(model: Any, images: NDArray[np.uint8], batch: int = 256) -> dict[str, NDArray[np.float32]]:
    """Return what a network (of logits or probabilities) says of `uint8[n, size, size]`, by name of the head."""
    parts = [
        model.predict_on_batch(images[i : i + batch, ..., None].astype(np.float32))
        for i in range(0, len(images), batch)
    ]
    return {head: np.concatenate([np.asarray(part[head], np.float32) for part in parts]) for head in parts[0]}


def truth(faces: Faces, head: str) -> tuple[NDArray[np.int64], NDArray[np.bool_], tuple[str, ...]]:
    """Return what a head is held against: the labels, which pictures have one, and the classes' names.

    For `ferplus` that is the class that more than half of the votes agree on.
    """
    if head != "ferplus":
        return faces.labels, np.ones(len(faces), bool), LABELS
    if faces.votes is None:
        raise ValueError("expected pictures with FER+ votes to evaluate the ferplus head on, found none")
    labels = majority(faces.votes)
    return labels, labels >= 0, FERPLUS


def measured(name: str, split: str, numbers: Mapping[str, Any], **options: Any) -> Measured:
    """Return a card's entry for an evaluation.

    Args:
        name: Of the network.
        split: Which pictures.
        numbers: See `training.score.metrics.report`.
        options: Those of `emobot evaluate` that were used, `head` among them; FER2013 stands for the user's own copy.
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
        logits: The network as `models.networks` builds it, float32; its weights are rounded to float16, as they are
            stored, before anything is measured.
        path: Where to; replaced as a whole.
        recipe_name: Name of the recipe.
        recipe: The recipe.
        training: What it was trained on.
        chosen_on: Pictures to fit one temperature per head on, and to evaluate on.
        split: What those are: `PublicTest`, or `HeldOut`.
        leaks: What the leak check found.
        epoch: Of the weights.
        start: Whose weights it began with.
        teachers: Who made the bank it learnt from.
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
        live_head="blend" if "ferplus" in said else "fer2013",
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
        leaks=dict(leaks),
        versions={"keras": keras.__version__, "backend": keras.backend.backend(), "python": platform.python_version()},
        metrics=tuple(metrics),
        intended_use=INTENDED_USE,
        limits=LIMITS,
    )
    save_card(card, path.with_suffix(".toml"))
    return card
