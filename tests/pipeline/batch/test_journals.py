"""What an interrupted batch leaves is taken over by the next one, if it is about the same."""

from pathlib import Path

import pytest

from pipeline.batch import batch, fetching
from pipeline.batch.journal import JOURNAL, JournalWriter
from pipeline.batch.ledger import Ledger
from pipeline.batch.workers import KEPT, WORK, Claim, Settings, Worker, living, sweep
from pipeline.config.config import Config
from pipeline.config.plan import Plan
from pipeline.messages import Frame
from pipeline.supervision.run import Outcome

CLAIM = Claim(source="/x/talk.mp4", fingerprint="1", options="a")
SETTINGS = Settings(options="a", language="en")


def leave(worker: Worker, name: str, claim: Claim, position_s: float = 20.0) -> None:
    """Write the journal of a recording into a process's folder."""
    worker.note(name, claim)
    (worker.folder / name).mkdir()
    journal = JournalWriter(worker.folder / name / JOURNAL)
    journal.write(Frame(camera=name, pts_ns=round(position_s * 1e9)))
    journal.close()


def test_a_journal_is_taken_over_once(tmp_path: Path) -> None:
    """After the end of its process; the name of the camera may be another."""
    first = Worker(tmp_path, SETTINGS)
    leave(first, "talk", CLAIM)
    first.close()
    second, third = Worker(tmp_path, SETTINGS), Worker(tmp_path, SETTINGS)
    sweep(tmp_path)

    assert set(living(tmp_path)) == {second.name, third.name}
    assert second.adopt("talk-2", CLAIM) == 20.0
    assert third.adopt("talk", CLAIM) is None
    assert [path.name for path in (second.folder / "talk-2").iterdir()] == [JOURNAL]
    second.close()
    third.close()


@pytest.mark.parametrize(
    "claim",
    [
        Claim(source="/x/talk.mp4", fingerprint="2", options="a"),
        Claim(source="/x/talk.mp4", fingerprint="1", options="b"),
    ],
)
def test_a_journal_of_another_file_or_options_is_removed(tmp_path: Path, claim: Claim) -> None:
    """The recording is processed from its start."""
    first = Worker(tmp_path, SETTINGS)
    leave(first, "talk", CLAIM)
    leave(first, "other", Claim(source="/x/other.mp4", fingerprint="1", options="a"))
    first.close()
    second = Worker(tmp_path, SETTINGS)

    assert second.adopt("talk", claim) is None
    assert second.adopt("talk", CLAIM) is None
    assert len(list((tmp_path / WORK / KEPT).iterdir())) == 1
    second.close()


@pytest.mark.parametrize(
    ("video", "options", "begins"),
    [(False, {}, 15.0), (False, {"from_s": 2.0}, 15.0), (False, {"from_s": 18.0}, 18.0), (True, {}, None)],
)
def test_a_batch_starts_a_recording_where_its_journal_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, video: bool, options: dict[str, float], begins: float | None
) -> None:
    """Some seconds before, not before its part; with a video it starts at the beginning."""
    plans: list[Plan] = []

    def run(plan: Plan, tick: object, **options: object) -> Outcome:
        plans.append(plan)
        return Outcome(code=0, interrupted=True)

    monkeypatch.setattr(fetching, "run_plan", run)
    (tmp_path / "talk.mp4").touch()
    ledger = Ledger(tmp_path / "out")
    (entry,) = ledger.enter([tmp_path / "talk.mp4"])
    work = batch.Batch(
        Config(), ledger, tmp_path / "out", video=video, pictures=False, jobs=1, language="en", source=options
    )
    worker = Worker(tmp_path / "out", work.all_settings)
    leave(worker, "talk", Claim(source=entry.source, fingerprint=entry.fingerprint, options=work.settings))
    worker.close()
    work.run([entry], lambda counters, names: None)

    assert plans[0]["camera.talk"].options.get("from_s") == begins
    assert plans[0]["output.table"].options["journal"] is not video
    # this run ended before it had a frame, so the journal is kept again
    assert (tmp_path / "out" / WORK / KEPT).exists() is not video
