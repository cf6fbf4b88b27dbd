"""The two commands: every error is one line, 2 for usage and 1 for failed work."""

import importlib
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from training.cli import evaluate, train

Capture = pytest.CaptureFixture[str]
app = typer.Typer()
app.command()(train)
app.command()(evaluate)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("train quick --data . --out OUT", 2, "expected a recipe (accurate"),
        ("train tiny --data OUT/none --out OUT/new", 1, "found nothing at"),
        ("train tiny --data OUT --out OUT", 2, "expected --resume or a new folder, found a checkpoint"),
        ("evaluate nobody --data .", 2, "expected a model out of"),
        ("evaluate OUT/none.keras --data .", 2, "found no"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, arguments: str, code: int, message: str) -> None:
    """Errors say what was expected, found and where, without a traceback."""
    (tmp_path / "checkpoint.npz").write_bytes(b"")
    result = CliRunner().invoke(app, arguments.replace("OUT", str(tmp_path)).split())

    assert (code, 1) == (result.exit_code, len(result.stderr.splitlines()))
    assert message in result.stderr


@pytest.mark.parametrize(
    ("program", "arguments", "message"),
    [
        ("data.bank", "OUT/bank.npz nobody --data OUT/none.csv", "found nothing at"),
        ("data.packed", "OUT/none.csv OUT/a.packed", "found nothing at"),
        ("score.measure", "nobody --data OUT/none.csv", "found nothing at"),
    ],
)
def test_errors_of_programs_are_one_line(
    program: str, arguments: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Of those that have no command of `emobot` too."""
    monkeypatch.setattr("sys.argv", [program, *arguments.replace("OUT", str(tmp_path)).split()])
    module = importlib.import_module(f"training.{program}")
    with pytest.raises(SystemExit, match="1"):
        module.run(module.main)
    (line,) = capsys.readouterr().err.splitlines()

    assert message in line
