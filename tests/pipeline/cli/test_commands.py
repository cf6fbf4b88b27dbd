"""A command costs only its own imports."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pipeline.cli.cli import app
from pipeline.cli.commands import COMMANDS

HEAVY = {"numpy", "zmq", "prometheus_client", "pipeline.supervision.supervisor"}


def test_commands_are_imported_when_they_are_used(repository: Path) -> None:
    """Neither the command line nor `emobot keys` imports what runs need."""
    code = (
        "import sys; from pipeline.cli.cli import run_cli; before = set(sys.modules);"
        f"print(sorted(before & {HEAVY}), [m for m in before if m.startswith(('stages', 'training'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)

    assert done.stdout == "[] []\n"


def test_every_command_is_found() -> None:
    """In the order of the help, under its own name."""
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    context = group.make_context("emobot", ["--help-is-not-read"], resilient_parsing=True)

    assert group.list_commands(context) == list(COMMANDS)
    assert [getattr(group.get_command(context, name), "name", None) for name in COMMANDS] == list(COMMANDS)


@pytest.mark.parametrize(("typed", "meant"), [("cmaera", "camera"), ("bacth", "batch"), ("evalute", "evaluate")])
def test_a_mistyped_command_suggests_the_right_one(typed: str, meant: str) -> None:
    """Also if its module has not been imported."""
    result = CliRunner().invoke(app, [typed])

    assert result.exit_code == 2
    assert f"'{meant}'" in result.output.partition("Did you mean")[2]
