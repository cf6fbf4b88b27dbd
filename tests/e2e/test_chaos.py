"""`emobot bench soak --chaos`: a few seconds of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_kills_lose_no_frame_without_explanation(tmp_path: Path, emobot: Callable[..., Any]) -> None:
    """Kills and a pause also reorder nothing and leave nothing behind."""
    report = tmp_path / "report.json"
    options = ("--cameras", "2", "--minutes", "0.15", "--seed", "18", "--json", report, "--plot", tmp_path / "plot.png")
    program = emobot("bench", "soak", "--chaos", *options)
    assert program.end(200) == 0, program.log()

    found = json.loads(report.read_text())
    assert found["deeds"][0]["kind"] == "kill"
    assert found["recovery"]["all that was killed or frozen"].keys() == {"times", "median_s", "p95_s", "longest_s"}
    assert found["accounts"].keys() == {"frames", "pictures", "events"}
    for path, account in found["accounts"].items():
        assert account["arrived"] > 0
        assert account["lost"] == 0, (path, account, found["log"])
    assert found["out_of_order"] == 0
    assert (found["unfinished"], found["problems"], found["left_behind"]) == ([], [], []), found["log"]
    assert found["exit_code"] == 0
    assert {"growth", "descriptors_growth", "shared_growth", "restarts_without_a_reason"} <= found.keys()
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
