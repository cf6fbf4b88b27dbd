"""`emobot stage`: run one stage by hand, here or on another machine."""

import logging
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from pipeline.config.graph import load_plan
from pipeline.errors import ConfigError
from pipeline.supervision.workplace import Workplace

log = logging.getLogger("emobot")


def stage(
    name: Annotated[str, typer.Argument(help="The stage's table: detect, emotion, camera.NAME, output.NAME, ...")],
    config: Annotated[Path, typer.Option(help="The config file, the same on every machine.")] = Path("config.toml"),
    worker: Annotated[int, typer.Option(help="Index of the stage's process, from 0.", min=0)] = 0,
    directory: Annotated[
        str, typer.Option("--dir", help="Directory of a run on this machine, as in the log of `emobot run`.")
    ] = "",
) -> None:
    """Run one stage in this process.

    For a stage with a `host`, start it on that machine; the run connects over TCP, and `/metrics` there has this
    stage's numbers. Stop it with SIGTERM or Ctrl-C.
    """
    plan = load_plan(config)
    plan[name]
    if directory and not Path(directory).is_dir():
        raise ConfigError(f"--dir: expected the directory of a run, found no {directory}")
    place = directory or plan.run.dir
    with ExitStack() as stack:
        is_here = bool(place) and Path(place).is_dir()
        place = place if is_here else str(stack.enter_context(Workplace()).path)
        _count(Path(place) / "metrics", "" if is_here else plan.metrics.listen, stack)
        from pipeline.worker.process import run_stage

        plan = replace(plan, run=replace(plan.run, dir=str(Path(place).absolute())))
        code = run_stage(plan, name, worker)
    raise typer.Exit(code)


def _count(directory: Path, listen: str, stack: ExitStack) -> None:
    """Let the stage count in files; where the run is on another machine, serve them at `listen`."""
    directory.mkdir(exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
    stack.callback(os.environ.pop, "PROMETHEUS_MULTIPROC_DIR", None)
    if not listen:
        return
    from pipeline.metrics.counters import collector
    from pipeline.metrics.health import Health

    try:
        health = Health(listen, collector(directory), lambda: True, lambda: True)
    except ConfigError as error:
        # another stage on this machine, perhaps
        log.warning("the metrics of this stage are not served: %s", error)
    else:
        stack.callback(health.close)
