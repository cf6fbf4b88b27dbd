"""What is in brackets is printed, wherever Rich prints: it takes brackets for markup, and `:100:` for a sign."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from rich.progress import Progress
from typer.testing import CliRunner

from pipeline.batch.ledger import Ledger
from pipeline.cli import bench, tables, top
from pipeline.cli.cameras import camera
from pipeline.cli.cli import app
from pipeline.cli.doctor import doctor
from pipeline.cli.doctor.examine import Finding
from pipeline.cli.recordings import batch
from pipeline.metrics.camera_totals import CameraSummary
from pipeline.metrics.rates import CameraReading
from pipeline.supervision.changes import Tables

NAME = "[red]x[/red] [take 2] [/] :100:"


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Return every command with how it is called."""
    yield path, command
    for name in command.list_commands(None) if hasattr(command, "commands") else ():
        yield from commands(command.get_command(None, name), (*path, name))


@pytest.mark.parametrize("path", [path for path, _ in commands(typer.main.get_command(app))], ids=" ".join)
def test_help_is_printed_as_it_is_written(path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every word is printed, `[privacy]` too."""
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", 1000)
    printed = CliRunner().invoke(app, [*path, "--help"]).output
    found = dict(commands(typer.main.get_command(app)))[path]
    texts = [getattr(found.callback, "__doc__", None) or "", *(getattr(p, "help", None) or "" for p in found.params)]

    for text in texts:
        for word in inspect.cleandoc(text).split():
            assert word.replace("\\[", "[") in printed


def test_help_in_brackets_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """This line once lost its brackets."""
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", 1000)
    assert "`[privacy]` have changed" in CliRunner().invoke(app, ["batch", "--help"]).output


def test_files_of_a_batch(tmp_path: Path) -> None:
    """File names are literal in the table and in error lines."""
    folder = tmp_path / "[bold]in[" / "bold]"
    folder.mkdir(parents=True)
    for name in ("[red]x.mp4", "talk [take 2].mp4", "[&] :100:.mp4"):
        (folder / name).touch()
    ledger = Ledger(tmp_path / "out")
    for entry in ledger.enter(sorted(folder.iterdir())):
        entry.status, entry.error = "failed", f"expected [/b] a video, found {NAME}"
        ledger.settle(entry)
    printed = CliRunner().invoke(app, ["batch", "--merge", str(tmp_path / "out")]).output

    for path in folder.iterdir():
        assert printed.count(path.name) == 2
        assert f"{path}: expected [/b] a video, found {NAME}" in printed


def test_bars_of_a_batch() -> None:
    """A progress bar shows the name of the results folder literally."""
    console = tables.plain_console()
    with console.capture() as capture:
        progress = Progress(*batch.columns(), console=console)
        progress.add_task(NAME, total=1, fps=0.0)
        console.print(progress)
    assert NAME in capture.get()


def test_cameras_of_a_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The brackets of a GStreamer fragment are printed."""
    found = Tables(config={"camera": {"hall": {"source": NAME}}}, states={"hall": "runs"})
    monkeypatch.setattr(camera, "change", lambda *arguments: found)
    monkeypatch.setattr(camera, "find_run", lambda *arguments: Path("/run"))
    camera.show("/run")
    assert NAME in capsys.readouterr().out


def test_what_doctor_finds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Table names are printed with their brackets."""
    monkeypatch.setattr(doctor, "examine", lambda *_: [Finding(NAME, "good", NAME), Finding("x", "missing", NAME)])
    with pytest.raises(typer.Exit):
        doctor.doctor(None)
    printed = capsys.readouterr().out
    assert printed.count(NAME) == 3
    assert printed.splitlines()[0].startswith("ok") and "!!" in printed


def test_what_cameras_did() -> None:
    """Camera names are literal in the table at the end of a run."""
    console = tables.plain_console(200)
    with console.capture() as capture:
        console.print(tables.summary_table([CameraSummary(camera=NAME, frames=1, faces={NAME: 1})]))
    assert capture.get().count(NAME) == 2


def test_rows_of_a_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    """A clip's file name is printed literally."""
    bench.show_rows([("what", NAME), (NAME, "1")])
    assert capsys.readouterr().out.count(NAME) == 2


def test_cameras_and_labels_of_top() -> None:
    """Labels come from the network and may be any text."""
    numbers: dict[str, Any] = {"fps": 1.0, "age_ms": None, "dropped": 0.0, "on_the_way": 0, "faces": 1.0}
    seen = CameraReading(camera=NAME, state="live", labels={NAME: 1.0}, **numbers)
    interval = SimpleNamespace(cameras=lambda: [seen], stages=lambda: [])
    console = tables.plain_console(200)
    with console.capture() as capture:
        console.print(top.draw(interval))  # type: ignore[arg-type]
    assert capture.get().count(NAME) == 2
