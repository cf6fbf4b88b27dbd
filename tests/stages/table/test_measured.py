"""What `[landmarks]` measured, in the table, the summary and the report."""

import csv
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.batch.results import Summary, merge
from pipeline.messages import Face
from stages.report.pages import write_report
from stages.table import Table
from tests.support.frames import make_face, make_frame


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw no timeline, which takes a quarter of a second."""
    monkeypatch.setattr("stages.table.people.draw_timeline", lambda *given: given[3].touch())


def write(folder: Path, faces: list[tuple[Face, ...]]) -> Path:
    """Return the results of a recording with these faces, 10 frames per second."""
    with closing(Table(path=f"{folder}/{{camera}}")) as table:
        for n, found in enumerate(faces):
            list(table.process([make_frame(n, found, lossless=True)]))
        list(table.process([make_frame(len(faces), lossless=True, state="ended")]))
    return folder / "hall"


def measured(n: int, **changes: Any) -> Face:
    """Return a face of frame n: it looks away in every fourth frame and has blinked once per second."""
    values = {"facing": n % 4 != 0, "eye_left": 0.25, "eye_right": 0.3, "mouth": 0.0, "blinks": n // 10}
    return make_face(1, **{**values, **changes})


def summary(folder: Path) -> Summary:
    """Return the summary of a folder."""
    return msgspec.json.decode((folder / "summary.json").read_bytes(), type=Summary)


def test_a_row_has_what_was_measured(tmp_path: Path) -> None:
    """Nothing is empty, not 0."""
    folder = write(tmp_path, [(measured(1),), (make_face(1),)])
    with (folder / "faces.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    names = ("facing", "eye_left", "eye_right", "mouth", "blinks")

    assert [first[name] for name in names] == ["1", "0.250", "0.300", "0.000", "0"]
    assert [second[name] for name in names] == [""] * 5


def test_the_summary_adds_it_up(tmp_path: Path) -> None:
    """Only the time in which it was measured; a person who comes back keeps both parts."""
    frames: list[tuple[Face, ...]] = [(measured(n),) for n in range(41)]
    frames += [()] * 20 + [(measured(n, blinks=None),) for n in range(61, 82)]
    found = summary(write(tmp_path, frames)).tracks
    (one,) = merge(found)

    assert [(track.measured.seconds, track.measured.facing_s) for track in found if track.measured] == [
        (pytest.approx(4.0), pytest.approx(3.0)),
        (pytest.approx(2.0), pytest.approx(1.5)),
    ]
    assert one.measured and (one.measured.blinks, one.measured.blinks_s) == (4, pytest.approx(4.0))
    assert one.measured.seconds == pytest.approx(6.0)


def test_without_landmarks_nothing_is_claimed(tmp_path: Path) -> None:
    """Neither in the summary nor in the report."""
    folder = write(tmp_path, [(make_face(1),)] * 20)
    write_report(folder)

    assert summary(folder).tracks[0].measured is None
    assert "facing the camera" not in (folder / "report.html").read_text()


def test_the_report_names_share_and_rate(tmp_path: Path) -> None:
    """The rate only where ten seconds or more were measured."""
    folder = write(tmp_path, [(measured(n),) for n in range(121)])
    write_report(folder)
    page = (folder / "report.html").read_text()
    assert "facing the camera 75% of the time, blinks per minute: 60" in page

    folder = write(tmp_path, [(measured(n),) for n in range(41)])
    write_report(folder)
    assert "of the time</td>" in (folder / "report.html").read_text()
