"""Divides epochs into calls of the device, each about a second."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from models.networks import import_keras
from training.checkpoint import Arrays
from training.data.epochs import Epochs
from training.on_device.steps import Course, Steps
from training.recipe import Recipe
from training.schedule import Schedule

CALL_S = 1.0
"""Seconds of steps that the device takes in one call; between calls, progress is shown and the clock is read."""


@dataclass
class State:
    """The state of a training.

    Attributes:
        epoch: Number of completed epochs.
        rows: Metrics of each epoch, as in `log.csv`.
        average: The averaged weights.
        best: The averaged weights (with `keep_start` applied) of the best epoch on PublicTest.
        best_row: Metrics of that epoch.
        steps: Number of steps taken.
        spent_s: Seconds spent on them and on the ends of epochs.
    """

    epoch: int = 0
    rows: list[dict[str, float]] = field(default_factory=list)
    average: Arrays = field(default_factory=list)
    best: Arrays = field(default_factory=list)
    best_row: dict[str, float] = field(default_factory=dict)
    steps: int = 0
    spent_s: float = 0.0


class Pace:
    """Takes the steps of epochs.

    Args:
        steps: The steps.
        schedule: The course of the training.
        recipe: Its recipe.

    Attributes:
        loss: Sum of the losses of this epoch's steps.
    """

    def __init__(self, steps: Steps, schedule: Schedule, recipe: Recipe) -> None:
        self._steps, self._schedule, self._recipe = steps, schedule, recipe
        self.loss = 0.0
        self._step_s = 0.0
        self._timed: set[bool] = set()

    def epoch(self, epochs: Epochs, state: State) -> Iterator[int]:
        """Take the steps of an epoch, until the schedule is over.

        Yields:
            After each call, the number of steps so far in this epoch.
        """
        recipe, schedule = self._recipe, self._schedule
        progress = schedule.progress(state.steps)
        mixing = bool(recipe.augment.mixup or recipe.augment.cutmix)
        small, plain = progress < recipe.small_epochs, progress >= 1 - recipe.augment.plain_epochs
        plan = {
            name: import_keras().ops.convert_to_tensor(values)
            for name, values in epochs.plan(state.epoch, small, plain).items()
        }
        self.loss, done = 0.0, 0
        while done < len(epochs):
            count = max(1, min(len(epochs) - done, int(CALL_S / self._step_s) if self._step_s else 1))
            taken = state.steps + 1 + np.arange(count)
            # faster in the first steps, when the weights are mostly random
            shares = (1 - np.minimum(recipe.ema, (1 + taken) / (10 + taken))).astype(np.float32)
            course = Course(
                rate=schedule.learning_rates(state.steps, count, self._step_s),
                share=shares,
                votes=schedule.votes_first(state.steps, count, self._step_s),
            )
            started = time.monotonic()
            self.loss += self._steps.run(plan, done, course, mixing=mixing, small=small)
            if small in self._timed:
                self._step_s = (time.monotonic() - started) / count
            elif not state.steps:
                schedule.begin()
            self._timed.add(small)  # the first call compiles
            done += count
            state.steps += count
            yield done
            if schedule.is_over(state.steps):
                return
