"""Measures how fast a recipe trains with made faces: `python -m training.speed RECIPE`; prints a line of JSON."""

import json
import sys
import time
from typing import Annotated, Any

import numpy as np
import typer
from msgspec.structs import replace

from models.networks import HEADS, import_keras
from training.data.augment import draw
from training.data.epochs import Epochs
from training.data.faces import SIDE, Faces
from training.data.pixels import arranged, augment
from training.network import make_network, make_optimizer
from training.on_device.device import compiled, has_card, usable
from training.on_device.fused import fused
from training.on_device.steps import Course, make_steps
from training.recipe import Recipe, load_recipe

STEPS = 8
"""Steps per call on a processor; on a card, `CARD_STEPS`."""
CARD_STEPS = 100


def made_faces(count: int) -> Faces:
    """Return coarse noise with labels and votes."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, SIDE // 4, SIDE // 4)).astype(np.uint8).repeat(4, axis=1).repeat(4, axis=2)
    labels = np.arange(count) % 7
    votes = np.eye(10, dtype=np.float32)[labels] * 10
    return Faces(images=images, labels=labels, votes=votes)


def measure(recipe: Recipe, seconds: float) -> dict[str, Any]:
    """Train for about this long, after a call that compiles; return images per second and CPU seconds."""
    heads = tuple(HEADS) if recipe.ferplus_weight else ("fer2013",)
    count = CARD_STEPS if has_card() else STEPS
    epochs = Epochs(made_faces(recipe.batch * count), recipe, heads)
    model = fused(make_network(recipe, heads, usable(recipe.precision)))
    optimizer, losses = make_optimizer(model, recipe, heads)
    steps = make_steps(model, optimizer, recipe, losses, epochs, [value.copy() for value in model.get_weights()])
    convert = import_keras().ops.convert_to_tensor
    course = Course(*(np.full(count, value, np.float32) for value in (1e-3, 0.01, 0.0)))
    mixing = bool(recipe.augment.mixup or recipe.augment.cutmix)

    def turn(number: int) -> None:
        plan = {name: convert(values) for name, values in epochs.plan(number).items()}
        steps.run(plan, 0, course, mixing=mixing, small=False)

    return _rates(turn, recipe.batch * count, seconds)


def measure_augmentation(recipe: Recipe, seconds: float) -> dict[str, Any]:
    """Augment alone; see `measure`."""
    ops = import_keras().ops
    images = made_faces(recipe.batch).images
    program = compiled(lambda x, draws: ops.cast(augment(x, draws, recipe.augment), "uint8"))

    def turn(number: int) -> None:
        draws = draw(recipe.augment, len(images), SIDE, np.random.default_rng(number))
        program(ops.convert_to_tensor(images), ops.convert_to_tensor(draws[arranged(draws)]))

    return _rates(turn, len(images), seconds)


def _rates(turn: Any, images: int, seconds: float) -> dict[str, Any]:
    turn(0)  # compiles
    started, cpu_s, turns = time.monotonic(), time.process_time(), 0
    while not turns or time.monotonic() - started < seconds:
        turns += 1
        turn(turns)
    done = turns * images
    return {
        "images_per_s": done / (time.monotonic() - started),
        "cpu_s_per_1000": 1000 * (time.process_time() - cpu_s) / done,
    }


def main(
    recipe: str,
    batch: Annotated[int, typer.Option(min=0, help="Images per step; 0 for the recipe's.")] = 0,
    seconds: Annotated[float, typer.Option(min=0.1)] = 10.0,
) -> None:
    """Print images per second, CPU seconds per 1,000 images, and those of the augmentation alone."""
    try:
        name, found = load_recipe(recipe)
    except (ValueError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None
    found = replace(found, batch=batch or found.batch, small_epochs=0.0)
    row = {"recipe": name, "backend": import_keras().backend.backend(), "device": "GPU" if has_card() else "CPU"}
    alone = measure_augmentation(found, seconds / 4)
    row |= {"batch": found.batch, "precision": usable(found.precision), **measure(found, seconds)}
    print(json.dumps({**row, "augment_cpu_s_per_1000": alone["cpu_s_per_1000"]}))


if __name__ == "__main__":
    typer.run(main)
