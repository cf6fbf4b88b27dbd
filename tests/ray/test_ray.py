"""`emobot batch --ray` on two nodes. `make test-ray` installs Ray; without it the test fails, so that it never rots."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages.media import gstreamer
from tests.support.program import Program

RECORDINGS = 4
LOST = ("worker", "node", "frozen")
"""What is lost in the middle of a batch: a worker, a node, and a node that is only silent."""
ENDED = {"interrupt": 130, "driver": -9}
"""How the batch itself is ended, and its exit code."""
pytestmark = [
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed"),
]


def test_losses_and_ctrl_c_cost_nothing(tmp_path: Path) -> None:
    """What was lost starts again elsewhere, no process or file stays, and a second batch does only what is missing."""
    small = ("--recordings", str(RECORDINGS), "--seconds", "1", "--height", "240")
    program = Program(["-m", "benchmarks.whole.recordings_on_ray", *LOST, *ENDED, *small], tmp_path / "log.txt")
    try:
        assert program.end(880) == 0, program.log()
    finally:
        program.stop()
    found: dict[str, dict[str, Any]] = {}
    for line in program.log().splitlines():
        if line.startswith("{"):
            entry = json.loads(line)
            found[entry["scenario"]] = entry

    for name in LOST:
        lost = found[name]
        assert (lost["code"], lost["done"]) == (0, RECORDINGS), lost
        assert name == "frozen" or lost["processes_left"] == 0, lost  # those of a frozen node end when it does
    for name, code in ENDED.items():
        ended = found[name]
        assert (ended["code"], ended["processes_left"]) == (code, 0), ended
        again = ended["again"]
        assert (again["code"], again["done"], again["before"]) == (0, RECORDINGS, ended["done"]), again
        found[f"{name} again"] = again
    assert len({tuple(entry["tables"]) for name, entry in found.items() if name not in ENDED}) == 1
