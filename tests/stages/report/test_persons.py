"""Reports of recordings whose people were named or joined in `persons.csv`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.display.palette import PALETTE
from pipeline.batch.ledger import RECORD, Entry, write_whole
from pipeline.cli.cli import app
from pipeline.errors import InputError
from pipeline.messages import Language
from stages.report.command import report
from stages.report.pages import write_report, write_reports
from stages.report.recording import read_recording
from stages.results.reading import read_summary
from tests.stages.report.recordings import write_table

pytestmark = pytest.mark.slow

HOSTILE = "<script>alert(1)</script> & [b], José"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a recording of three people who smile in the second half."""
    return write_table(tmp_path, "talk", people=3)


def name(folder: Path, *names: str) -> None:
    """Name the tracks."""
    rows = "".join(f'{track},"{given}"\n' for track, given in enumerate(names, 1))
    (folder / "persons.csv").write_text(f"track,person\n{rows}")


def drawn(folder: Path) -> bytes:
    """Return the timeline's contents, which sum up what it shows."""
    return (folder / "timeline.png").read_bytes()


def test_a_first_report_writes_the_table_of_persons(folder: Path) -> None:
    """Its people are in the summary; the timeline is the same, so it is not drawn again."""
    before, timeline = read_summary(folder), drawn(folder)
    write_report(folder)
    summary = read_summary(folder)

    assert (folder / "persons.csv").read_text().splitlines()[1].startswith("1,Person 1,0.000,3.900,0.312,0.250,0.167")
    assert [(one.name, one.tracks, one.seconds) for one in summary.persons] == [
        (f"Person {one.track}", [one.track], one.seconds) for one in before.tracks
    ]
    assert (summary.seconds, drawn(folder)) == (before.seconds, timeline)


def test_names_are_on_the_page_and_in_the_timeline(folder: Path) -> None:
    """As text; the order of the summary is that of the page."""
    timeline = drawn(folder)
    name(folder, HOSTILE, "Bob", HOSTILE)
    table = (folder / "persons.csv").read_bytes()
    recording = write_report(folder)
    page = (folder / "report.html").read_text()

    assert "<script>" not in page and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; [b], José" in page
    assert "Person 3" not in page
    assert [person.name for person in recording.people] == [HOSTILE, "Bob"]
    assert drawn(folder) != timeline
    assert (folder / "persons.csv").read_bytes() == table
    people = read_summary(folder).persons
    assert [(one.name, one.tracks, one.frames_with_more) for one in people] == [(HOSTILE, [1, 3], 40), ("Bob", [2], 0)]
    assert "40 frames had more than one face" in page


def test_summary_report_and_timeline_agree(folder: Path) -> None:
    """Seconds of joined people are counted once; those of a track that was left out not at all."""
    before = read_summary(folder)
    name(folder, "Ann", "-", "Ann")
    recording = write_report(folder)
    summary = read_summary(folder)

    assert len(recording.people) == recording.facts.people == 1
    assert recording.people[0].seconds == summary.persons[0].seconds == summary.seconds == before.tracks[0].seconds
    assert (summary.persons[0].first_s, summary.persons[0].last_s) == (0.0, 3.9)
    # the track that is left out, and the smaller face of the person, are in the same frames
    assert summary.frames_with_others == 40
    assert "40 frames show faces that are left out" in (folder / "report.html").read_text()
    assert summary.tracks == before.tracks and recording.facts.changes == 1


def test_without_the_table_everything_is_as_before(folder: Path) -> None:
    """Names can be taken back."""
    write_report(folder)
    before, timeline = (folder / "summary.json").read_bytes(), drawn(folder)
    name(folder, "Ann", "Ann", "Ann")
    write_report(folder)
    assert (folder / "summary.json").read_bytes() != before
    (folder / "persons.csv").unlink()
    write_report(folder)

    assert (folder / "summary.json").read_bytes() == before and drawn(folder) == timeline


