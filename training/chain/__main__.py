"""Runs a chain: `python -m training.chain --data FER2013 --out DIR --minutes 10`; the same command continues it."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from training.chain.chain import Chain, Plan
from training.chain.jobs import JobError

TEACHERS = ("chain_teacher:1", "chain_accurate:2", "chain_vgg:3", "chain_accurate64:4", "chain_votes:5")
"""Teachers by default, of five kinds, so that their errors differ."""
STUDENTS = ("chain_fast:11", "chain_student:12", "chain_nano:13")
"""Students by default: the networks `fast`, `accurate` and `nano`."""


def main(
    data: Annotated[Path, typer.Option(help="FER2013, as for emobot train.")],
    out: Annotated[Path, typer.Option(help="Folder of the chain; the same command continues it.")],
    minutes: Annotated[float, typer.Option(min=0.2, max=100_000, help="Minutes for everything.")],
    teacher: Annotated[list[str] | None, typer.Option(help="RECIPE:SEED; may be repeated.")] = None,
    student: Annotated[list[str] | None, typer.Option(help="RECIPE:SEED; may be repeated.")] = None,
    views: Annotated[int, typer.Option(min=1, help="Views of each face in the bank.")] = 24,
    augmented_as: Annotated[str, typer.Option(help="Recipe whose augmentation the views have.")] = "chain_fast",
    engine: Annotated[str, typer.Option(help="Engine for the teachers' opinions; openvino-bf16 on a CPU.")] = "keras",
) -> None:
    """Train teachers side by side, make the bank of their opinions, train students from it, within a time."""
    plan = Plan(
        minutes=minutes,
        teachers=tuple(teacher or TEACHERS),
        students=tuple(student or STUDENTS),
        views=views,
        augmented_as=augmented_as,
        engine=engine,
    )
    # several processes share the card's memory
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    try:
        print(f"wrote {Chain(out, plan).run(data)}")
    except (ValueError, FileNotFoundError, JobError) as error:
        print(f"training.chain: {error}", file=sys.stderr)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    typer.run(main)
