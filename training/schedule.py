"""How far a training is, and the learning rate there: by steps, or by the clock."""

import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from training.recipe import Recipe

FIRST_SHARE = 0.01
"""Share of its peak at which the learning rate starts to rise."""
RESERVE, MOST_RESERVE = 4.0, 0.2
"""Multiple of an epoch's end (evaluation, checkpoint, plot) that is kept for the end of a training by the clock, which
also writes the network; and the largest share of the time that is kept."""


class Schedule:
    """The course of one training.

    Args:
        recipe: The recipe; with `minutes` the course follows the clock, otherwise the steps.
        steps: Steps per epoch.
        spent_s: Seconds that earlier processes spent on this training.
        clock: Returns seconds; replaced by tests.
    """

    def __init__(
        self, recipe: Recipe, steps: int, spent_s: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._recipe = recipe
        self._steps = steps
        self._clock = clock
        self._began_s = clock() - spent_s
        self._limit_s = recipe.minutes * 60
        self._reserve_s = self._limit_s * MOST_RESERVE / 2
        self._late_s = 0.0
        self._progress = 0.0

    @property
    def spent_s(self) -> float:
        """Seconds spent on this training, by this process and earlier ones."""
        return self._clock() - self._began_s

    def progress(self, step: int) -> float:
        """Return how far the training is, 0 to 1; it never goes back.

        Args:
            step: Number of steps taken.
        """
        if self._limit_s:
            usable_s = self._limit_s - self._reserve_s - self._late_s
            now = (self.spent_s - self._late_s) / usable_s if usable_s > 0 else 1.0
        else:
            now = step / (self._recipe.epochs * self._steps)
        self._progress = min(1.0, max(self._progress, now))
        return self._progress

    def begin(self) -> None:
        """Let the course begin now: by the clock, reading and compiling would else take the place of the warm-up."""
        if self._limit_s:
            self._late_s, self._progress = self.spent_s, 0.0

    def is_over(self, step: int) -> bool:
        """Return whether no further step is to be taken."""
        return self.progress(step) >= 1

    def keep_for_the_end(self, seconds: float) -> None:
        """Note how long the end of an epoch took, so that there is time for the last one and for the export."""
        self._reserve_s = min(RESERVE * seconds, MOST_RESERVE * self._limit_s)

    def epochs_left(self, step: int) -> float:
        """Return the number of epochs until the end, at the pace so far."""
        done, progress = step / self._steps, self.progress(step)
        return done * (1 - progress) / progress if progress else math.inf

    def learning_rates(self, step: int, count: int, step_s: float) -> NDArray[np.float32]:
        """Return the learning rates of the next steps.

        Args:
            step: Number of steps taken.
            count: Number of steps.
            step_s: How long a step takes, seconds; by the clock, each is that much further.
        """
        return np.array([self._rate(at) for at in self._ahead(step, count, step_s)], np.float32)

    def votes_first(self, step: int, count: int, step_s: float) -> NDArray[np.float32]:
        """Return for each of the next steps 1 while the votes are learned first, then 0; arguments as above."""
        return np.array([at < self._recipe.votes_first for at in self._ahead(step, count, step_s)], np.float32)

    def _ahead(self, step: int, count: int, step_s: float) -> list[float]:
        """Return how far the training will be at each of the next steps."""
        at = self.progress(step)
        each = 1 / (self._recipe.epochs * self._steps)
        if self._limit_s:
            each = step_s / max(step_s, self._limit_s - self._reserve_s - self._late_s, 1e-9)
        return [min(1.0, at + i * each) for i in range(count)]

    def _rate(self, at: float) -> float:
        """Return the learning rate at a progress: a linear rise, then half a cosine (arXiv 1608.03983)."""
        recipe = self._recipe
        if recipe.schedule == "constant":
            return recipe.learning_rate
        warm = min(recipe.warmup_epochs / recipe.epochs, 1.0)
        if at < warm:
            return recipe.learning_rate * (FIRST_SHARE + (1 - FIRST_SHARE) * at / warm)
        return recipe.learning_rate * (1 + math.cos(math.pi * (at - warm) / (1 - warm))) / 2 if warm < 1 else 0.0
