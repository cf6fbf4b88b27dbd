"""`emobot run`: run the pipeline."""

import os
import signal
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.tables import plain_console, summary_table
from pipeline.config.config import Config, load_config
from pipeline.config.graph import build_plan
from pipeline.config.options import Problems
from pipeline.config.plan import Plan
from pipeline.errors import EXIT_OK
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
    tables, plan = prepare(config)
    source = tables, config.absolute()
    if tables.fleet:
        from pipeline.fleet.member import Member, page_of

        member = Member(tables.fleet, page_of(plan), tables.log.level)
        outcome = run_plan(plan, member.tick, source, end=member.close)
    else:
        outcome = run_plan(plan, source=source)
    if outcome.cameras:
        console = plain_console(120)
        console.print(summary_table(outcome.cameras))
        for node in plan.nodes:
            path = node.options.get("path")
            if node.role == "sink" and path:
                # one file for all cameras, or one per camera
                for file in dict.fromkeys(str(path).replace("{camera}", found.camera) for found in outcome.cameras):
                    console.print(f"{node.name}: {file}", soft_wrap=True)
    raise typer.Exit(outcome.code)


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

        server_of(tables.fleet)
    slow = f"a plan of {path} (does a module of `use` wait for something, or a source scan a whole disk?)"
    with contained(f"tables that can be planned in {path}"), reported_if_slow(slow, LIMIT_S):
        return tables, build_plan(tables, str(path), problems)


def _end(number: int, frame: object) -> None:
    # not an exception: modules of `use` are imported, and the border around them would report it as theirs
    os._exit(EXIT_OK)
