"""Runs a chain whose programs run in this process, one after the other: starting Keras for each would take minutes."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer

from models import networks
from tests.training.small import one_by_one
from training import checkpoint, cli
from training.chain import chain
from training.chain.chain import Chain, Plan
from training.chain.jobs import Job
from training.data import bank
from training.on_device import device

KINDS = {
    "vgg": 'network = "vgg"',
    "enlarged": 'network = "tiny"\n[options]\nlooks_at = 64',
    "votes": 'network = "tiny"\nvotes_first = 0.5',
}
"""Recipes of small networks, one of each kind of teacher beside residual ones that see crops unchanged."""
COMMON = 'batch = 16\nprecision = "float32"\n'
MIXED = "[augment]\nmixup = 0.2\ncutmix = 0.25\n"
PROGRAMS: dict[str, Any] = {"training.cli": cli.train, "training.data.bank": bank.main}


def plan_of_kinds(folder: Path) -> Plan:
    """Write the recipes into a folder; return a chain of a teacher of each kind and a student."""
    for name, text in KINDS.items():
        (folder / f"{name}.toml").write_text(f"{COMMON}{text}\n{MIXED}")
    teachers = tuple(f"{folder / name}.toml:{seed}" for seed, name in enumerate(KINDS))
    students = (f"{folder / 'vgg.toml'}:11",)
    return Plan(minutes=10.0, teachers=teachers, students=students, views=1, augmented_as="tiny", engine="keras")


def run_here(out: Path, plan: Plan, data: Path, die_in: str = "") -> list[str]:
    """Run a chain; return the programs that it started, and whether each was resumed.

    Args:
        out: Its folder.
        plan: What it does; teachers that learn votes first take two epochs, others one, whatever their minutes.
        data: The faces.
        die_in: Folder of the training in which this process kills itself after the first epoch.
    """
    started, save = [], checkpoint.save

    def save_and_die(path: Path, *rest: Any) -> None:
        save(path, *rest)
        if path.parent.name == die_in:
            os.kill(os.getpid(), signal.SIGKILL)

    def run(jobs: Sequence[Job], logs: Path, note: Callable[[], None]) -> Iterator[str]:
        for job in jobs:
            _, program, *arguments = job.command()
            started.append(f"{job.title}{' resumed' * ('--resume' in arguments)}")
            if "--minutes" in arguments:
                at = arguments.index("--minutes")
                arguments[at : at + 2] = ["--epochs", "2" if "votes" in job.title else "1"]
            patch.setattr(sys, "argv", [program, *arguments])
            with pytest.raises(SystemExit) as end:
                typer.run(PROGRAMS[program])
            assert end.value.code in (0, None)
            note()
            yield job.title

    with pytest.MonkeyPatch.context() as patch, one_by_one():
        patch.setitem(networks.NETWORKS, "vgg", partial(networks.vgg, (8, 16), (1, 1)))
        patch.setattr("training.train.draw_curves", lambda rows, path: None)
        patch.setattr(device, "XLA", False)
        patch.setattr(bank, "CHUNK", 32)
        patch.setattr(checkpoint, "save", save_and_die)
        patch.setattr(chain, "run_jobs", run)
        Chain(out, plan).run(data)
    return started


if __name__ == "__main__":
    # python -m tests.training.here FOLDER: kills itself in the teacher that learns votes first
    folder = Path(sys.argv[1])
    run_here(folder / "out", plan_of_kinds(folder), folder / "data.packed", die_in="teacher-votes-2")
