"""What a batch asks of a run."""

import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline import batch
from pipeline.cli import app
from pipeline.config import Config, Privacy
from pipeline.ledger import Ledger
from pipeline.plan import Plan
from pipeline.results import Summary
from pipeline.run import Outcome


@pytest.mark.parametrize(("overlay", "labels"), [({}, "fr"), ({"labels": "en"}, "en")])
def test_the_language_is_an_option_of_the_stages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overlay: dict[str, Any], labels: str
) -> None:
    """The table has it, and the overlay where the config does not name another."""
    plans: list[Plan] = []

    def run(plan: Plan, tick: object, admit: object) -> Outcome:
        plans.append(plan)
        return Outcome(code=0, interrupted=True)

    monkeypatch.setattr(batch, "run_plan", run)
    (tmp_path / "talk.mp4").touch()
    ledger = Ledger(tmp_path / "out")
    work = batch.Batch(
        Config(overlay=overlay), ledger, tmp_path / "out", video=True, pictures=False, jobs=1, language="fr"
    )
    work.run(ledger.enter([tmp_path / "talk.mp4"]), lambda counters, names: None)

    assert plans[0]["output.table"].options["language"] == "fr"
    assert plans[0]["overlay"].options["labels"] == labels


@pytest.mark.parametrize(
    ("config", "done"),
    [
        (Config(detect={"detect_hz": 5.0, "min_score": 0.5}), True),
        (Config(detect={"detect_hz": 2.0, "min_score": 0.5}), False),
        (Config(detect={"detect_hz": 5.0, "min_score": 0.5}, privacy=Privacy(blur_faces=True)), False),
        (Config(detect={"detect_hz": 5.0, "min_score": 0.5}, emotion={"model": "accurate"}), False),
    ],
)
def test_results_made_with_other_options_are_not_done(tmp_path: Path, config: Config, done: bool) -> None:
    """A face that was to be hidden, or a better network asked for, is no reason to keep what there is."""

    def start(config: Config) -> batch.Batch:
        return batch.Batch(config, Ledger(tmp_path), tmp_path, video=False, pictures=False, jobs=1, language="en")

    first = start(Config(detect={"min_score": 0.5, "detect_hz": 5.0}))
    work = tmp_path / "work"
    work.mkdir()
    for name in ("faces.csv", "summary.json", "timeline.png"):
        (work / name).touch()
    (entry,) = Ledger(tmp_path).enter([tmp_path / "talk.mp4"])
    result = Summary(
        camera="talk",
        status="done",
        error=None,
        frames_in=3,
        frames_out=3,
        duration_s=0.1,
        fps=30.0,
        width=64,
        height=48,
        model="fast",
        faces=0,
        seconds={},
        tracks=[],
    )
    first._finish(entry, work, result)

    assert first.is_done(entry)
    assert start(config).is_done(entry) is done


def test_a_name_that_is_no_text_costs_only_its_file(tmp_path: Path) -> None:
    """Old archives have such; no page could show it."""
    (tmp_path / os.fsdecode(b"caf\xe9.mp4")).touch()
    (tmp_path / "none.mp4").touch()
    result = CliRunner().invoke(app, ["batch", str(tmp_path), "--out", str(tmp_path / "out"), "--no-video"])

    assert result.exit_code == 1
    assert "caf\\xe9.mp4: expected a name in UTF-8: rename it" in result.output
    assert [entry.status for entry in Ledger(tmp_path / "out").entries()] == ["failed"]
