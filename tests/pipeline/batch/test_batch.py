"""The config that a batch gives to a run, and what it makes of the results."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.batch import batch, fetching
from pipeline.batch.ledger import Entry, Ledger
from pipeline.batch.results import Summary, save_summary
from pipeline.cli.cli import app
from pipeline.config.config import Config, Privacy
from pipeline.config.plan import Plan
from pipeline.supervision.run import Outcome


@pytest.mark.parametrize(("overlay", "labels"), [({}, "fr"), ({"labels": "en"}, "en")])
def test_the_language_is_an_option_of_the_stages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overlay: dict[str, Any], labels: str
) -> None:
    """The table gets the language, and the overlay too unless the config sets one."""
    plans: list[Plan] = []

    def run(plan: Plan, tick: object, **options: object) -> Outcome:
        plans.append(plan)
        return Outcome(code=0, interrupted=True)

    monkeypatch.setattr(fetching, "run_plan", run)
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
    """Results are made again if faces must be blurred or another network was chosen."""

    def start(config: Config) -> batch.Batch:
        return batch.Batch(config, Ledger(tmp_path), tmp_path, video=False, pictures=False, jobs=1, language="en")

    first = start(Config(detect={"min_score": 0.5, "detect_hz": 5.0}))
    work = tmp_path / "work"
    work.mkdir()
    for name in ("faces.csv", "summary.json", "timeline.png"):
        (work / name).touch()
    (entry,) = Ledger(tmp_path).enter([tmp_path / "talk.mp4"])
    result = summary()
    first.finish(entry, work, result)

    assert first.is_done(entry)
    assert start(config).is_done(entry) is done


def test_parts_and_tables_of_every_frame_are_results_of_their_own(tmp_path: Path) -> None:
    """Those of another part, region, turn or kind of table are made again."""
    settings = set()
    parts: list[dict[str, object]] = [
        {},
        {"from_s": 1.0},
        {"to_s": 1.0},
        {"from_s": 2.0},
        {"region": (0.0, 0.0, 0.5, 1.0)},
        {"rotate": 90},
    ]
    for source in parts:
        for every_frame in (False, True):
            made = batch.Batch(
                Config(),
                Ledger(tmp_path),
                tmp_path,
                video=False,
                pictures=False,
                jobs=1,
                language="en",
                source=source,
                every_frame=every_frame,
            )
            settings.add(made.settings)

    assert len(settings) == 12


def test_landmarks_make_other_results(tmp_path: Path) -> None:
    """Also with an empty table."""

    def settings(**tables: dict[str, object]) -> str:
        options = {"video": False, "pictures": False, "jobs": 1, "language": "en"}
        return batch.Batch(Config(**tables), Ledger(tmp_path), tmp_path, **options).settings  # type: ignore[arg-type]

    assert len({settings(), settings(landmarks={}), settings(landmarks={"facing_deg": 10.0})}) == 3


@pytest.mark.process
def test_a_name_that_is_no_text_costs_only_its_file(tmp_path: Path) -> None:
    """A name that is not UTF-8, as in old archives, is skipped: no page could show it."""
    (tmp_path / os.fsdecode(b"caf\xe9.mp4")).touch()
    (tmp_path / "none.mp4").touch()
    result = CliRunner().invoke(app, ["batch", str(tmp_path), "--out", str(tmp_path / "out"), "--no-video"])

    assert result.exit_code == 1
    assert "caf\\xe9.mp4: expected a name in UTF-8: rename it" in result.output
    assert [entry.status for entry in Ledger(tmp_path / "out").entries()] == ["failed"]


class FakeRuns:
    """Replaces `run_plan`: writes the results of admitted files, unless the name begins with `crash`."""

    def __init__(self, between: Callable[[int], None] = lambda run: None) -> None:
        self.runs: list[list[str]] = []
        """Names of the files that were started, for each run."""
        self._between = between

    def __call__(
        self, plan: Plan, tick: Callable[[Path], None], *, admit: Callable[[str], bool], **options: object
    ) -> Outcome:
        """Run."""
        self.runs.append([])
        for node in plan.nodes:
            if node.role != "source" or not admit(node.name):
                continue
            name = Path(node.options["source"]).stem
            self.runs[-1].append(name)
            if name.startswith("crash"):
                continue
            work = Path(plan["output.table"].options["path"].replace("{camera}", node.name.removeprefix("camera.")))
            work.mkdir()
            for file in ("faces.csv", "timeline.png"):
                (work / file).touch()
            save_summary(summary(), work / "summary.json")
            tick(Path())
        self._between(len(self.runs))
        return Outcome(code=0)


def summary() -> Summary:
    """Return the summary of a recording without faces."""
    numbers: dict[str, Any] = {"frames_in": 3, "frames_out": 3, "duration_s": 0.1, "fps": 30.0, "faces": 0}
    return Summary(
        camera="x", status="done", error=None, width=64, height=48, model="fast", seconds={}, tracks=[], **numbers
    )


def make_batch(folder: Path, names: Sequence[str] = ()) -> tuple[batch.Batch, Ledger, list[Entry]]:
    """Return a batch over some files, its ledger and their entries."""
    for name in names:
        if not (folder / f"{name}.mp4").exists():
            (folder / f"{name}.mp4").touch()
    ledger = Ledger(folder / "out")
    made = batch.Batch(Config(), ledger, folder / "out", video=False, pictures=False, jobs=1, language="en")
    return made, ledger, ledger.enter(folder / f"{name}.mp4" for name in names)


def statuses(ledger: Ledger) -> dict[str, str]:
    """Return what became of each file."""
    return {entry.directory: entry.status for entry in ledger.entries()}


def test_a_file_that_crashes_its_stages_costs_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crashing file is retried once, alone, and then given up; the other files are processed."""
    monkeypatch.setattr(fetching, "run_plan", runs := FakeRuns())
    work, ledger, entries = make_batch(tmp_path, ["a", "crash-1", "crash-2", "b"])

    assert work.run(entries, lambda counters, names: None)
    assert runs.runs == [["a", "crash-1", "crash-2", "b"], ["crash-1"], ["crash-2"]]
    assert statuses(ledger) == {"a": "done", "crash-1": "failed", "crash-2": "failed", "b": "done"}
    assert all(entry.fault == ("crashed" if entry.status == "failed" else "") for entry in ledger.entries())
    assert not (tmp_path / "out/.partial").exists()


