"""A variable that is not set is no path: an empty text would be the current folder."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.cli import app
from pipeline.errors import ConfigError

runner = CliRunner()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["batch", "", "--out", "results"], "FILES"),
        (["batch", "a.mp4", "", "--out", "results"], "FILES"),
        (["batch", "a.mp4", "--out", "results", "--config="], "--config"),
        (["report", ""], "FOLDER"),
        (["export", "", "--to", "eaf"], "FOLDERS"),
        (["export", "results", "--to", "eaf", "--out", ""], "--out"),
        (["table", "", "--out", "a.csv"], "RESULTS"),
        (["agree", "results", ""], "CODING"),
        (["history", ""], "SOURCE"),
        (["keys", "new", ""], "NAME"),
        (["train", "fast", "--data", "a.csv", "--out", ""], "--out"),
    ],
)
def test_an_empty_path_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], name: str
) -> None:
    """By every command, before it does anything."""
    (tmp_path / "notes.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    done = runner.invoke(app, arguments)

    assert isinstance(done.exception, ConfigError)
    assert str(done.exception) == f"{name}: expected a value, found an empty text (is a variable not set?)"
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_text_is_a_value_of_other_options(tmp_path: Path) -> None:
    """Such as of a label that is not given."""
    done = runner.invoke(app, ["agree", str(tmp_path), str(tmp_path / "a.csv"), "--rest", ""])

    assert "empty text" not in str(done.exception)