@pytest.mark.parametrize("what", ["markers", "palette", "missing", "foreign", "nothing", "baseline"])
def test_the_timeline_is_drawn_again_if_it_shows_something_else(
    folder: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever has changed; otherwise the file stays untouched."""
    write_report(folder)
    timeline = folder / "timeline.png"
    before, at = timeline.read_bytes(), timeline.stat().st_mtime_ns
    match what:
        case "markers":
            (folder / "markers.csv").write_text("pts_ms,at,stream,marker\n500.0,1000.5,stimuli,face on\n")
        case "palette":
            monkeypatch.setitem(PALETTE, "happy", "#123456")
        case "missing":
            timeline.unlink()
        case "foreign":
            timeline.write_text("no picture")
        case "baseline":
            # it adds columns, which no timeline shows
            head, *rows = (folder / "faces.csv").read_text().splitlines()
            (folder / "faces.csv").write_text("\n".join([f"{head},more", *(f"{row},0" for row in rows)]) + "\n")
    write_report(folder)

    assert (timeline.read_bytes() == before) == (what not in ("markers", "palette"))
    assert (timeline.stat().st_mtime_ns == at) == (what in ("nothing", "baseline"))


def test_a_person_without_a_name_is_in_the_page_s_language(folder: Path) -> None:
    """The number is that of the seat."""
    name(folder, "Person 2", "Person 1", "-")
    write_report(folder, language="fr")
    page = (folder / "report.html").read_text()

    assert page.index("Personne\u00a01") < page.index("Personne\u00a02") and "Person 1" not in page


def test_a_moment_has_the_picture_of_its_track(folder: Path) -> None:
    """Pictures were taken before anyone was named."""
    name(folder, "Ann", "-", "Ann")
    recording = read_recording(folder)

    assert {moment.name for moment in recording.moments} == {"1-2000.jpg"}
    assert recording.names == {1: "Ann"}


def test_a_mistake_costs_only_its_recording(tmp_path: Path) -> None:
    """One line, and the command fails; the earlier report, the table and the names stay."""
    folders = [write_table(tmp_path, camera, people=1) for camera in ("a", "b")]
    write_reports(tmp_path)
    old = (folders[0] / "report.html").read_bytes()
    name(folders[0], "Ann", "Bob")
    written = write_reports(tmp_path)
    mistake = f"expected a track of faces.csv (1), found '2', in row 3 of {folders[0] / 'persons.csv'}"

    assert written.mistakes == write_reports(folders[0]).mistakes == [mistake]
    assert written.pages == [tmp_path / "index.html", folders[1] / "report.html"]
    assert (folders[0] / "report.html").read_bytes() == old
    with pytest.raises(InputError, match="in row 3 of"):
        report(tmp_path)


def test_a_batch_with_a_mistake_in_one_recording_fails(tmp_path: Path) -> None:
    """It names the mistake, and writes the pages of the others."""
    for camera in ("a", "b"):
        folder = write_table(tmp_path, camera, people=1)
        write_whole(folder / RECORD, Entry(source=f"/data/{camera}.mp4", directory=camera, status="done"))
    assert CliRunner().invoke(app, ["batch", "--merge", str(tmp_path)]).exit_code == 0
    (tmp_path / "b/report.html").unlink()
    name(tmp_path / "a", "Ann", "Bob")
    result = CliRunner().invoke(app, ["batch", "--merge", str(tmp_path)])

    assert result.exit_code == 1 and "expected a track of faces.csv (1), found '2', in row 3" in result.output
    assert (tmp_path / "b/report.html").exists()


def test_recordings_of_the_same_name_have_their_folders(tmp_path: Path) -> None:
    """On the index and in the table that a batch prints."""
    for camera in ("a", "b"):
        folder = write_table(tmp_path, camera, people=1)
        write_whole(folder / RECORD, Entry(source=f"/data/{camera}/talk.mp4", directory=camera, status="done"))
    result = CliRunner().invoke(app, ["batch", "--merge", str(tmp_path)])

    for title in ("a/talk.mp4", "b/talk.mp4"):
        assert title in result.output
        assert f">{title}</a>" in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize(
    ("language", "line"),
    [("en", "interrupted and continued at 0:12, 1:05."), ("fr", "interrompu et repris à 0:12, 1:05.")],
)
def test_a_recording_that_was_continued_says_where(tmp_path: Path, language: Language, line: str) -> None:
    """There people may have new numbers; any other report has no such line."""
    folder = write_table(tmp_path, "a", language=language)
    write_report(folder)
    assert line not in (folder / "report.html").read_text()
    summary = folder / "summary.json"
    summary.write_text(summary.read_text().replace('"resumed_s": []', '"resumed_s": [12.4, 65.0]'))
    write_report(folder)

    assert line in (folder / "report.html").read_text()
