"""The command line: what holds for all commands, and the exit code of each error."""

import errno
import io
import logging
import os
import re
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from pipeline.cli.commands import AllCommands
from pipeline.errors import EXIT_CONFIG, EXIT_FAILED, EmobotError

_CHOICE = re.compile("Invalid value for '([^']+)': Value error, (.*) is not one of (.*)\\.")
"""Typer's message for a value that is none of a list."""
INTERRUPTED = 130
"""Exit code after Ctrl-C, by the shells' convention."""


app = typer.Typer(
    name="emobot",
    help="Watch faces in cameras and recordings and report each person's emotions over time.",
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    cls=AllCommands,
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
        from pipeline.config.config import FIRST_STEPS

        print(context.get_help())
        print(FIRST_STEPS)


def run_cli() -> None:
    """Run the command given in `sys.argv` and exit: 0 done, 1 work failed, 2 wrong usage or configuration.

    Raises:
        SystemExit: Always.
    """
    if logging.lastResort:
        # warnings of commands that set up no log look like their errors
        logging.lastResort.setFormatter(logging.Formatter("emobot: %(message)s"))
    _open_streams()
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        # a name that a terminal without UTF-8 cannot show ends no command
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = _call()
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except TyperException as error:
        # a missing option lists its choices on lines of their own
        code = _report(_CHOICE.sub(_expected, " ".join(error.format_message().split())), EXIT_CONFIG)
    except EmobotError as error:
        code = _report(str(error), error.exit_code)
    except BrokenPipeError:
        # the reader of our output has closed the pipe, as `head` does
        sys.stderr.close()
        code = 0
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        code = _report(f"expected room for the output, found {error.strerror}", EXIT_FAILED)
        # what is left of it would fail again at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code if isinstance(code, int) else 0)


def _open_streams() -> None:
    """Open the standard streams that a starter has closed, as some do in the background: to nowhere.

    The next file or socket would get the number of one, and whatever a library prints would be written into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it gets the lowest number that is free
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: PTH123, SIM115 - as Python's own
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: PTH123, SIM115


def _call() -> object:
    """Run the command; return its exit code, or None."""
    try:
        return app(standalone_mode=False, prog_name="emobot")
    except typer.Exit as end:
        return end.exit_code
    finally:
        sys.stdout.flush()


def _expected(match: re.Match[str]) -> str:
    option, found, known = match.groups()
    return f"{option}: expected one of {known.replace(chr(39), '')}, found {found}"


def _report(text: str, code: int) -> int:
    for line in text.splitlines():
        print(f"emobot: {line}", file=sys.stderr)
    return code
