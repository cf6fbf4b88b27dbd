"""What the page of a recording shows of its results."""

from pathlib import Path

import pytest

from pipeline.batch.results import MARKER_COLUMNS
from pipeline.errors import InputError
from stages.web.exports import without_folder
from stages.web.pages.result import read_result
from tests.stages.results.tables import rows_of, write_results

HEADER = ",".join(MARKER_COLUMNS).encode()


@pytest.mark.parametrize(
    ("content", "damage"),
    [
        (b"", "the columns pts_ms, at, stream, marker, found none, in row 1"),
        (b"nonsense\n", "the columns pts_ms, at, stream, marker, found nonsense, in row 1"),
        (b"\xff\xfe", "the columns pts_ms, at, stream, marker, found none, in row 1"),
        (HEADER + b"\n1,2\n", "4 cells, found 2, in row 2"),
        (HEADER + b"\nx,2,task,start\n", "a number as pts_ms, found 'x', in row 2"),
        (HEADER[:9], "the columns pts_ms, at, stream, marker, found pts_ms, at, in row 1"),
        (HEADER + b'\n1,2,a,"' + b"\0" * 200_000, "a table (CSV), found in row 2"),
        (b"two\r\rlines", "the columns pts_ms, at, stream, marker, found two, in row 1"),
    ],
)
def test_damaged_markers_cost_only_themselves(tmp_path: Path, content: bytes, damage: str) -> None:
    """One line names the file and the row, without the folder on this machine."""
    folder = write_results(tmp_path / "talk", rows_of(1, "hs"), frames=2)
    (folder / "markers.csv").write_bytes(content)
    found = read_result(folder)

    assert found.marks == [] and len(found.samples) and list(found.names) == [1]
    assert found.damage.startswith(f"expected {damage} of markers.csv")
    assert len(found.damage.splitlines()) == 1 and str(tmp_path) not in found.damage


def test_markers_are_shown(tmp_path: Path) -> None:
    """Nothing is wrong with a valid table, or without one."""
    folder = write_results(tmp_path / "talk", rows_of(1, "hs"), frames=2)
    assert (read_result(folder).marks, read_result(folder).damage) == ([], "")
    (folder / "markers.csv").write_bytes(HEADER + b"\n40,7,task,start\n")
    assert (read_result(folder).marks, read_result(folder).damage) == ([(0.04, "start", "task")], "")


@pytest.mark.parametrize("name", ["faces.csv", "summary.json", "persons.csv"])
def test_other_damage_is_one_line_without_the_folder(tmp_path: Path, name: str) -> None:
    """So the page says what is wrong, not that the recording was deleted."""
    folder = write_results(tmp_path / "talk", rows_of(1, "hs"), frames=2)
    (folder / name).write_bytes(b"\xff\nnonsense")
    with pytest.raises(InputError) as caught:
        read_result(folder)

    line = without_folder(caught.value, folder)
    assert name in line and len(line.splitlines()) == 1 and str(tmp_path) not in line
