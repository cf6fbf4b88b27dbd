"""`emobot batch` on a part of a recording, and `emobot table` on what it made."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from pipeline.cli.cli import app
from stages.media import gstreamer
from tests.support.films import film, rows

pytestmark = pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")


def test_a_part_is_done_and_summarized(tmp_path: Path, emobot: Callable[..., object]) -> None:
    """Numbers and times are those of the file, nothing counts as lost, and nobody outside of the region is there."""
    path = film(tmp_path / "P01_sad.mp4", faces=2, width=640, height=360, seconds=1.5)
    part = ["--from", "0:00.5", "--to", "1.25", "--region", "0,0,0.5,1", "--every-frame", "--no-video"]
    program = emobot("batch", path, "--out", tmp_path / "out", *part)
    assert program.end() == 0, program.log()
    (tmp_path / "W.csv").write_text("start;end;window\n0,5;1;first\n1;;second\n")
    out = tmp_path / "tidy.csv"
    told = ["--windows", str(tmp_path / "W.csv"), "--pattern", "{participant}_{condition}", "--out", str(out)]
    CliRunner().invoke(app, ["table", str(tmp_path / "out"), *told], catch_exceptions=False)

    table = rows(tmp_path / "out/P01_sad/faces.csv")
    faces = [row for row in table if row["track"]]
    summary = json.loads((tmp_path / "out/P01_sad/summary.json").read_text())
    (entry,) = json.loads((tmp_path / "out/batch.json").read_text())["files"]
    assert (entry["status"], entry["frames_in"], entry["frames_out"]) == ("done", 15, 15)
    assert (summary["first_pts_ms"], summary["duration_s"], summary["width"]) == (500.0, 0.75, 640)
    assert sorted({int(row["frame"]) for row in table}) == list(range(10, 25))
    assert [float(row["pts_ms"]) for row in table] == [50.0 * int(row["frame"]) for row in table]
    assert len(faces) > 10 and {row["track"] for row in faces} == {"1"}
    assert all(float(row["x"]) + float(row["width"]) / 2 <= 320 for row in faces)
    assert parquet.read_table(tmp_path / "out/P01_sad/faces.parquet").num_rows == len(table)

    with out.open(newline="") as file:
        found = list(csv.DictReader(file))
    assert [(row["participant"], row["condition"], row["window"], row["start_s"], row["end_s"]) for row in found] == [
        ("P01", "sad", "first", "0.5", "1.0"),
        ("P01", "sad", "second", "1.0", "1.25"),
    ]
    seen_s = sum(float(row["seen"]) * (float(row["end_s"]) - float(row["start_s"])) for row in found)
    assert seen_s == pytest.approx(len(faces) / 20, abs=0.001)
