"""Training: a recipe and faces in, a network and its card out; it can be killed and resumed at any time."""

import contextlib
import csv
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from models.cards import Card
from models.networks import HEADS, import_keras
from training import checkpoint
from training.checkpoint import Arrays, CheckpointError
from training.data.bank import Bank
from training.data.epochs import Epochs
from training.data.faces import DataError, Faces
from training.data.splits import with_choices, without_leaks
from training.events import Events
from training.export import export, predict, truth
from training.network import begin_with, make_network, make_optimizer
from training.on_device.device import usable
from training.on_device.fused import fused
from training.on_device.pace import Pace, State
from training.on_device.steps import make_steps
from training.recipe import Recipe, RecipeError
from training.schedule import Schedule
from training.score.measure import STANDARD, measure
from training.score.plots import draw_curves

SAVE_S = 5.0
"""Seconds between checkpoints, which take longer than an epoch on a fast card."""
EXPORT_S = 300.0
"""Seconds between exports of the best network."""


def train(
    name: str,
    recipe: Recipe,
    splits: Mapping[str, Faces],
    out: Path,
    *,
    resume: bool = False,
    bank: Bank | None = None,
    start: Card | None = None,
    console: Console | None = None,
    since_s: float | None = None,
) -> Path:
    """Train a network.

    Writes into `out`: `<name>.keras` and its card `<name>.toml`, `log.csv`, `curves.png`, `checkpoint.npz`, and, with
    the TensorFlow backend, `events` for TensorBoard.

    Args:
        name: Name of the recipe and of the resulting network.
        recipe: The recipe.
        splits: `Training`, and `PublicTest` for validation (split off `Training` if missing). `PrivateTest` is
            evaluated once, after the training, for the card.
        out: Folder for the results.
        resume: Whether to resume from the checkpoint in `out`.
        bank: Distillation bank to learn from.
        start: A trained network of the same architecture whose weights to start from.
        console: Console for the progress display.
        since_s: When the `minutes` of the recipe began, `time.monotonic()`; None for now.

    Returns:
        The path of the network.

    Raises:
        DataError: There are no, or too few, training images.
        RecipeError: The recipe names an unknown network or options that it does not accept.
        CheckpointError: There is no checkpoint to resume from, or it belongs to another recipe.
    """
    since_s = time.monotonic() if since_s is None else since_s
    console = console or Console(markup=False, emoji=False)
    out.mkdir(parents=True, exist_ok=True)
    splits, leaks = without_leaks(splits)
    if "Training" not in splits:
        raise DataError(f"expected images for Training, found only {', '.join(splits)}")
    splits = with_choices(splits)
    split = "PublicTest" if "PublicTest" in splits else "HeldOut"
    training, public = splits["Training"], splits[split]
    if split == "HeldOut":
        console.print("No PublicTest: every tenth image of Training is used for validation.")
    for what, count in leaks.items():
        console.print(f"{count:6} images {what}")
    if len(training) < recipe.batch:
        raise DataError(f"expected at least one batch of {recipe.batch} images, found {len(training)}")

    heads = tuple(HEADS) if recipe.ferplus_weight and training.votes is not None else ("fer2013",)
    keras = import_keras()
    keras.utils.set_random_seed(recipe.seed)
    shadow = make_network(recipe, heads, "float32")
    if start is not None:
        begin_with(shadow, start)
    elif recipe.keep_start:
        raise RecipeError(f"expected a network to start from for keep_start = {recipe.keep_start}, found none")
    begun = [value.copy() for value in shadow.get_weights()]
    if (policy := usable(recipe.precision)) != recipe.precision:
        console.print(f"{policy} instead of {recipe.precision}, for which this processor has no instructions")
    model = fused(make_network(recipe, heads, policy, any_size=recipe.small_epochs > 0))
    model.set_weights(shadow.get_weights())
    epochs = Epochs(training, recipe, heads, bank)
    optimizer, losses = make_optimizer(model, recipe, heads)
    state = State(average=[value.copy() for value in model.get_weights()])  # TensorFlow returns views of its own memory
    if resume:
        state = _restore(out / "checkpoint.npz", name, recipe, [*model.variables, *optimizer.variables])
    steps = make_steps(model, optimizer, recipe, losses, epochs, state.average)
    pace = Pace(steps, schedule := Schedule(recipe, len(epochs), state.spent_s + time.monotonic() - since_s), recipe)
    if recipe.minutes:
        # how long the end of an epoch takes; there may be only one
        started = time.monotonic()
        _accuracies(shadow, public)
        schedule.keep_for_the_end(time.monotonic() - started)

    def write() -> None:
        shadow.set_weights(state.best)
        export(
            shadow,
            out / f"{name}.keras",
            recipe_name=name,
            recipe=recipe,
            training=training,
            chosen_on=public,
            split=split,
            leaks=leaks,
            epoch=int(state.best_row["epoch"]),
            start="" if start is None else start.identity,
            teachers=() if bank is None else bank.views.teachers,
        )

    columns = (
        TextColumn("epoch {task.fields[epoch]}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn(
            "{task.fields[rate]:.0f} images/s, PublicTest {task.fields[now]:.2%}, best {task.fields[best]:.2%},"
        ),
        TimeRemainingColumn(),
    )
    events = Events(out / "events")
    saved_s, exported_s = -SAVE_S, time.monotonic()
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=1.0, epoch=0, rate=0, now=0, best=0)
        # at least one step: a network has to come out
        while not state.rows or not schedule.is_over(state.steps):
            started = time.monotonic()
            done, rate = 0, 0.0
            for done in pace.epoch(epochs, state):
                rate = done * recipe.batch / (time.monotonic() - started)
                progress.update(bar, completed=schedule.progress(state.steps), epoch=state.epoch + 1, rate=rate)
            state.average = steps.average()
            stepped = time.monotonic()
            state.epoch += 1
            shown = between(state.average, begun, recipe.keep_start)
            shadow.set_weights(shown)
            row = {"epoch": state.epoch, "seconds": time.monotonic() - started, "images_per_s": rate}
            row |= {"loss": pace.loss / done, **_accuracies(shadow, public)}
            state.rows.append(row)
            if row["fer2013"] >= state.best_row.get("fer2013", 0.0):
                state.best_row, state.best = row, shown
            state.spent_s = schedule.spent_s
            over = schedule.is_over(state.steps)
            if over or time.monotonic() - saved_s >= SAVE_S:
                steps.store()
                _save(out, name, recipe, [*model.variables, *optimizer.variables], state)
                saved_s = time.monotonic()
                schedule.keep_for_the_end(saved_s - stepped)
            events.write(state.epoch, row)
            progress.update(bar, now=row["fer2013"], best=state.best_row["fer2013"])
            left = schedule.epochs_left(state.steps) * row["seconds"] / 60
            console.print(
                f"epoch {state.epoch}  {schedule.progress(state.steps):.0%}  {rate:.0f} images/s  "
                f"loss {row['loss']:.4f}  PublicTest {row['fer2013']:.2%}, best {state.best_row['fer2013']:.2%}  "
                f"{left:.0f} min left",
                soft_wrap=True,
            )
            # by the clock, there is time for the last one
            if time.monotonic() - exported_s >= EXPORT_S and not (over or recipe.minutes):
                write()
                exported_s = time.monotonic()
    write()
    if "PrivateTest" in splits:
        plain = [setting for setting in STANDARD if setting.is_plain]
        measure(out / f"{name}.keras", splits["PrivateTest"], "PrivateTest", plain)
    return out / f"{name}.keras"


