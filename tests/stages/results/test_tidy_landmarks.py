"""What `[landmarks]` measured, in `emobot table`."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli.cli import app
from tests.stages.results.tables import rows_of, write_results


def measure(folder: Path, **cells: list[Any]) -> None:
    """Fill in columns of a table."""
    path = folder / "faces.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for n, row in enumerate(rows):
        row.update({name: str(values[n]) for name, values in cells.items()})
    names = {name: None for row in rows for name in row}
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(names))
        table.writeheader()
        table.writerows(rows)


def test_means_and_rates_are_at_the_end(tmp_path: Path) -> None:
    """Over the time in which each was measured; a recording without them has empty cells."""
    folders = [write_results(tmp_path / name, rows_of(1, "n" * 50), frames=50) for name in ("a", "b")]
    measure(
        folders[0],
        blendshape_jawOpen=[0.8] * 10 + [""] * 10 + [0.2] * 30,
        facing=[1] * 30 + [0] * 10 + [""] * 10,
        yaw=[20.0] * 20 + [-10.0] * 20 + [""] * 10,
        mouth=[0.5] * 50,
        blinks=[""] * 10 + [0] * 10 + [1] * 11 + [3] * 10 + [""] * 9,
    )
    out = tmp_path / "tidy.csv"
    CliRunner().invoke(app, ["table", *map(str, folders), "--out", str(out)])
    found, other = csv.DictReader(out.read_text().splitlines())
    last = ["facing", *(f"mean_{name}" for name in ("yaw", "pitch", "roll", "eye_left", "eye_right", "mouth"))]

    assert list(found)[-9:] == [*last, "blinks_per_min", "mean_blendshape_jawOpen"]
    assert (found["mean_blendshape_jawOpen"], other["mean_blendshape_jawOpen"]) == ("0.35", "")
    assert (found["facing"], found["mean_yaw"], found["mean_pitch"], found["mean_mouth"]) == ("0.75", "5.0", "", "0.5")
    assert float(found["blinks_per_min"]) == pytest.approx(3 / (30 * 0.04 / 60))
    assert {other[name] for name in (*last, "blinks_per_min")} == {""}
    described = json.loads((tmp_path / "tidy.columns.json").read_bytes())
    assert [one["name"] for one in described] == list(found)


def test_joined_tracks_have_counts_of_their_own(tmp_path: Path) -> None:
    """A second track that has blinked before adds nothing."""
    folder = write_results(tmp_path / "a", [*rows_of(1, "n" * 25), *rows_of(2, "n" * 25, 25)], frames=50)
    measure(folder, facing=[1] * 50, blinks=[2] * 25 + [7] * 25)
    (folder / "persons.csv").write_text("track,person\n1,Ann\n2,Ann\n")
    out = tmp_path / "tidy.csv"
    CliRunner().invoke(app, ["table", str(folder), "--out", str(out)])

    (found,) = csv.DictReader(out.read_text().splitlines())
    assert (found["name"], found["blinks_per_min"], found["facing"]) == ("Ann", "0.0", "1.0")
