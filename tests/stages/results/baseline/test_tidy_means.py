"""Means without baselines in `emobot table`."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from pipeline.cli.cli import app
from pipeline.messages import EMOTIONS
from stages.results.baseline.columns import Added, add_columns
from tests.stages.results.tables import rows_of, write_results


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_means_without_a_baseline_are_at_the_end(tmp_path: Path, suffix: str) -> None:
    """Where a recording has them; the other ones' cells are empty."""
    folders = [write_results(tmp_path / name, rows_of(1, "n" * 50), frames=50) for name in ("P01_a", "P02_a")]
    table = np.tile([0.1, 0, 0, 0.2, 0, 0, 0.7], (50, 1))
    table[:10] = np.nan
    add_columns(folders[0], Added(probabilities=table, label=np.full(50, "neutral", object)))
    out = tmp_path / f"tidy.{suffix}"
    CliRunner().invoke(app, ["table", *map(str, folders), "--out", str(out)])

    lines = out.read_text().splitlines() if suffix == "csv" else []
    found = list(csv.DictReader(lines)) if lines else parquet.read_table(out).to_pylist()
    assert list(found[0])[-7:] == [f"mean_baseline_{name}" for name in EMOTIONS]
    assert [row["mean_baseline_happy"] for row in found] in (["0.2", ""], [0.2, None])
    described = json.loads((tmp_path / "tidy.columns.json").read_bytes())
    assert [one["name"] for one in described] == list(found[0])
