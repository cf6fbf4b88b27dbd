"""What a batch does at each look at a run."""

import os
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


@pytest.mark.parametrize("meanwhile", ["written", "touched", "moved", "nothing"])
def test_a_recording_that_changed_while_it_was_read_is_not_done(tmp_path: Path, meanwhile: str) -> None:
    """Its end may be missing though nothing else tells so, as in a Matroska file; the next batch processes it again.

    Of a recording that was moved away nothing is missing.
    """
    path = tmp_path / "talk.mkv"
    path.touch()
    ledger = Ledger(tmp_path / "out")
    made = Batch(Config(), ledger, tmp_path / "out", video=False, pictures=False, jobs=1, language="en")
    (entry,) = ledger.enter([path])
    if meanwhile == "written":
        path.write_bytes(b"more")
    elif meanwhile == "touched":
        os.utime(path, (1, 1))
    elif meanwhile == "moved":
        path.rename(tmp_path / "elsewhere.mkv")
    (work := tmp_path / "work").mkdir()
    done: dict[str, Any] = {"status": "done", "error": None, "width": 64, "height": 48, "model": "fast"}
    made.finish(entry, work, Summary(camera="talk", seconds={}, tracks=[], **done, **NUMBERS))

    (found,) = ledger.entries()
    if meanwhile in ("moved", "nothing"):
        assert (found.status, found.error) == ("done", None)
    else:
        error = f"expected a complete recording, found that it was still being written: {path}"
        assert (found.status, found.fault, found.error) == ("failed", "broken", error)
        assert (tmp_path / "out/talk").is_dir()
        assert [entry.status for entry in ledger.enter([path])] == ["waiting"]
