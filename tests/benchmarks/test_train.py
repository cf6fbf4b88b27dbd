"""`emobot bench train` measures each recipe on each backend, and says why one does not train."""

import json
import subprocess
from typing import Any

import pytest

from benchmarks.steps.train import Train
from pipeline.errors import ConfigError, EmobotError

ROW = {
    "recipe": "tiny",
    "backend": "tensorflow",
    "device": "CPU",
    "batch": 8,
    "precision": "float32",
    "images_per_s": 1234.5,
    "cpu_s_per_1000": 0.81,
    "augment_cpu_s_per_1000": 0.08,
}


def test_each_recipe_and_backend_has_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its backend in the environment; the last line that it prints is a row."""
    asked: list[tuple[str, str, str]] = []

    def run(command: list[str], env: dict[str, str], **_: Any) -> Any:
        asked.append((command[3], env["KERAS_BACKEND"], command[5]))
        return subprocess.CompletedProcess(command, 0, stdout="a warning\n" + json.dumps(ROW) + "\n")

    monkeypatch.setattr(subprocess, "run", run)
    found = Train(recipe=("tiny", "fast"), backend=("tensorflow", "jax"), batch=(8,), seconds=1.0).run()
    table = Train.rows(found)

    assert asked == [(recipe, backend, "8") for recipe in ("tiny", "fast") for backend in ("tensorflow", "jax")]
    assert len(table) == 5 and all(len(row) == len(table[0]) for row in table)
    assert table[1][:4] == ("tiny", "tensorflow", "CPU", "8")


@pytest.mark.process
def test_a_recipe_that_does_not_exist_is_one_line() -> None:
    """It is the last line of the process."""
    with pytest.raises(
        EmobotError, match="expected huge to train on tensorflow, found: expected a recipe .* found huge"
    ):
        Train(recipe=("huge",), backend=("tensorflow",), seconds=1.0).run()


def test_a_backend_that_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is measured."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="backend: expected an installed one, found torch"):
        Train(backend=("torch",))
