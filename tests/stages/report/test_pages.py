"""The pages of a report."""

import re
from pathlib import Path

import msgspec
import pytest

from models.cards import shipped
from pipeline.errors import InputError
from stages.report.pages import write_report, write_reports
from tests.stages.report.recordings import write_table

HOSTILE = '"><script>alert(1)<b onload=x>&amp;{{ 7 * 7 }}.mp4'


def ledger(folder: Path, *entries: dict[str, object]) -> None:
    """Write a batch's ledger."""
    (folder / "batch.json").write_bytes(msgspec.json.encode({"files": entries}))


def test_a_report_says_what_was_seen(tmp_path: Path) -> None:
    """Who, how much of what, when it changed, how good the network is, and what the law says."""
    name, sha256 = next(iter(shipped().items()))
    folder = write_table(tmp_path, "talk", model=f"{name}-{sha256[:8]}")
    write_report(folder)
    page = (folder / "report.html").read_text()

    for said in (
        "Person 1",
        "Person 2",
        "0:02.0",
        "neutral",
        "PublicTest",
        "ECE",
        "2 February 2025",
        "no legal advice",
    ):
        assert said in page
    assert page.count('<svg class="area"') == 2
    assert "base64" not in page


@pytest.mark.parametrize("model", ["", "fast-00000000", "unknown-12345678", "nonsense"])
def test_an_unknown_network_is_said_to_be_unknown(tmp_path: Path, model: str) -> None:
    """Nobody else's numbers are shown for it."""
    folder = write_table(tmp_path, "talk", model=model)
    write_report(folder)
    page = (folder / "report.html").read_text()

    assert "PublicTest" not in page
    assert ("is not on this machine" in page) == bool(model)


def test_pictures_are_shown_if_they_were_kept(tmp_path: Path) -> None:
    """Each stands at its moment; a picture of anything else is not shown."""
    folder = write_table(tmp_path, "talk")
    (folder / "moments").mkdir()
    for name in ("1-2000.jpg", "9-9999.jpg"):
        (folder / "moments" / name).write_bytes(b"picture")
    write_report(folder)

    assert (folder / "report.html").read_text().count("data:image/jpeg;base64,cGljdHVyZQ==") == 1


def test_a_page_is_one_file_without_scripts(tmp_path: Path) -> None:
    """It loads nothing, and its policy forbids it."""
    folder = write_table(tmp_path, "talk")
    write_report(folder)
    page = (folder / "report.html").read_text()

    assert not re.search(r"<script|<link|<iframe|src=\"(?!data:)|https?:|@import|url\(", page)
    assert "default-src 'none'" in page


def test_several_recordings_are_compared(tmp_path: Path) -> None:
    """The index links to each report, and each report back."""
    for name in ("a", "b"):
        write_table(tmp_path, name)
    pages = write_reports(tmp_path)

    assert [page.relative_to(tmp_path).as_posix() for page in pages] == ["index.html", "a/report.html", "b/report.html"]
    index = (tmp_path / "index.html").read_text()
    assert 'href="./a/report.html"' in index and 'href="./b/report.html"' in index
    assert 'href="../index.html"' in (tmp_path / "a/report.html").read_text()


def test_one_recording_needs_no_index(tmp_path: Path) -> None:
    """Neither given its own folder nor the one above."""
    folder = write_table(tmp_path, "a")

    assert write_reports(folder) == write_reports(tmp_path) == [folder / "report.html"]
    assert not (tmp_path / "index.html").exists()
    assert "index.html" not in (folder / "report.html").read_text()


def test_names_of_files_are_text_and_nothing_else(tmp_path: Path) -> None:
    """Markup in a name is shown as it is, and a name that looks like an address leads to its own folder."""
    write_table(tmp_path, "a").rename(tmp_path / "javascript:alert(1)")
    ledger(
        tmp_path,
        {"source": f"/x/{HOSTILE}", "directory": "javascript:alert(1)", "status": "done"},
        {"source": "/x/bad.mp4", "directory": "bad", "status": "failed", "error": "<b>expected a video</b>"},
    )
    write_reports(tmp_path)
    pages = [(tmp_path / name).read_text() for name in ("index.html", "javascript:alert(1)/report.html")]

    for page in pages:
        assert "<script" not in page
        assert "&lt;script&gt;" in page
        assert "{{ 7 * 7 }}" in page
    assert 'href="./javascript%3Aalert%281%29/report.html"' in pages[0]
    assert "&lt;b&gt;expected a video" in pages[0] and "no results" in pages[0]


def test_damaged_results_cost_the_others_nothing(tmp_path: Path) -> None:
    """The index says what is wrong with them."""
    write_table(tmp_path, "a")
    (write_table(tmp_path, "b") / "faces.csv").write_text("nothing\n")
    write_reports(tmp_path)

    assert "expected the columns" in (tmp_path / "index.html").read_text()
    assert (tmp_path / "a/report.html").exists()


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    """One line says what was expected."""
    with pytest.raises(InputError, match=re.escape(f"expected faces.csv and summary.json in {tmp_path}")):
        write_reports(tmp_path)
