"""`emobot batch --ray` on two nodes; it needs the extra `ray`, which `make setup` does not install."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stages.media import gstreamer
from tests.support.program import Program

RECORDINGS = 4
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed"),
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra ray is not installed"),
]


def test_lost_workers_and_ctrl_c_cost_nothing(tmp_path: Path, start: Callable[..., Program]) -> None:
    """A killed worker's recording starts again; Ctrl-C leaves no process, and the next batch does what is missing."""
    small = ("--recordings", str(RECORDINGS), "--seconds", "1", "--height", "240")
    program = start("-m", "benchmarks.whole.recordings_on_ray", "worker", "interrupt", *small)
    assert program.end(280) == 0, program.log()
    found: dict[str, dict[str, Any]] = {}
    for line in program.log().splitlines():
        if line.startswith("{"):
            entry = json.loads(line)
            found[entry["scenario"]] = entry

    killed, interrupted = found["worker"], found["interrupt"]
    assert (killed["code"], killed["done"], killed["processes_left"]) == (0, RECORDINGS, 0), killed
    assert (interrupted["code"], interrupted["processes_left"]) == (130, 0), interrupted
    again = interrupted["again"]
    assert (again["code"], again["done"], again["before"]) == (0, RECORDINGS, interrupted["done"]), again
    assert len(killed["tables"]) == 1 and killed["tables"] == again["tables"]
