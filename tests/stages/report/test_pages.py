"""The pages of a report."""

import re
from html.parser import HTMLParser
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest

from models.cards import shipped
from models.display.person_timeline import PersonTimeline, largest_share
from models.display.words import WORDS
from pipeline.batch.results import language_of
from pipeline.errors import InputError
from stages.report import pages
from stages.report.pages import shares_of, write_report, write_reports
from stages.report.recording import read_recording
from stages.report.texts import TEXTS
from tests.stages.report.recordings import write_table

HOSTILE = '"><script>alert(1)<b onload=x>&amp;{{ 7 * 7 }}.mp4'


class Reading(HTMLParser):
    """What a page gives to read, piece by piece; what is marked as English on its own is kept apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.chunks: list[str] = []
        self.foreign: list[str] = []
        self._into = self.chunks
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read what is said of an element that is pointed at or not seen."""
        values = dict(attrs)
        self.chunks += [values[name] or "" for name in ("title", "alt", "aria-label", "data-name") if name in values]
        if tag in ("style", "code"):
            self._into = []
        elif tag == "span" and values.get("lang") == "en":
            self._into = self.foreign

    def handle_endtag(self, tag: str) -> None:
        """Continue reading."""
        if tag in ("style", "code", "span"):
            self._into = self.chunks

    def handle_data(self, data: str) -> None:
        """Read."""
        if data.strip():
            self._into.append(data.strip())


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
        "not legal advice",
    ):
        assert said in page
    assert page.count('<svg class="area"') == 2
    assert "base64" not in page


@pytest.mark.parametrize("model", ["", "fast-00000000", "unknown-12345678", "nonsense"])
def test_an_unknown_network_is_said_to_be_unknown(tmp_path: Path, model: str) -> None:
    """No other network's numbers are shown for it."""
    folder = write_table(tmp_path, "talk", model=model)
    write_report(folder)
    page = (folder / "report.html").read_text()

    assert "PublicTest" not in page
    assert ("is not on this machine" in page) == bool(model)


def test_pictures_are_shown_if_they_were_kept(tmp_path: Path) -> None:
    """Each picture is beside its moment; pictures of anything else are not shown."""
    folder = write_table(tmp_path, "talk")
    (folder / "moments").mkdir()
    for name in ("1-2000.jpg", "9-9999.jpg"):
        (folder / "moments" / name).write_bytes(b"picture")
    write_report(folder)

    assert (folder / "report.html").read_text().count("data:image/jpeg;base64,cGljdHVyZQ==") == 1


def test_a_page_is_one_file_without_scripts(tmp_path: Path) -> None:
    """It loads nothing, and its policy forbids scripts."""
    folder = write_table(tmp_path, "talk")
    write_report(folder)
    page = (folder / "report.html").read_text()

    assert not re.search(r"<script|<link|<iframe|src=\"(?!data:)|https?:|@import|url\(", page)
    assert "default-src 'none'" in page


def test_several_recordings_are_compared(tmp_path: Path) -> None:
    """The index links to each report, and each report links back."""
    for name in ("a", "b"):
        write_table(tmp_path, name)
    pages = write_reports(tmp_path).pages

    assert [page.relative_to(tmp_path).as_posix() for page in pages] == ["index.html", "a/report.html", "b/report.html"]
    index = (tmp_path / "index.html").read_text()
    assert 'href="./a/report.html"' in index and 'href="./b/report.html"' in index
    assert 'href="../index.html"' in (tmp_path / "a/report.html").read_text()


def test_no_page_is_empty_while_others_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index has its name when it is complete, and reports link to it all the same."""
    for name in ("a", "b"):
        write_table(tmp_path, name)
    seen = []

    def write(folder: Path, *arguments: Any, **keys: Any) -> Any:
        seen.append((tmp_path / "index.html").exists())
        return write_report(folder, *arguments, **keys)

    monkeypatch.setattr(pages, "write_report", write)
    write_reports(tmp_path)

    assert seen == [False, False]
    assert all('href="../index.html"' in (tmp_path / name / "report.html").read_text() for name in ("a", "b"))


@pytest.mark.process
def test_processes_write_pages_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes in while one writes is in the index of the next, which is not replaced by the older one."""
    for name in ("a", "b"):
        write_table(tmp_path, name)
    threads = []

    def write(folder: Path, *arguments: Any, **keys: Any) -> Any:
        if not threads:
            write_table(tmp_path, "c")
            threads.append(Thread(target=write_reports, args=(tmp_path,)))
            threads[0].start()
            threads[0].join(0.2)
        return write_report(folder, *arguments, **keys)

    monkeypatch.setattr(pages, "write_report", write)
    write_reports(tmp_path)
    threads[0].join()

    assert 'href="./c/report.html"' in (tmp_path / "index.html").read_text()


def test_reports_of_a_part_have_no_index(tmp_path: Path) -> None:
    """The merge writes the index."""
    for name in ("a", "b", "c"):
        write_table(tmp_path, name)

    assert write_reports(tmp_path, only=["b", "absent"]).pages == [tmp_path / "b/report.html"]
    assert [path.parent.name for path in tmp_path.glob("*/report.html")] == ["b"]
    assert not (tmp_path / "index.html").exists()


