"""What a batch asks of a run."""

from pathlib import Path
from typing import Any

import pytest

from pipeline import batch
from pipeline.config import Config
from pipeline.ledger import Ledger
from pipeline.plan import Plan
from pipeline.run import Outcome


@pytest.mark.parametrize(("overlay", "labels"), [({}, "fr"), ({"labels": "en"}, "en")])
def test_the_language_is_an_option_of_the_stages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overlay: dict[str, Any], labels: str
) -> None:
    """The table has it, and the overlay where the config does not name another."""
    plans: list[Plan] = []

    def run(plan: Plan, tick: object) -> Outcome:
        plans.append(plan)
        return Outcome(code=0, interrupted=True)

    monkeypatch.setattr(batch, "run_plan", run)
    (tmp_path / "talk.mp4").touch()
    ledger = Ledger(tmp_path / "out")
    work = batch.Batch(
        Config(overlay=overlay), ledger, tmp_path / "out", video=True, pictures=False, jobs=1, language="fr"
    )
    work.run([ledger.entry(tmp_path / "talk.mp4")], lambda counters, names: None)

    assert plans[0]["output.table"].options["language"] == "fr"
    assert plans[0]["overlay"].options["labels"] == labels
