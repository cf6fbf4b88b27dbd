"""The command line: all commands, and the exit code of each error."""

import re
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from pipeline.cli.alert import alert
from pipeline.cli.bench import bench
from pipeline.cli.cameras.camera import camera, set_stage
from pipeline.cli.check import check
from pipeline.cli.doctor.doctor import doctor
from pipeline.cli.events import events
from pipeline.cli.fleet import fleet
from pipeline.cli.help import PlainCommand, PlainGroup
from pipeline.cli.history import history
from pipeline.cli.keys import keys
from pipeline.cli.recordings.baseline import baseline
from pipeline.cli.recordings.batch import batch
from pipeline.cli.recordings.cluster import RayCommand
from pipeline.cli.run import run
from pipeline.cli.stage import stage
from pipeline.cli.top import top
from pipeline.config.config import FIRST_STEPS
from pipeline.errors import EXIT_CONFIG, EmobotError
from stages.report.command import report
from stages.results.agreement.command import agree
from stages.results.export.command import export
from stages.results.figures.command import plot
from stages.results.table_command import table
from stages.web.access.credentials import password
from training.cli import evaluate, train

_CHOICE = re.compile("Invalid value for '([^']+)': Value error, (.*) is not one of (.*)\\.")
"""Typer's message for a value that is none of a list."""
INTERRUPTED = 130
"""Exit code after Ctrl-C, by the shells' convention."""


app = typer.Typer(
    name="emobot",
    help="Watch faces in cameras and recordings and report each person's emotions over time.",
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    cls=PlainGroup,
)


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the versions of program and networks.")] = False,
) -> None:
    """Watch faces in cameras and recordings and report each person's emotions over time."""
    if version:
        import importlib.metadata  # takes as long as a tenth of all other imports

        from models.cards import shipped
        from models.fetch import hashes

        print(f"emobot {importlib.metadata.version('emobot')}")
        for kind, networks in (("network", shipped), ("detector", hashes)):
            for name, sha256 in networks().items():
                print(f"{kind} {name} sha256:{sha256}")
    elif context.invoked_subcommand is None:
        print(context.get_help())
        print(FIRST_STEPS)


for command in (run, batch, baseline, events, top, history, check, doctor, bench, stage):
    app.command(cls=RayCommand if command is batch else PlainCommand)(command)
app.add_typer(camera, name="camera")
app.add_typer(keys, name="keys")
app.add_typer(fleet, name="fleet")
app.add_typer(alert, name="alert")
app.command("set", cls=PlainCommand)(set_stage)
# commands of other packages; they import heavy modules only when called
for other in (report, export, table, agree, plot, train, evaluate, password):
    app.command(cls=PlainCommand)(other)


def run_cli() -> None:
    """Run the command given in `sys.argv` and exit: 0 done, 1 work failed, 2 wrong usage or configuration.

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
        code = _report(_CHOICE.sub(_expected, error.format_message()), EXIT_CONFIG)
    except EmobotError as error:
        code = _report(str(error), error.exit_code)
    except BrokenPipeError:
        # the reader of our output has closed the pipe, as `head` does
        sys.stderr.close()
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _expected(match: re.Match[str]) -> str:
    option, found, known = match.groups()
    return f"{option}: expected one of {known.replace(chr(39), '')}, found {found}"


def _report(text: str, code: int) -> int:
    for line in text.splitlines():
        print(f"emobot: {line}", file=sys.stderr)
    return code
