"""What a batch does at each look at a run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.batch import fetching
from pipeline.batch.batch import Batch
from pipeline.batch.ledger import Ledger
from pipeline.batch.results import Summary, save_summary
from pipeline.config.config import Config
from pipeline.config.plan import Plan
from pipeline.metrics.camera_totals import CameraSummary
from pipeline.supervision.run import Outcome

NUMBERS: dict[str, Any] = {"frames_in": 3, "frames_out": 3, "duration_s": 0.1, "fps": 30.0, "faces": 0}


def test_counters_are_read_once_per_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at each look while a finished recording waits for its video: all counters of a run take 0.03 s."""
    read: list[Path] = []

    def summarize(folder: Path) -> list[CameraSummary]:
        read.append(folder)
        return [CameraSummary(camera="a", frames=3, seconds=0.5)]

    def run(plan: Plan, tick: Callable[[Path], None], **options: Any) -> Outcome:
        work = Path(plan["output.table"].options["path"].replace("{camera}", "a"))
        work.mkdir(parents=True)
        options["admit"]("camera.a")
        done: dict[str, Any] = {"status": "done", "error": None, "width": 64, "height": 48, "model": "fast"}
        save_summary(Summary(camera="a", seconds={}, tracks=[], **done, **NUMBERS), work / "summary.json")
        for _ in range(5):
            tick(tmp_path)
        for name in ("faces.csv", "timeline.png"):
            (work / name).touch()
        tick(tmp_path)
        tick(tmp_path)
        return Outcome(code=0)

    monkeypatch.setattr(fetching, "summarize", summarize)
    monkeypatch.setattr(fetching, "run_plan", run)
    (tmp_path / "a.mp4").touch()
    ledger = Ledger(tmp_path / "out")
    work = Batch(Config(), ledger, tmp_path / "out", video=False, pictures=False, jobs=1, language="en")

    assert work.run(ledger.enter([tmp_path / "a.mp4"]), lambda cameras, names: None)
    assert read == [tmp_path]
    assert [(entry.status, entry.seconds, entry.fps) for entry in ledger.entries()] == [("done", 0.5, 4.0)]


def test_what_others_wrote_is_taken_over_before_it_is_replaced(tmp_path: Path) -> None:
    """Not when there is nothing yet."""
    taken = []

    def keep(old: Path, new: Path) -> None:
        taken.append((old, new, old.is_dir() and new.is_dir()))

    (tmp_path / "talk.mp4").touch()
    ledger = Ledger(tmp_path / "out")
    options: dict[str, Any] = {"video": False, "pictures": False, "jobs": 1, "language": "en", "keep": keep}
    made = Batch(Config(), ledger, tmp_path / "out", **options)
    (entry,) = ledger.enter([tmp_path / "talk.mp4"])
    done: dict[str, Any] = {"status": "done", "error": None, "width": 64, "height": 48, "model": "fast"}
    for run in ("first", "second"):
        (work := tmp_path / run).mkdir()
        made.finish(entry, work, Summary(camera="talk", seconds={}, tracks=[], **done, **NUMBERS))

    assert taken == [(tmp_path / "out" / "talk", tmp_path / "second", True)]