def between(first: Arrays, second: Arrays, share: float) -> Arrays:
    """Return the linear interpolation between two sets of weights, at this fraction of the way to the second."""
    weight = np.float32(share)
    return [(1 - weight) * a + weight * b for a, b in zip(first, second, strict=True)]


def _accuracies(network: Any, faces: Faces) -> dict[str, float]:
    """Return the accuracy, at full size, of each head that has ground truth."""
    found = {}
    for head, logits in predict(network, faces.images).items():
        if head != "ferplus" or faces.votes is not None:
            labels, valid, _ = truth(faces, head)
            found[head] = float((logits.argmax(axis=1) == labels)[valid].mean())
    return found


def _save(out: Path, name: str, recipe: Recipe, variables: list[Any], state: State) -> None:
    """Write the checkpoint, then the log and the plot derived from it."""
    found = [import_keras().ops.convert_to_numpy(variable) for variable in variables]
    notes: dict[str, Any] = {"name": name, "recipe": _identity(recipe), "rows": state.rows, "best_row": state.best_row}
    notes |= {"steps": state.steps, "spent_s": state.spent_s}
    arrays = {"variables": found, "average": state.average, "best": state.best}
    checkpoint.save(out / "checkpoint.npz", arrays, notes)
    with (out / "log.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, state.rows[0])
        writer.writeheader()
        writer.writerows(state.rows)
    with contextlib.suppress(ModuleNotFoundError):  # without Matplotlib there is the log
        draw_curves(state.rows, out / "curves.png")


def _restore(path: Path, name: str, recipe: Recipe, variables: list[Any]) -> State:
    arrays, notes = checkpoint.load(path)
    if msgspec.convert(notes["recipe"], Recipe) != msgspec.convert(_identity(recipe), Recipe) or "steps" not in notes:
        raise CheckpointError(
            f"expected a checkpoint of the current recipe {name}, found one of another recipe, in {path}"
        )
    state = State(len(notes["rows"]), notes["rows"], arrays["average"], arrays["best"], notes["best_row"])
    state.steps, state.spent_s = notes["steps"], notes["spent_s"]
    if [v.shape for v in arrays["variables"]] != [tuple(v.shape) for v in variables]:
        raise CheckpointError(f"expected a checkpoint of this version, found one of another, in {path}")
    for variable, value in zip(variables, arrays["variables"], strict=True):
        variable.assign(value)
    return state


def _identity(recipe: Recipe) -> dict[str, Any]:
    """Return the settings that must not change when resuming: all but the length."""
    found: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(recipe, epochs=1, minutes=0.0))
    return found
