"""The columns of a recording's tables: what is in them, also in tables of earlier versions."""

import csv
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from pyarrow import parquet

from pipeline.batch.columns import BASELINE_COLUMNS, COLUMNS, FACE_COLUMNS, OLD_COLUMNS
from pipeline.messages import BLENDSHAPES, EMOTIONS, Box, Face, Frame
from stages.report.recording import read_recording
from stages.results.baseline.columns import Added, add_columns
from stages.results.reading import read_results
from stages.table import Table, files
from stages.web.live.samples import samples_of

RAW = (0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)
FUSED = (0.05, 0.05, 0.05, 0.7, 0.05, 0.05, 0.05)
BOX = Box(x=1, y=2, width=30, height=40)
SEEN = Face(track=1, box=BOX, score=0.9, crop=0, size=50, sharpness=123.44, raw=RAW, fused=FUSED, label="happy")
FOLLOWED = Face(track=1, box=BOX, score=0.9, size=50, seen="followed", fused=FUSED, yaw=-12.34, pitch=-0.04, roll=3.06)


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the timeline empty: a picture takes a quarter of a second."""
    monkeypatch.setattr("stages.table.people.draw_timeline", lambda *args: args[3].touch())


def write(folder: Path, faces: list[tuple[Face, ...]], *, blendshapes: bool = False, **options: Any) -> Path:
    """Write the tables of a recording with these faces in each frame; return their folder."""
    start = {"camera": "talk", "run": 1, "fps": 10.0, "lossless": True, "width": 640, "height": 480}
    start["blendshapes"] = blendshapes
    with closing(Table(path=f"{folder}/{{camera}}", **options)) as table:
        for n, present in enumerate(faces):
            list(table.process([Frame(**start, seq=n, pts_ns=n * 10**8, faces=present)]))  # type: ignore[arg-type]
        list(table.process([Frame(camera="talk", run=1, seq=len(faces), state="ended", lossless=True)]))
    return folder / "talk"


def rows(folder: Path) -> list[dict[str, str]]:
    """Return the rows of a `faces.csv`."""
    with (folder / "faces.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_each_face_has_its_raw_answer_how_it_was_seen_and_its_pose(tmp_path: Path) -> None:
    """They are at the end of the row; what was not measured is empty."""
    seen, followed = rows(write(tmp_path, [(SEEN,), (FOLLOWED,)]))
    raw = [f"raw_{name}" for name in EMOTIONS]

    measured = ("facing", "eye_left", "eye_right", "mouth", "blinks")
    assert COLUMNS[19:] == (*raw, "sharpness", "seen", "yaw", "pitch", "roll", *measured)
    assert [seen[name] for name in COLUMNS[19:]] == ["0.4000", *["0.1000"] * 6, "123.4", "detected", *[""] * 8]
    assert [followed[name] for name in COLUMNS[19:]] == [*[""] * 8, "followed", "-12.3", "0.0", "3.1", *[""] * 5]


def test_every_frame_has_a_row_if_that_is_asked_for(tmp_path: Path) -> None:
    """The others are the same; report and page read such a table like one without them."""
    faces: list[tuple[Face, ...]] = [(), (SEEN,), (), (FOLLOWED, SEEN), ()]
    usual = write(tmp_path / "usual", faces)
    every = write(tmp_path / "every", faces, every_frame=True)
    empty = [row for row in rows(every) if not row["track"]]

    assert [row["frame"] for row in rows(every)] == ["0", "1", "2", "3", "3", "4"]
    assert [row for row in rows(every) if row["track"]] == rows(usual)
    assert [(row["frame"], row["pts_ms"]) for row in empty] == [("0", "0.000"), ("2", "200.000"), ("4", "400.000")]
    assert all(
        {name for name in COLUMNS if row[name]} == {"frame", "pts_ms", "frame_width", "frame_height"} for row in empty
    )
    assert (every / "summary.json").read_bytes() == (usual / "summary.json").read_bytes()
    assert read_recording(every).facts == read_recording(usual).facts
    assert samples_of(read_results(every)).tobytes() == samples_of(read_results(usual)).tobytes()


@pytest.mark.parametrize("columns", [OLD_COLUMNS, COLUMNS[:19], COLUMNS])
def test_tables_of_earlier_versions_are_read(tmp_path: Path, columns: tuple[str, ...]) -> None:
    """A column that is not there is no reason to refuse a table, nor is one more."""
    folder = write(tmp_path, [(SEEN,), (FOLLOWED,)])
    before, table = read_recording(folder).facts, rows(folder)
    with (folder / "faces.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*columns, "mine"], restval="x", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)

    assert read_recording(folder).facts == before
    assert len(samples_of(read_results(folder))) == 2


@pytest.mark.parametrize("count", [0, 1, 3, 4, 7])
def test_the_parquet_file_has_the_same_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Also if there is none, and across its blocks; numbers are numbers, and what is empty is null."""
    monkeypatch.setattr(files, "BLOCK", 3)
    folder = write(tmp_path, [(SEEN,), (), *[(FOLLOWED,)] * count][:count], every_frame=True)
    table = parquet.read_table(folder / "faces.parquet")
    kinds = {column.name: column.type for column in FACE_COLUMNS}
    read = {"integer": int, "number": float, "text": str}

    assert tuple(table.column_names) == COLUMNS
    assert parquet.ParquetFile(folder / "faces.parquet").num_row_groups == -(-count // 3)
    assert table.to_pylist() == [
        {name: read[kinds[name]](value) if value else None for name, value in row.items()} for row in rows(folder)
    ]


def test_without_parquet_there_is_only_the_csv(tmp_path: Path) -> None:
    """It costs a process 40 MB of memory."""
    folder = write(tmp_path, [(SEEN,)], parquet=False)

    assert sorted(path.name for path in folder.iterdir()) == [
        "columns.json",
        "faces.csv",
        "summary.json",
        "timeline.png",
    ]


def test_the_dictionary_describes_every_column(tmp_path: Path) -> None:
    """Beside the tables, and in the Parquet file itself."""
    folder = write(tmp_path, [(SEEN,)])
    found = json.loads((folder / "columns.json").read_text())
    schema = parquet.read_schema(folder / "faces.parquet")

    assert tuple(one["name"] for one in found) == COLUMNS
    assert all(one["meaning"].endswith(".") and one["type"] in ("integer", "number", "text") for one in found)
    assert schema.field("yaw").metadata == {
        b"unit": b"degrees",
        b"meaning": found[COLUMNS.index("yaw")]["meaning"].encode(),
    }


def test_blendshapes_are_columns_only_where_they_are_measured(tmp_path: Path) -> None:
    """Behind the others, in both tables, the dictionary and what is read of them; a baseline comes behind them."""
    scores = tuple(n / 100 for n in range(52))
    faces: list[tuple[Face, ...]] = [(), (replace(SEEN, blendshapes=scores),), *[(FOLLOWED,)] * 40]
    folder = write(tmp_path, faces, blendshapes=True, every_frame=True)
    names = tuple(f"blendshape_{name}" for name in BLENDSHAPES)
    empty, seen, covered, *_ = rows(folder)

    assert tuple(seen) == COLUMNS + names
    assert [seen[name] for name in names] == [f"{score:.4f}" for score in scores]
    assert {empty[name] for name in names} == {covered[name] for name in names} == {""}
    assert tuple(parquet.read_table(folder / "faces.parquet").column_names) == COLUMNS + names
    assert [one["name"] for one in json.loads((folder / "columns.json").read_text())] == [*COLUMNS, *names]
    assert read_results(folder).extra["blendshape_jawOpen"][0] == pytest.approx(scores[BLENDSHAPES.index("jawOpen")])

    add_columns(folder, Added(probabilities=np.full((41, 7), 1 / 7), label=np.array(["neutral"] * 41, object)))
    (*_, last) = rows(folder)
    added = tuple(column.name for column in BASELINE_COLUMNS)
    assert tuple(last) == COLUMNS + names + added and last["baseline_label"]
    assert [one["name"] for one in json.loads((folder / "columns.json").read_text())] == [*COLUMNS, *names, *added]
