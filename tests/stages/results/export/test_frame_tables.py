"""Formats with a row per frame, and the events of BIDS."""

import csv
import io
import json
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stages.results.coding.tabular import read_table
from stages.results.export import bids, facereader, pyfeat
from tests.stages.results.export.kit import NASTY, document_of
from tests.stages.results.tables import rows_of


def test_bids_has_an_event_per_episode(tmp_path: Path) -> None:
    """In seconds, ordered by onset; a file beside it describes the columns."""
    files = bids.write(document_of(tmp_path, [*rows_of(1, "hhu"), *rows_of(2, ".s")], 3, first_pts_ms=2000.0))

    assert files["_events.tsv"].splitlines() == [
        "onset\tduration\ttrial_type\tperson",
        "2.000\t0.080\thappy\tPerson 1",
        "2.040\t0.040\tsad\tPerson 2",
        "2.080\t0.040\tuncertain\tPerson 1",
    ]
    assert set(json.loads(files["_events.json"])["trial_type"]["Levels"]) >= {"happy", "uncertain"}


@pytest.mark.parametrize(("name", "shown"), NASTY + [('"Bob', '"Bob'), ('"Bob"', '"Bob"')])
def test_any_name_is_one_cell(tmp_path: Path, name: str, shown: str) -> None:
    """A quotation mark in it opens no quotation that swallows the rows after it."""
    document = document_of(tmp_path, [*rows_of(1, "hhu"), *rows_of(2, ".s")], 3, names={1: name})
    text = bids.write(document)["_events.tsv"]
    (tmp_path / "events.tsv").write_text(text)

    assert [one["person"] for one in csv.DictReader(io.StringIO(text), dialect="excel-tab")] == [
        shown,
        "Person 2",
        shown,
    ]
    assert [person for person, _ in read_table(tmp_path / "events.tsv")] == [shown, "Person 2", shown]


def test_a_facereader_log_has_every_frame(tmp_path: Path) -> None:
    """Also those without the person and those without an answer, with its words for both."""
    files = dict(facereader.write(document_of(tmp_path, rows_of(1, ".hu", fps=30.0), 5, fps=30.0)))
    lines = files["_detailed.txt"].splitlines()
    header = next(i for i, line in enumerate(lines) if line.startswith("Video Time"))

    assert 8 <= header <= 10
    assert lines[header].split("\t") == [
        *("Video Time", "Neutral", "Happy", "Sad", "Angry", "Surprised", "Scared", "Disgusted")
    ]
    assert [line.split("\t")[0] for line in lines[header + 1 :]] == [
        f"00:00:00.{ms:03d}" for ms in (0, 33, 66, 100, 133)
    ]
    cells = [line.split("\t")[1:] for line in lines[header + 1 :]]
    assert cells[1] == ["0.0500", "0.7000", *["0.0500"] * 5] and set(cells[2]) == {"FIT_FAILED"}
    assert {*cells[0], *cells[3], *cells[4]} == {"FIND_FAILED"}


def test_each_person_has_a_facereader_log(tmp_path: Path) -> None:
    """A log knows one person."""
    files = dict(facereader.write(document_of(tmp_path, [*rows_of(1, "h."), *rows_of(7, "ss")], 2)))

    assert list(files) == ["_1_detailed.txt", "_7_detailed.txt"]
    assert "Participant name:\tPerson 7" in files["_7_detailed.txt"]
    assert files["_1_detailed.txt"].count("FIND_FAILED") == 7


