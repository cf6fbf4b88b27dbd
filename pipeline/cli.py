"""The command line: every command, and how errors end."""

import sys

import click
import typer

from pipeline.commands.batch import batch
from pipeline.commands.check import check
from pipeline.commands.run import run
from pipeline.commands.stage import stage
from pipeline.errors import EXIT_CONFIG, EmobotError

app = typer.Typer(
    name="emobot",
    help="Watches faces in cameras and recordings and reports, per person and over time, what they express.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for command in (run, batch, check, stage):
    app.command()(command)


def run_cli() -> None:
    """Run the command of this process's arguments, and exit: 0 done, 1 failed work, 2 wrong usage or configuration.

    Raises:
        SystemExit: Always.
    """
    try:
        code = app(standalone_mode=False)
    except click.exceptions.Exit as end:
        code = end.exit_code
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        code = _say(error.format_message(), EXIT_CONFIG)
    except EmobotError as error:
        code = _say(str(error), error.exit_code)
    except BrokenPipeError:
        # the reader of our output has gone, as `head` does
        sys.stderr.close()
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _say(text: str, code: int) -> int:
    for line in text.splitlines():
        print(f"emobot: {line}", file=sys.stderr)
    return code
