"""`emobot export`."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pipeline.batch.ledger import Entry
from pipeline.cli.recordings.outcome import export_results as export_formats
from stages.results.export.command import export
from stages.results.export.formats import WRITERS, Format
from tests.stages.results.tables import rows_of, write_results

app = typer.Typer()
app.command()(export)


def run(*arguments: object) -> tuple[int, str]:
    """Return exit code and output of a command."""
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    return result.exit_code, result.output


def test_every_format_is_written_beside_the_results(tmp_path: Path) -> None:
    """The files are printed."""
    folder = write_results(tmp_path / "sub-01_video", rows_of(1, "hu"), frames=2)
    before = {*folder.iterdir(), folder / ".exports.json"}
    code, output = run(tmp_path, *(part for name in Format for part in ("--to", name)))

    assert code == 0 and set(WRITERS) == set(Format)
    written = sorted(path.name.removeprefix("sub-01") for path in set(folder.iterdir()) - before)
    assert written == [
        *("_events.json", "_events.tsv", "_video.TextGrid", "_video.boris", "_video.eaf", "_video.srt", "_video.vtt"),
        *("_video_detailed.txt", "_video_fex.csv"),
    ]
    assert sorted(Path(line).name for line in output.splitlines()) == sorted(f"sub-01{name}" for name in written)


def test_recordings_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    """In a folder for all of them, the second gets a number."""
    days = [
        write_results(tmp_path / day / "talk", rows_of(1, label), frames=1) for day, label in (("1", "h"), ("2", "s"))
    ]
    code, _ = run(*days, "--to", "srt", "--out", tmp_path / "all/of/them")

    assert code == 0
    assert "happy" in (tmp_path / "all/of/them/talk.srt").read_text()
    assert "sad" in (tmp_path / "all/of/them/talk-2.srt").read_text()


def test_a_damaged_recording_does_not_keep_the_others_from_being_written(tmp_path: Path) -> None:
    """It is reported, and the exit code is 1."""
    for name in ("a", "b"):
        write_results(tmp_path / name, rows_of(1, "h"), frames=1)
    (tmp_path / "a/faces.csv").write_text("nonsense\n")
    code, output = run(tmp_path, "--to", "vtt")

    assert code == 1 and "a/faces.csv" in output and (tmp_path / "b/b.vtt").exists()


@pytest.mark.parametrize("arguments", [["--to", "elan"], []])
def test_an_unknown_format_is_refused_with_the_known_ones(tmp_path: Path, arguments: list[str]) -> None:
    """Before anything is written."""
    folder = write_results(tmp_path / "a", rows_of(1, "h"), frames=1)
    code, output = run(folder, *arguments)

    assert code == 2 and (not arguments or "eaf" in output)


def test_an_edited_file_costs_only_itself(tmp_path: Path) -> None:
    """One line names it, the exit code is 1, the others are written; a batch that runs again has not failed."""
    folders = [write_results(tmp_path / name, rows_of(1, "h"), frames=1) for name in ("a", "b")]
    command = (tmp_path, "--to", "eaf", "--to", "srt")
    assert run(*command)[0] == 0
    (edited := tmp_path / "a/a.eaf").write_text("by hand")
    code, output = run(*command)

    assert code == 1 and edited.read_text() == "by hand"
    assert [line for line in output.splitlines() if line.startswith("emobot: ")] == [
        line for line in output.splitlines() if f"{edited}: kept" in line
    ]
    assert {Path(line).name for line in output.splitlines() if line.startswith("/")} == {"a.srt", "b.eaf", "b.srt"}
    entries = [Entry(source=f"{folder}.mp4", directory=folder.name) for folder in folders]
    assert export_formats(tmp_path, entries, [Format.EAF]) and edited.read_text() == "by hand"
    assert run(*command, "--overwrite")[0] == 0 and "by hand" not in edited.read_text()
    assert run(*command)[0] == 0
