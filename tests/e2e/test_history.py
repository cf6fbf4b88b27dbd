"""The history, kept by processes that are killed."""

import csv
import io
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyarrow import parquet
from typer.testing import CliRunner

from pipeline.cli.cli import app
from pipeline.history.read import read_history
from tests.support.waiting import until


def seconds(path: Path) -> float:
    """Return the time that is in the history."""
    return sum(sum(row.seconds.values()) for row in read_history(path, "minutes"))  # type: ignore[union-attr]


def test_a_kill_costs_at_most_a_second(tmp_path: Path, start: Callable[..., Any], repository: Path) -> None:
    """Nothing older is lost, the file is intact, and the next process continues it."""
    path = tmp_path / "h.sqlite"
    earlier = 0.0
    for lives in (1, 2):
        program = start(repository / "tests/e2e/history_writer.py", path)
        until(lambda program=program: program.log().count("\n") > 35, known=program.log)
        before = seconds(path)
        program.process.kill()
        program.process.wait()
        times = [float(line) for line in program.log().splitlines()]

        assert seconds(path) >= before
        assert times[-1] - times[0] - (seconds(path) - earlier) < 1.0
        earlier = seconds(path)
        # a camera's state once per process; who is still there has not appeared again
        kinds = [event.type for event in read_history(path, "events")]
        assert sorted(kinds) == ["appeared", *["camera"] * lives]


def test_a_run_keeps_a_history_that_others_read(tmp_path: Path, emobot: Callable[..., Any]) -> None:
    """During a run, also after the writing process was killed: it restarts, and the run continues."""
    path = tmp_path / "h.sqlite"
    config = tmp_path / "c.toml"
    config.write_text(
        '[camera.hall]\nsource = "demo"\nwidth = 320\nheight = 240\nfps = 10\n'
        f'[output.past]\nkind = "history"\npath = "{path}"\n[metrics]\nlisten = ""\n'
    )
    program = emobot("run", config)
    until(lambda: path.exists() and seconds(path) > 1, known=program.log)
    os.kill(program.pid("output.past"), signal.SIGKILL)
    before = seconds(path)
    until(lambda: seconds(path) > before + 1, known=program.log)

    def ask(*options: str) -> str:
        return CliRunner().invoke(app, ["history", *options], catch_exceptions=False).stdout

    table = list(csv.DictReader(io.StringIO(ask(str(config), "--camera", "hall", "--from", "1h"))))
    events = [json.loads(line) for line in ask(str(path), "--what", "events", "--format", "json").splitlines()]
    ask(str(path), "--format", "parquet", "--out", str(tmp_path / "h.parquet"))
    program.process.send_signal(signal.SIGTERM)

    assert program.end() == 0, program.log()
    assert {row["camera"] for row in table} == {"hall"} and all(row["at"].endswith("Z") for row in table)
    assert {"camera", "appeared"} <= {event["type"] for event in events}
    read = parquet.read_table(tmp_path / "h.parquet").to_pylist()
    assert sum(int(row["looks"]) for row in table) <= sum(row["looks"] for row in read)
