"""`emobot run`: run the pipeline."""

import glob
import os
import re
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.tables import plain_console, summary_table
from pipeline.config.config import Config, load_config
from pipeline.config.graph import build_plan
from pipeline.config.options import Problems
from pipeline.config.plan import Plan
from pipeline.errors import EXIT_OK, EmobotError
from pipeline.foreign import contained, reported_if_slow
from pipeline.supervision.planning import LIMIT_S
from pipeline.supervision.run import run_plan
from pipeline.worker.logs import set_up_logging


def run(config: Annotated[Path, typer.Argument(help="The config file.")] = Path("config.toml")) -> None:
    """Run the cameras, stages and outputs of a config until all streams have ended or Ctrl-C.

    At the end a table summarises each camera. The exit code is 0 after an orderly end, 1 when a stage failed for
    good, 2 when the configuration cannot work.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        # until the supervisor handles signals; a requested stop is not a failure
        signal.signal(number, _end)
    began_s = time.time()
    tables, plan = prepare(config)
    source = tables, config.absolute()
    if tables.fleet:
        from pipeline.fleet.member import Member, page_of

        member = Member(tables.fleet, page_of(plan), tables.log.level)
        outcome = run_plan(plan, member.tick, source, end=member.close)
    else:
        outcome = run_plan(plan, source=source)
    if outcome.removed:
        # the same process, as systemd and a shell know it, with a new directory
        os.execv(sys.executable, sys.orig_argv)
    if outcome.cameras:
        console = plain_console(120)
        console.print(summary_table(outcome.cameras))
        for node in (outcome.plan or plan).nodes:
            path = node.options.get("path")
            if node.role == "sink" and path:
                # one file for all cameras, or one per camera
                files = {found.camera: written_since(began_s, str(path), found.camera) for found in outcome.cameras}
                nothing = [f"nothing of {name}" for name, own in files.items() if not own]
                for line in dict.fromkeys([*(file for own in files.values() for file in own), *nothing]):
                    console.print(f"{node.name}: {line}", soft_wrap=True)
    raise typer.Exit(outcome.code)


def written_since(began_s: float, path: str, camera: str) -> list[str]:
    """Return what an output has written during a run.

    Args:
        began_s: Start of the run, UNIX seconds.
        path: Path of its files or folders, with placeholders; a name that is taken gets a number.
        camera: Name of the camera.
    """
    pattern = re.sub(r"(?:\{(?:date|time)\})+", "*", glob.escape(path).replace("{camera}", glob.escape(camera)))
    stem, suffix = (pattern[:-4], ".mp4") if pattern.endswith(".mp4") else (pattern.rstrip("/"), "")
    patterns = [pattern, *(f"{stem}-{'[0-9]' * digits}{suffix}" for digits in (1, 2, 3))]
    anchor = Path(path).anchor
    found: dict[str, None] = {}
    with suppress(OSError):
        for file in (file for one in patterns for file in Path(anchor or ".").glob(one.removeprefix(anchor))):
            # file systems round times down
            found |= {str(file): None} if file.stat().st_mtime >= began_s - 2.0 else {}
    return list(found)


def prepare(path: Path) -> tuple[Config, Plan]:
    """Read a config file, set up logging and link the stages.

    Raises:
        ConfigError: One line for each mistake in it.
    """
    problems = Problems()
    tables = load_config(path, problems)
    set_up_logging(tables.log.level, "emobot")
    if tables.fleet:
        from pipeline.fleet.terms import server_of

        try:
            server_of(tables.fleet)
        except EmobotError as error:
            problems.add("fleet", str(error))
    slow = f"a plan of {path} (does a module of `use` wait for something, or a source scan a whole disk?)"
    with contained(f"tables that can be planned in {path}"), reported_if_slow(slow, LIMIT_S):
        return tables, build_plan(tables, str(path), problems)


def _end(number: int, frame: object) -> None:
    # not an exception: modules of `use` are imported, and the border around them would report it as theirs
    os._exit(EXIT_OK)
