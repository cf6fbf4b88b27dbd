"""The table of a recording's zones."""

import csv
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.batch.journal import JOURNAL
from stages.table import Table
from tests.support.zones.zoned import ABOVE, BELOW, INSIDE, zoned

WAYS = [ABOVE] * 10 + [INSIDE] * 30 + [BELOW] * 10


def rows(folder: Path) -> list[list[str]]:
    """Return the rows of a recording's table."""
    with (folder / "hall" / "zones.csv").open(newline="") as file:
        return list(csv.reader(file))


def test_a_recording_has_a_row_for_each_visit_and_crossing(tmp_path: Path) -> None:
    """In order of their ends; who is in a zone when the recording ends leaves it with the last frame."""
    frames = [zoned(n, {1: place, 2: INSIDE}, lossless=True) for n, place in enumerate(WAYS)]
    with closing(Table(path=f"{tmp_path}/{{camera}}", parquet=False)) as table:
        for frame in (*frames, zoned(50, {}, state="ended", lossless=True)):
            list(table.process([frame]))
    head, *found = rows(tmp_path)

    assert head == ["zone", "what", "track", "start_ms", "end_ms", "dwell_s", "direction"]
    assert [(row[0], row[1], row[2], row[6]) for row in found] == [
        ("door", "crossing", "1", "in"),
        ("desk", "visit", "1", ""),
        ("desk", "visit", "2", ""),
    ]
    assert [float(row[5]) for row in found[1:]] == [pytest.approx(3.0, abs=0.1), 4.9]
    assert not list(tmp_path.rglob("*.partial"))


def test_without_zones_there_is_no_table(tmp_path: Path) -> None:
    """And an old one is removed."""
    (tmp_path / "hall").mkdir()
    (tmp_path / "hall" / "zones.csv").write_text("old")
    with closing(Table(path=f"{tmp_path}/{{camera}}", parquet=False)) as table:
        frames = zoned(0, {1: INSIDE}, zones=(), lossless=True), zoned(1, {}, state="ended", zones=(), lossless=True)
        for frame in frames:
            list(table.process([frame]))

    assert not (tmp_path / "hall" / "zones.csv").exists()


def test_an_interrupted_recording_is_continued(tmp_path: Path) -> None:
    """Its journal has the zones: the table is the same as that of a whole run."""
    frames = [zoned(n, {1: place}, lossless=True) for n, place in enumerate(WAYS)]
    end = zoned(50, {}, state="ended", seq=50, lossless=True)
    options = {"path": f"{tmp_path}/{{camera}}", "parquet": False, "journal": True}
    with closing(Table(**options)) as table:  # type: ignore[arg-type]
        for frame in frames[:30]:
            list(table.process([frame]))
    assert (tmp_path / "hall" / JOURNAL).exists()
    with closing(Table(**options)) as table:  # type: ignore[arg-type]
        for frame in (*frames[20:], end):
            list(table.process([frame]))

    assert [row[:3] for row in rows(tmp_path)[1:]] == [["door", "crossing", "1"], ["desk", "visit", "1"]]
    assert float(rows(tmp_path)[2][5]) == pytest.approx(3.0, abs=0.1)
