"""`emobot run`: the daemon."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.tables import plain_console, summary_table
from pipeline.config import load_config
from pipeline.graph import load_plan
from pipeline.logs import set_up_logging
from pipeline.run import run_plan


def run(config: Annotated[Path, typer.Argument(help="The config file.")] = Path("config.toml")) -> None:
    """Run cameras, detection, emotions and outputs as a config says, until every stream has ended or Ctrl-C.

    At the end a table tells what each camera did. The exit code is 0 after an orderly end, 1 when a stage failed for
    good, 2 when the configuration cannot work.
    """
    plan = load_plan(config)
    set_up_logging(plan.log.level, "emobot")
    outcome = run_plan(plan, source=(load_config(config), config.absolute()))
    if outcome.cameras:
        console = plain_console(120)
        console.print(summary_table(outcome.cameras))
        for node in plan.nodes:
            path = node.options.get("path")
            if node.role == "sink" and path:
                # one file of all cameras, or one of each
                for file in dict.fromkeys(str(path).replace("{camera}", found.camera) for found in outcome.cameras):
                    console.print(f"{node.name}: {file}", soft_wrap=True)
    raise typer.Exit(outcome.code)
