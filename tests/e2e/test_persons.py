"""One person through a recording, two on their seats, and a baseline: `emobot batch`, then `emobot report`."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.cli import app
from stages.media import gstreamer
from stages.results.reading import read_results, read_summary
from tests.support.films import film, rows

pytestmark = pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")


def report(*arguments: object) -> None:
    """Make a report again."""
    result = CliRunner().invoke(app, ["report", *map(str, arguments)])
    assert result.exit_code == 0, result.output


def test_two_seconds_of_black(tmp_path: Path, emobot: Callable[..., object]) -> None:
    """The tracker counts a person twice, `--one-person` does not; two people are joined by their seats."""
    sizes = {"width": 480, "height": 270, "seconds": 6.5, "fps": 15.0, "black_s": (2.5, 4.5)}
    files = [film(tmp_path / "one.mp4", seed=3, **sizes), film(tmp_path / "two.mp4", faces=2, seed=1, **sizes)]
    out = tmp_path / "out"
    program = emobot("batch", *files, "--out", out, "--no-video", "--one-person", "--baseline", "0-2s")
    assert program.end() == 0, program.log()

    assert {row["track"] for row in rows(out / "one/faces.csv")} == {"1", "2"}
    summary = read_summary(out / "one")
    (one,) = summary.persons
    assert (one.name, one.tracks, one.first_s) == ("Person 1", [1, 2], 0.0) and 6.4 < one.last_s < 6.5
    assert summary.seconds == one.seconds and sum(one.seconds.values()) == pytest.approx(4.5, abs=0.11)
    assert summary.frames_with_others == 0
    assert summary.baseline and summary.baseline.persons[0].faces == 30
    assert "Person 1, 30 faces in 2.0 s, mostly" in program.log()
    assert all(row["baseline_label"] for row in rows(out / "one/faces.csv"))

    assert len(read_results(out / "two").people) == 1 and read_summary(out / "two").frames_with_others > 60
    report(out / "two", "--seats", 2)
    summary = read_summary(out / "two")
    assert [(one.name, len(one.tracks), one.first_s < 0.5, one.last_s > 6) for one in summary.persons] == [
        ("Person 1", 2, True, True),
        ("Person 2", 2, True, True),
    ]
    table = out / "two/persons.csv"
    table.write_text(table.read_text().replace("Person 2", '"Zoé, [b]"'), "utf-8")
    edited = table.read_bytes()
    report(out, "--one-person")
    assert table.read_bytes() == edited
    assert [one.name for one in read_summary(out / "two").persons] == ["Person 1", "Zoé, [b]"]
    assert "Zoé, [b]" in (out / "two/report.html").read_text()
