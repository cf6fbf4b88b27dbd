"""`emobot stage`: run one stage by hand, here or on another machine."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from msgspec.structs import replace

from pipeline.config.graph import load_plan
from pipeline.errors import ConfigError


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
    plan[name]
    from pipeline.worker.process import run_stage

    if directory and not Path(directory).is_dir():
        raise ConfigError(f"--dir: expected the directory of a run, found no {directory}")
    place = directory or plan.run.dir
    with ExitStack() as stack:
        if not place or not Path(place).is_dir():
            # the run is on another machine
            place = stack.enter_context(TemporaryDirectory(prefix="emobot-"))
        plan = replace(plan, run=replace(plan.run, dir=str(Path(place).absolute())))
        code = run_stage(plan, name, worker)
    raise typer.Exit(code)
