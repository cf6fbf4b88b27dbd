"""`train`: images per second of a training, by recipe and Keras backend."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Literal, get_args

from benchmarks.base import Benchmark, Fields
from benchmarks.harness import digits
from pipeline.errors import ConfigError, EmobotError

Backend = Literal["tensorflow", "jax", "torch"]
RECIPES = ("fast", "accurate")
LIMIT_S = 900.0
"""Seconds after which a measurement is given up."""


class Train(Benchmark):
    """Steps of a training with made faces, each recipe and backend in a process of its own.

    Args:
        recipe: Bundled recipes or TOML files.
        backend: Keras backends; by default those that are installed.
        batch: Images per step instead of the recipe's.
        seconds: Seconds of steps per measurement, after those that compile.

    Raises:
        ConfigError: A backend is not installed.
    """

    scope = "isolated"
    pace = "as fast as possible"

    def __init__(
        self,
        *,
        recipe: tuple[str, ...] = RECIPES,
        backend: tuple[Backend, ...] = (),
        batch: tuple[int, ...] = (),
        seconds: float = 10.0,
    ) -> None:
        absent = [name for name in backend if importlib.util.find_spec(name) is None]
        if absent:
            raise ConfigError(f"backend: expected an installed one, found {', '.join(absent)}, which is not")
        installed = [name for name in get_args(Backend) if importlib.util.find_spec(name)]
        self._recipes, self._backends = recipe, backend or tuple(installed)
        self._batches, self._seconds = batch or (0,), seconds

    def run(self) -> dict[str, Any]:
        """Measure each recipe on each backend."""
        results = [
            _measured(recipe, backend, batch, self._seconds)
            for recipe in self._recipes
            for backend in self._backends
            for batch in self._batches
        ]
        return {"unit": "image", "results": results}

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return one row per recipe, backend and batch."""
        head = ("recipe", "backend", "device", "batch", "images/s", "CPU s per 1,000 images", "augmentation alone")
        return [
            head,
            *(
                (
                    row["recipe"],
                    row["backend"],
                    row["device"],
                    str(row["batch"]),
                    digits(row["images_per_s"]),
                    digits(row["cpu_s_per_1000"]),
                    digits(row["augment_cpu_s_per_1000"]),
                )
                for row in fields["results"]
            ),
        ]

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Draw a bar per recipe, backend and batch."""
        axes = figure.subplots()
        rows = fields["results"]
        axes.barh(
            [f"{row['recipe']}, {row['backend']}, {row['batch']}" for row in rows], [r["images_per_s"] for r in rows]
        )
        axes.set(xlabel="images/s")


def _measured(recipe: str, backend: str, batch: int, seconds: float) -> dict[str, Any]:
    """Run `training.speed` in a process: one process can load Keras on one backend only."""
    environment = {**os.environ, "KERAS_BACKEND": backend}
    command = [sys.executable, "-m", "training.speed", recipe, "--batch", str(batch), "--seconds", str(seconds)]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        raise EmobotError(f"expected {recipe} on {backend} within {LIMIT_S:.0f} s, found it still working") from None
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["nothing"])[-1]
        raise EmobotError(f"expected {recipe} to train on {backend}, found: {last}") from None
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
