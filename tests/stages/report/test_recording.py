"""Reading a recording's results."""

from pathlib import Path

import pytest

from models.display.person_timeline import Spans
from pipeline.errors import InputError
from stages.report.drawing import draw_row
from stages.report.recording import read_recording
from stages.results.episodes import episodes
from stages.results.reading import has_results, read_results
from stages.web.live.samples import bands_of
from tests.stages.report.recordings import write_table
from tests.stages.results.tables import rows_of, write_results


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """People, labels, confidences and changes are read as they were written."""
    folder = write_table(tmp_path, "talk", people=2)
    recording = read_recording(folder)

    assert has_results(folder) and not has_results(tmp_path)
    assert recording.title == "talk"
    assert recording.summary.frames_out == 40
    assert [(one.track, len(one.starts_s)) for one in recording.people] == [(1, 40), (2, 40)]
    assert recording.people[0].starts_s[:2] == [0.0, 0.1]
    assert recording.labels == {"neutral": 40, "happy": 40}
    assert sorted(set(recording.confidences.tolist())) == [0.82, 0.88]
    assert [(m.track, m.time_s, m.before, m.after) for m in recording.moments] == [
        (1, 2.0, "neutral", "happy"),
        (2, 2.0, "neutral", "happy"),
    ]


@pytest.mark.parametrize("seen", ["hh.hh", "hhuu..nn.s", "h" * 20 + "." * 20 + "h" * 5])
def test_absences_are_those_of_the_exports(tmp_path: Path, seen: str) -> None:
    """The report, the timeline and the page show a hole of a single frame as every export does."""
    folder = write_results(tmp_path / "talk", rows_of(1, seen), frames=len(seen))
    results = read_results(folder)
    wanted = [
        (one.label, pytest.approx(one.start_ms / 1e3), pytest.approx(one.end_ms / 1e3)) for one in episodes(results, 1)
    ]
    (person,) = read_recording(folder).people

    assert person.runs == wanted
    assert [(band.label, band.start_s, band.end_s) for band in bands_of(results)] == wanted
    assert [(band.label, band.start_s, band.end_s) for band in draw_row(person, 10.0).bands] == wanted
    assert len(Spans.of(person).stretches()) == len([part for part in seen.split(".") if part])


def test_a_recording_without_faces_is_one(tmp_path: Path) -> None:
    """A table that has only its heading is no error."""
    recording = read_recording(write_table(tmp_path, "empty", people=0))

    assert recording.people == [] and recording.moments == [] and recording.facts.uncertain == 0.0


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("summary.json", "{}", "summary"),
        ("summary.json", "\xff", "summary"),
        ("faces.csv", "a,b\n1,2\n", "columns"),
        ("faces.csv", "", "table of faces"),
        ("faces.csv", None, "table of faces"),
    ],
)
def test_damaged_results_are_refused_in_one_line(tmp_path: Path, name: str, content: str | None, said: str) -> None:
    """The error names the file."""
    folder = write_table(tmp_path, "talk")
    if content is None:
        lines = (folder / name).read_text().splitlines()
        (folder / name).write_text("\n".join([*lines[:3], lines[3].replace(",1,", ",first,", 1)]))
    else:
        (folder / name).write_bytes(content.encode("latin-1"))

    with pytest.raises(InputError, match=said) as caught:
        read_recording(folder)
    assert name in str(caught.value)