def test_one_recording_needs_no_index(tmp_path: Path) -> None:
    """No index is written for its folder or the parent folder."""
    folder = write_table(tmp_path, "a")

    assert write_reports(folder).pages == write_reports(tmp_path).pages == [folder / "report.html"]
    assert not (tmp_path / "index.html").exists()
    assert "index.html" not in (folder / "report.html").read_text()


def test_names_of_files_are_text_and_nothing_else(tmp_path: Path) -> None:
    """Markup in a name is shown literally, and a name that looks like an address leads to its own folder."""
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
    """The index gives the reason for each damaged result."""
    write_table(tmp_path, "a")
    (write_table(tmp_path, "b") / "faces.csv").write_text("nothing\n")

    assert write_reports(tmp_path).pages == [tmp_path / "index.html", tmp_path / "a/report.html"]
    assert "expected the columns" in (tmp_path / "index.html").read_text()


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    """One line says what was expected."""
    with pytest.raises(InputError, match=re.escape(f"expected faces.csv and summary.json in {tmp_path}")):
        write_reports(tmp_path)


def french(folder: Path) -> list[str]:
    """Write the reports of everything that can be said, in French; return the pages."""
    name, sha256 = next(iter(shipped().items()))
    write_table(folder, "a", people=14, model=f"{name}-{sha256[:8]}", language="fr")
    write_table(folder, "b", people=0, language="fr")
    write_table(folder, "c", people=1, model="unknown-12345678", language="fr")
    (write_table(folder, "d", language="fr") / "faces.csv").write_text("nothing\n")
    summary = folder / "b/summary.json"
    summary.write_text(summary.read_text().replace('"error": null', '"error": "<raw>"').replace('""', '"broken"', 1))
    return [path.read_text() for path in write_reports(folder).pages]


def test_a_french_report_has_no_english_sentence(tmp_path: Path) -> None:
    """Whatever there is to say, it is said in French; what a program said of a fault is marked as English."""
    pages = french(tmp_path)
    read = [Reading(page) for page in pages]
    everything = " ".join(chunk for one in read for chunk in one.chunks)

    assert all('<html lang="fr">' in page for page in pages)
    assert "<raw>" in read[2].foreign and any("expected the columns" in said for said in read[0].foreign)
    for key, english in TEXTS["en"].items():
        if english != TEXTS["fr"][key]:
            assert not any(english in one.chunks for one in read), english
            assert not any(part in everything for part in _parts(english) if len(part) > 8), english
    for label, word in WORDS["fr"].items():
        assert label == word or not re.search(rf"\b{label}\b", everything)
    for key in ("about", "about_several", "fault_unreadable", "fault_broken", "no_card", "limits_network", "law"):
        assert all(part in everything for part in _parts(TEXTS["fr"][key])), key


def test_numbers_in_a_french_report_are_french(tmp_path: Path) -> None:
    """A comma before decimals, a space before the per cent sign, a narrow one between thousands."""
    everything = " ".join(chunk for page in french(tmp_path) for chunk in Reading(page).chunks)

    assert not re.search(r"\d%|\d\.\d", everything)
    assert "0:02,0" in everything and re.search(r"\d,\d\u00a0%", everything) and "3\u202f579" in everything


def test_a_report_keeps_its_language_until_another_is_asked_for(tmp_path: Path) -> None:
    """Pages, timeline and index change together, and the next report without a choice stays with it."""
    places = [write_table(tmp_path, name, language="fr") for name in ("a", "b")]
    index, pages = tmp_path / "index.html", [place / "report.html" for place in places]
    drawn = (places[0] / "timeline.png").read_bytes()
    write_reports(tmp_path)
    assert all('lang="fr"' in page.read_text() for page in (index, *pages))
    assert (places[0] / "timeline.png").read_bytes() == drawn

    write_reports(tmp_path, language="en")
    assert all('lang="en"' in page.read_text() for page in (index, *pages))
    assert (places[0] / "timeline.png").read_bytes() != drawn
    write_reports(tmp_path)
    assert all('lang="en"' in page.read_text() for page in (index, *pages))
    assert language_of(places) == "en"
    assert not list(tmp_path.rglob("*.partial"))

    write_reports(places[0], language="fr")
    assert (places[0] / "timeline.png").read_bytes() == drawn
    assert (language_of(places), language_of(places[1:]), language_of([tmp_path])) == ("fr", "en", "en")


def _parts(text: str) -> list[str]:
    """Return what of a text is on a page as it stands: neither filled in nor a mark."""
    return [part.strip() for part in re.split(r"{\w+}|<[^>]*>", text) if part.strip()]


def test_report_and_timeline_have_the_same_shares(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also of a short recording, where it matters for how long the last frame counts."""
    drawn: list[PersonTimeline] = []
    monkeypatch.setattr(
        "stages.table.people.draw_timeline", lambda people, *rest: (drawn.extend(people), rest[2].touch())
    )
    folder = write_table(tmp_path, "hall", people=1, seconds=1.0)
    recording = read_recording(folder)
    label, share, _ = shares_of(recording.summary.tracks[0].seconds)[0]

    assert share == pytest.approx(0.5)
    for person in (drawn[0], recording.people[0]):
        assert largest_share(person) == (label, share)
