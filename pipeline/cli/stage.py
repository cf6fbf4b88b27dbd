"""`emobot stage`: run one stage by hand, here or on another machine."""

from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from pipeline.config.graph import load_plan


def stage(
    name: Annotated[str, typer.Argument(help="The stage's table: detect, emotion, camera.NAME, output.NAME, ...")],
    config: Annotated[Path, typer.Option(help="The config file, the same on every machine.")] = Path("config.toml"),
    worker: Annotated[int, typer.Option(help="Index of the stage's process, from 0.", min=0)] = 0,
    directory: Annotated[
        str, typer.Option("--dir", help="Directory of a run on this machine, as in the log of `emobot run`.")
    ] = "",
) -> None:
    """Run one stage in this process.

    For a stage with a `host`, start it on that machine; the run connects over TCP. Stop it with SIGTERM or Ctrl-C.
    """
    plan = load_plan(config)
    directory = directory or plan.run.dir
    plan = replace(plan, run=replace(plan.run, dir=str(Path(directory or "/nonexistent").absolute())))
    plan[name]
    from pipeline.worker.process import run_stage

    raise typer.Exit(run_stage(plan, name, worker))
