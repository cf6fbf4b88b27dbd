"""`emobot batch` as a command: what is refused, and how it ends."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.batch import fetching
from pipeline.batch.ledger import RECORD, Entry, Ledger, write_whole
from pipeline.batch.results import SUMMARY
from pipeline.cli.cli import app
from pipeline.cli.recordings.outcome import print_errors, results_table
from pipeline.cli.tables import plain_console
from pipeline.supervision.run import Outcome


def run(*arguments: object) -> tuple[int, str]:
    """Run the command; return its exit code and what it said."""
    result = CliRunner().invoke(app, ["batch", *map(str, arguments)])
    return getattr(result.exception, "exit_code", result.exit_code), f"{result.output}{result.exception}"


def test_an_empty_part_is_no_part(tmp_path: Path) -> None:
    """A variable that is not set in a scheduler's script must not process everything in each task."""
    (tmp_path / "a.mp4").touch()
    code, said = run(tmp_path / "a.mp4", "--out", tmp_path / "out", "--shard", "")

    assert code == 2 and "--shard: expected I/N with I from 0 to N-1, found ''" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("place", ["empty", "absent", "", "memory://nothing"])
def test_nothing_to_merge_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """A wrong folder stays unchanged."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    code, said = run("--merge", place)

    assert code in (1, 2) and "expected a folder with results, found " in said
    assert not list((tmp_path / "empty").iterdir())


def test_a_part_without_a_recording_is_nothing_to_merge(tmp_path: Path) -> None:
    """Its list of files is empty; a list with a file that failed is something to report."""
    (tmp_path / "batch.json").write_text('{"files": []}')
    assert run("--merge", tmp_path)[0] == 1

    failed = '{"source": "/a.mp4", "directory": "a", "status": "failed", "error": "is cut off"}'
    (tmp_path / "batch.json").write_text(f'{{"files": [{failed}]}}')
    code, said = run("--merge", tmp_path)
    assert code == 1 and "/a.mp4: is cut off" in said


def test_a_merge_of_results_with_different_options_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A study of parts that cannot be compared is no study."""
    for name, options in (("a", "1"), ("b", "1"), ("c", "2")):
        (tmp_path / name).mkdir()
        write_whole(tmp_path / name / RECORD, Entry(source=name, directory=name, status="done", options=options))
        (tmp_path / name / SUMMARY).touch()
    run("--merge", tmp_path)

    assert "1 of 3 results were made with other options of emobot batch than the rest, c among them" in caplog.text


def test_no_name_controls_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An escape sequence in a file's name colours nothing, and no line pretends to be another one."""
    entry = Entry(source="/films/a\x1b[31m\nb\u202e.mp4", directory="a", status="failed", error="broken")
    plain_console().print(results_table([entry], {}))
    print_errors([entry], ["c\x1b[2J: broken"])
    printed = capsys.readouterr().out

    assert "\x1b" not in printed and "\u202e" not in printed
    assert r"/films/a\x1b[31m\nb\u202e.mp4: broken" in printed


def test_ctrl_c_does_not_wait_for_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of reports would take minutes; the line tells what to do."""
    monkeypatch.setattr(fetching, "run_plan", lambda *_, **__: Outcome(code=0, interrupted=True))
    monkeypatch.setattr(
        sys.modules["pipeline.cli.recordings.batch"], "write_reports", lambda *_: pytest.fail("reports")
    )
    (tmp_path / "a.mp4").touch()
    code, said = run(tmp_path / "a.mp4", "--out", tmp_path / "out", "--no-video")

    assert code == 130 and "interrupted before the reports: run the command again" in said


@pytest.mark.parametrize(
    ("free", "error"),
    [(10**6 - 1, "expected room for the results, found 1.0 MB free in"), (10**9, "crashed on it twice")],
)
def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, error: str) -> None:
    """Instead of a crash of the stage that could not write."""

    def crash(plan: Any, tick: Any, *, admit: Any, ended: Any) -> Outcome:
        admit("camera.a")
        return Outcome(code=1)

    monkeypatch.setattr(fetching, "run_plan", crash)
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=free))
    (tmp_path / "a.mp4").touch()
    code, said = run(tmp_path / "a.mp4", "--out", tmp_path / "out", "--no-video")

    assert code == 1 and error in (Ledger(tmp_path / "out").entries()[0].error or "")
