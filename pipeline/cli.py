"""The command line: every command, and how errors end."""

import importlib
import importlib.metadata
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from pipeline.commands.batch import batch
from pipeline.commands.camera import camera, set_stage
from pipeline.commands.check import check
from pipeline.commands.doctor import doctor
from pipeline.commands.events import events
from pipeline.commands.run import run
from pipeline.commands.stage import stage
from pipeline.errors import EXIT_CONFIG, EmobotError

INTERRUPTED = 130
"""Exit code after Ctrl-C, by the shells' convention."""
FROM_ELSEWHERE = ("training.cli:train", "training.cli:evaluate", "stages.web.credentials:password")
"""Commands of packages the machinery does not know."""

app = typer.Typer(
    name="emobot",
    help="Watches faces in cameras and recordings and reports, per person and over time, what they express.",
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@app.callback(invoke_without_command=True)
def top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and end.")] = False,
) -> None:
    """Watches faces in cameras and recordings and reports, per person and over time, what they express."""
    if version:
        print(f"emobot {importlib.metadata.version('emobot')}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


for command in (run, batch, events, check, doctor, stage):
    app.command()(command)
app.add_typer(camera, name="camera")
app.command("set")(set_stage)
for name in FROM_ELSEWHERE:
    module, _, function = name.partition(":")
    app.command()(getattr(importlib.import_module(module), function))


def run_cli() -> None:
    """Run the command of this process's arguments, and exit: 0 done, 1 failed work, 2 wrong usage or configuration.

    Raises:
        SystemExit: Always.
    """
    try:
        code = app(standalone_mode=False, prog_name="emobot")
    except typer.Exit as end:
        code = end.exit_code
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except TyperException as error:
        code = _say(error.format_message(), EXIT_CONFIG)
    except EmobotError as error:
        code = _say(str(error), error.exit_code)
    except BrokenPipeError:
        # whoever read our output has gone, as `head` does
        sys.stderr.close()
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _say(text: str, code: int) -> int:
    for line in text.splitlines():
        print(f"emobot: {line}", file=sys.stderr)
    return code