def test_what_another_process_works_on_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that it finishes or fails are not tried again; files that it releases are processed here."""
    other, ledger, entries = make_batch(tmp_path, ["its", "broken", "back", "mine", "failed before"])
    entries[4].status = "failed"
    ledger.settle(entries[4])
    worker = ledger.join(other.all_settings)
    claimed = [ledger.claim(entry.source, worker, lambda entry: False) for entry in entries[:3]]

    def go_on(run: int) -> None:
        """While this process has nothing left to do but to wait."""
        if run > 1:
            return
        for entry, status in zip(claimed[:2], ("done", "failed"), strict=True):
            assert entry is not None
            entry.status, entry.options = status, other.settings  # type: ignore[assignment]
            folder = tmp_path / "out" / entry.directory
            folder.mkdir()
            for name in ("faces.csv", "summary.json", "timeline.png"):
                (folder / name).touch()
            ledger.settle(entry)

    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            ledger.leave(worker)

    monkeypatch.setattr(fetching, "run_plan", runs := FakeRuns(go_on))
    monkeypatch.setattr(batch.time, "sleep", sleep)
    work, _, entries = make_batch(tmp_path, ["its", "broken", "back", "mine", "failed before"])
    assert work.run(entries, lambda counters, names: None)

    assert len(slept) == 2
    assert runs.runs == [["mine", "failed before"], ["back"]]
    done = dict.fromkeys(("its", "back", "mine", "failed before"), "done")
    assert statuses(ledger) == {**done, "broken": "failed"}
    assert {Path(source).stem for source in work.settled} == {"mine", "failed before", "back"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_also_while_it_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """The batch ends in order and releases its claims."""
    other, ledger, entries = make_batch(tmp_path, ["its"])
    worker = ledger.join(other.all_settings)
    assert ledger.claim(entries[0].source, worker, lambda entry: False)
    before = signal.getsignal(number)
    monkeypatch.setattr(batch.time, "sleep", lambda seconds: os.kill(os.getpid(), number))
    work, _, entries = make_batch(tmp_path, ["its"])

    assert not work.run(entries, lambda counters, names: None)
    assert signal.getsignal(number) == before
    assert [path.name for path in (tmp_path / "out/.partial").iterdir()] == [worker.name]
    ledger.leave(worker)


def test_results_that_are_there_stay_until_new_ones_are_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old results are replaced as a whole."""
    monkeypatch.setattr(fetching, "run_plan", FakeRuns())
    work, ledger, entries = make_batch(tmp_path, ["a"])
    place = tmp_path / "out/a"
    place.mkdir()
    (place / "old").touch()

    assert work.run(entries, lambda counters, names: None)
    assert sorted(path.name for path in place.iterdir()) == ["faces.csv", "source.json", "summary.json", "timeline.png"]


def test_a_file_that_grows_while_it_is_processed_is_done_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next batch processes it again."""
    monkeypatch.setattr(fetching, "run_plan", runs := FakeRuns(lambda run: os.utime(tmp_path / "a.mp4", (run, run))))
    work, ledger, entries = make_batch(tmp_path, ["a"])

    assert work.run(entries, lambda counters, names: None)
    assert runs.runs == [["a"]]
    assert [entry.status for entry in ledger.enter([tmp_path / "a.mp4"])] == ["waiting"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "expected recordings and --out, found no recordings"),
        (["x.mp4"], "expected recordings and --out, found no --out"),
        (["x.mp4", "--out", "o", "--shard", "2/2"], "--shard: expected I/N with I from 0 to N-1, found '2/2'"),
        (["x.mp4", "--merge", "o"], "expected --merge OUT alone"),
        (["--merge", "absent"], "expected a folder with results, found absent"),
    ],
)
def test_a_command_line_that_cannot_be_meant_is_refused(arguments: list[str], error: str) -> None:
    """One line gives the reason."""
    assert error in str(CliRunner().invoke(app, ["batch", *arguments]).exception)


def test_names_survive_a_new_analysis(tmp_path: Path) -> None:
    """The new folder replaces the old one, with what someone wrote there kept beside it."""
    made, _, (entry,) = make_batch(tmp_path, ["talk"])
    for run in ("first", "second"):
        work = tmp_path / run
        work.mkdir()
        made.finish(entry, work, summary())
        if run == "first":
            (tmp_path / "out" / "talk" / "persons.csv").write_text("track,person\n1,Ann\n")

    assert not (tmp_path / "out" / "talk" / "persons.csv").exists()
    assert (tmp_path / "out" / "talk" / "persons-before.csv").read_text() == "track,person\n1,Ann\n"