def test_the_logs_of_a_crowd_cover_their_own_time(tmp_path: Path) -> None:
    """From the first to the last frame of each: all of a long recording would be gigabytes. Made one by one."""
    rows = [row for track in range(1, 101) for row in rows_of(track, "h.n", 10 * track)]
    document = document_of(tmp_path, rows, 2000)
    tracemalloc.start()
    found = [(suffix, len(text), text.splitlines()[9:]) for suffix, text in facereader.write(document)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(found) == 100 and max(size for _, size, _ in found) < 1000
    (_, _, last) = found[-1]
    assert [line.split("\t")[0] for line in last] == ["00:00:40.000", "00:00:40.040", "00:00:40.080"]
    assert last[1].endswith("FIND_FAILED") and "0.7000" in last[0]
    assert peak < 3_000_000


def test_pyfeat_has_a_row_per_face_and_one_per_frame_without(tmp_path: Path) -> None:
    """Columns have py-feat's names; angles are empty where the table has none."""
    text = pyfeat.write(document_of(tmp_path, [*rows_of(1, "h..h"), *rows_of(2, "s...")], 5))["_fex.csv"]
    rows = list(csv.DictReader(text.splitlines()))

    assert [(row["frame"], row["Identity"]) for row in rows] == [
        *(("0", "Person 1"), ("0", "Person 2"), ("1", ""), ("2", ""), ("3", "Person 1"), ("4", ""))
    ]
    assert rows[1]["sadness"] == "0.7" and rows[0]["happiness"] == "0.7" and rows[0]["anger"] == "0.05"
    assert rows[0]["FaceRectWidth"] == "50" and rows[0]["Pitch"] == "" and rows[2]["FaceRectX"] == ""
    assert [row["pts_ms"] for row in rows][2:] == ["40.000", "80.000", "120.000", "160.000"]


def test_pyfeat_has_angles_in_radians(tmp_path: Path) -> None:
    """They are degrees in `faces.csv`; without X, Y and Z, which nobody measures, py-feat reads no pose."""
    document = document_of(tmp_path, rows_of(1, "h"), 1)
    angles = {name: np.array([value]) for name, value in (("pitch", 90.0), ("roll", -45.0), ("yaw", np.nan))}
    measured = replace(document, results=replace(document.results, extra=document.results.extra | angles))
    (row,) = csv.DictReader(pyfeat.write(measured)["_fex.csv"].splitlines())

    assert float(row["Pitch"]) == pytest.approx(np.pi / 2, rel=1e-5)
    assert float(row["Roll"]) == pytest.approx(-np.pi / 4, rel=1e-5)
    assert {row[name] for name in ("Yaw", "X", "Y", "Z")} == {""}


def test_frames_that_were_dropped_are_not_invented(tmp_path: Path) -> None:
    """A live camera's frames without a row are unknown."""
    every: list[dict[str, Any]] = [{"frames": 5, "frames_out": 4}, {"frames": 3, "lossless": False}]
    for options in every:
        text = pyfeat.write(document_of(tmp_path, rows_of(1, "h..h"), **options))["_fex.csv"]

        assert [row["frame"] for row in csv.DictReader(text.splitlines())] == ["0", "3"]


@pytest.mark.parametrize("labels", ["h.h", "..hh..", ".h.", "hhh", "...h"])
@pytest.mark.parametrize("numbered_from", [0, 1, 100])
def test_a_part_of_a_recording_keeps_its_frame_numbers(tmp_path: Path, numbered_from: int, labels: str) -> None:
    """A recording that starts late is numbered from 0, a part of one from its first frame."""
    rows = [(number, (number - numbered_from) * 40.0, *rest) for number, _, *rest in rows_of(1, labels, numbered_from)]
    document = document_of(tmp_path, rows, len(labels), first_pts_ms=4000.0)
    found = list(csv.DictReader(pyfeat.write(document)["_fex.csv"].splitlines()))

    assert [row["frame"] for row in found] == [str(numbered_from + i) for i in range(len(labels))]
    assert [row["pts_ms"] for row in found] == [f"{4000 + 40 * i}.000" for i in range(len(labels))]


def test_rounded_times_make_no_part(tmp_path: Path) -> None:
    """Matroska's whole milliseconds do not move the first frame of a recording whose first face is late."""
    rows = [(number, float(round(number * 1000 / 30)), *rest) for number, _, *rest in rows_of(1, "hhhh", 5000)]
    document = document_of(tmp_path, rows, 6000, fps=30.0)
    found = pyfeat.write(document)["_fex.csv"].splitlines()

    assert len(found) == 6001 and found[1].split(",")[-4] == "0"
