"""Reading a recording's results."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from stages.report.recording import read_recording
from stages.results.reading import has_results
from tests.stages.report.recordings import write_table


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """People, labels, confidences and changes are read as they were written."""
    folder = write_table(tmp_path, "talk", people=2)
    recording = read_recording(folder)

    assert has_results(folder) and not has_results(tmp_path)
    assert recording.title == "talk"
    assert recording.summary.frames_out == 40
    assert [(one.track, len(one.times_s)) for one in recording.people] == [(1, 40), (2, 40)]
    assert recording.people[0].times_s[:2] == [0.0, 0.1]
    assert recording.labels == {"neutral": 40, "happy": 40}
    assert sorted(set(recording.confidences.tolist())) == [0.82, 0.88]
    assert [(m.track, m.time_s, m.before, m.after) for m in recording.moments] == [
        (1, 2.0, "neutral", "happy"),
        (2, 2.0, "neutral", "happy"),
    ]


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
