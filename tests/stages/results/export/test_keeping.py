"""What people put beside results, when a recording is processed again."""

from pathlib import Path

import pytest

from pipeline.batch.results import SUMMARY, TABLE
from stages.results.export.beside import put_beside
from stages.results.export.formats import Format, export_results
from stages.results.export.keeping import keep_files
from tests.stages.results.tables import rows_of, write_results


def analyses(folder: Path) -> tuple[Path, Path]:
    """Return results, exported to ELAN and as subtitles, and those of a new analysis."""
    old = write_results(folder / "old/talk", rows_of(1, "h"), frames=1)
    export_results(old, [Format.EAF, Format.SRT])
    return old, write_results(folder / "new/talk", rows_of(1, "s"), frames=1)


@pytest.mark.parametrize("links", [True, False])
def test_what_people_edited_stays(tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the file system has no hard links; the next export still knows what was edited."""
    if not links:
        monkeypatch.setattr("os.link", lambda *_, **__: Path("absent").stat())
    old, new = analyses(tmp_path)
    (old / "talk.eaf").write_text("by hand")
    (old / "notes").mkdir()
    (old / "notes/first.txt").write_text("mine")
    (old / "lost").symlink_to("nowhere")
    (old / "faces.csv.partial").touch()
    table = (new / TABLE).read_bytes()
    keep_files(old, new)

    assert {path.name for path in new.iterdir()} == {TABLE, SUMMARY, "talk.eaf", "notes", "lost", ".exports.json"}
    assert (new / "talk.eaf").read_text() == "by hand" and (new / "notes/first.txt").read_text() == "mine"
    assert (new / TABLE).read_bytes() == table
    files, (line,) = export_results(new, [Format.EAF, Format.SRT])
    assert "expected the file as exported on 20" in line and "sad" in (new / "talk.srt").read_text()
    assert (new / "talk.eaf").read_text() == "by hand" and files == [new / "talk.srt"]


def test_figures_and_agreements_stay(tmp_path: Path) -> None:
    """Their options are noted nowhere; they are still known as Emobot's, so that the next one replaces them."""
    old, new = analyses(tmp_path)
    put_beside("agree", old, "agreement-anna", [(".json", lambda path: path.write_text("old"))])
    keep_files(old, new)
    put_beside("agree", new, "agreement-anna", [(".json", lambda path: path.write_text("new"))])

    assert {path.name for path in new.iterdir()} == {TABLE, SUMMARY, "agreement-anna.json", ".exports.json"}
    assert (new / "agreement-anna.json").read_text() == "new"


def test_exports_of_the_old_analysis_do_not_stay(tmp_path: Path) -> None:
    """Nobody edited them, and they would show what the table no longer says."""
    old, new = analyses(tmp_path)
    keep_files(old, new)

    assert {path.name for path in new.iterdir()} == {TABLE, SUMMARY}
