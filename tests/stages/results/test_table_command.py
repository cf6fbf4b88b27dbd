"""The command `emobot table`: what it writes, and what it refuses."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from pipeline.cli.cli import app
from tests.stages.results.tables import rows_of, write_results


@pytest.fixture
def results(tmp_path: Path) -> list[Path]:
    """Two recordings, one of two people."""
    folder, clips = tmp_path / "results", tmp_path / "clips/sad"
    two = [*rows_of(1, "h" * 40 + "s" * 10), *rows_of(2, "h" * 50)]
    return [
        write_results(folder / "P01_a", two, frames=50, source=clips / "P01_a.mp4"),
        write_results(folder / "P02_a", rows_of(1, "n" * 50), frames=50, source=clips / "P02_a.mp4", first_pts_ms=2000),
    ]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_the_command_writes_table_and_dictionary(results: list[Path], tmp_path: Path, suffix: str) -> None:
    """Columns are described beside the table, and the same in both formats."""
    out = tmp_path / f"tidy{suffix}"
    ran = CliRunner().invoke(app, ["table", str(results[0].parent), "--out", str(out)], catch_exceptions=False)
    columns = [one["name"] for one in json.loads((tmp_path / "tidy.columns.json").read_text())]

    assert ran.output == f"{out}: 3 rows\n"
    if suffix == ".csv":
        with out.open(newline="") as file:
            found: list[dict[str, Any]] = list(csv.DictReader(file))
        assert found[0]["seconds_sad"] == "0.4"
    else:
        found = parquet.read_table(out).to_pylist()
        assert found[0]["seconds_sad"] == 0.4
    assert len(found) == 3 and list(found[0]) == columns


def test_what_cannot_be_written_is_refused(results: list[Path], tmp_path: Path) -> None:
    """Another format, a column of the table's own name, a file instead of a folder."""
    arguments = ["table", str(results[0])]
    other = CliRunner().invoke(app, [*arguments, "--out", "x.xlsx"])
    (tmp_path / "P.csv").write_text("file,participant,seen\nP01_a,x,1\n")
    clash = CliRunner().invoke(app, [*arguments, "--participants", str(tmp_path / "P.csv"), "--out", "x.csv"])
    # recordings with landmarks have more columns, with a baseline others
    (tmp_path / "P.csv").write_text("file,participant,facing,mean_baseline_sad\nP01_a,x,1,2\n")
    more = CliRunner().invoke(app, [*arguments, "--participants", str(tmp_path / "P.csv"), "--out", "x.csv"])
    (tmp_path / "W.csv").write_text("window,start,end\n")
    empty = CliRunner().invoke(app, [*arguments, "--windows", str(tmp_path / "W.csv"), "--out", "x.csv"])
    absent = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "W.csv/x.csv")])

    assert "expected a .csv or .parquet file as --out, found 'x.xlsx'" in str(other.exception)
    assert "expected other names of columns than the table's own, found seen" in str(clash.exception)
    assert "found facing, mean_baseline_sad" in str(more.exception)
    assert "expected a window, found none" in str(empty.exception)
    assert "expected a file that can be written" in str(absent.exception)


def test_a_table_replaces_nothing_that_it_reads(results: list[Path], tmp_path: Path) -> None:
    """A slip of the keyboard; the folder of a new table is made."""
    (people := tmp_path / "P.csv").write_text("file,participant\nP01_a,x\n")
    faces = results[0] / "faces.csv"
    before = people.read_text(), faces.read_text()
    (link := tmp_path / "link.csv").symlink_to(faces)
    for out in (people, tmp_path / "." / "P.csv", faces, results[0] / "persons.csv", link):
        arguments = ["table", str(results[0].parent), "--participants", str(people), "--out", str(out)]
        refused = CliRunner().invoke(app, arguments)
        assert str(refused.exception) == f"expected a new table as --out, found {out}, which is read"

    assert (people.read_text(), faces.read_text()) == before
    made = CliRunner().invoke(app, ["table", str(results[0].parent), "--out", str(tmp_path / "new" / "P.csv")])
    assert made.exit_code == 0 and {path.name for path in (tmp_path / "new").iterdir()} == {"P.csv", "P.columns.json"}
