"""Recordings behind URLs are copied before they start."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from pipeline.batch import fetching
from pipeline.batch.batch import Batch
from pipeline.batch.fetching import FETCHED, original
from pipeline.batch.ledger import Ledger
from pipeline.batch.places import find_inputs
from pipeline.batch.results import Summary, save_summary
from pipeline.config.config import Config
from pipeline.config.plan import Plan
from pipeline.supervision.run import Outcome
from tests.support.waiting import POLL_S


@pytest.fixture
def films() -> Iterator[fsspec.AbstractFileSystem]:
    """Some recordings in memory."""
    files = fsspec.filesystem("memory")
    files.store.clear()
    for name in "abcdef":
        files.pipe(f"/films/{name}.mp4", name.encode())
    yield files
    files.store.clear()


class Runs:
    """Replaces `run_plan`: asks for each recording until it is admitted; its table is what was in the recording."""

    def __init__(self, slots: int) -> None:
        self.most = 0
        """Copies that were there at once."""
        self._slots = slots

    def __call__(
        self, plan: Plan, tick: Callable[[Path], None], *, admit: Callable[[str], bool | None], ended: Any
    ) -> Outcome:
        """Run."""
        waiting = {node.name: node for node in plan.nodes if node.role == "source"}
        folder = Path(next(iter(waiting.values())).options["source"]).parent.parent
        while waiting:
            for name in list(waiting)[-self._slots :]:
                if (admitted := admit(name)) is None:
                    continue
                node = waiting.pop(name)
                if admitted:
                    work = plan["output.table"].options["path"].replace("{camera}", name.removeprefix("camera."))
                    process(Path(node.options["source"]), Path(work))
                    ended(name, False)
            self.most = max(self.most, sum(path.stat().st_size > 0 for path in folder.glob("*/*.mp4")))
            tick(Path())
            fetching.threading.Event().wait(POLL_S / 20)
        return Outcome(code=0)


def process(source: Path, work: Path) -> None:
    """Write results."""
    work.mkdir(parents=True)
    (work / "faces.csv").write_bytes(source.read_bytes())
    (work / "timeline.png").touch()
    done: dict[str, Any] = {"status": "done", "error": None, "frames_in": 3, "frames_out": 3, "faces": 0, "fps": 30.0}
    size: dict[str, Any] = {"width": 64, "height": 48, "duration_s": 0.1, "seconds": {}, "tracks": []}
    if source.read_bytes() == b"d":
        done |= {"status": "failed", "frames_in": 0, "frames_out": 0, "error": f"expected a video, found {source}"}
    save_summary(Summary(camera="x", model="fast", **done, **size), work / "summary.json")


def test_each_recording_is_copied_processed_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, films: fsspec.AbstractFileSystem
) -> None:
    """One that vanished or is damaged costs no other; both are named as the user knows them."""
    found = find_inputs(["memory://films"])
    films.rm("/films/c.mp4")
    monkeypatch.setattr(fetching, "run_plan", runs := Runs(slots=2))
    ledger = Ledger(tmp_path / "out")
    batch = Batch(Config(), ledger, tmp_path / "out", video=False, pictures=False, jobs=2, language="en")
    assert batch.run(ledger.enter(found.files), lambda cameras, names: None)

    entries = {entry.directory: entry for entry in ledger.entries()}
    assert [name for name, entry in entries.items() if entry.status == "done"] == ["a", "b", "e", "f"]
    assert all((tmp_path / f"out/{name}/faces.csv").read_text() == name for name in "abef")
    assert (entries["c"].error, entries["c"].fault) == (
        "expected a file, found nothing: memory://films/c.mp4",
        "absent",
    )
    assert entries["d"].error == "expected a video, found memory://films/d.mp4"
    assert 0 < runs.most <= 3
    assert all(entry.claims == 1 for entry in entries.values())


def test_a_store_that_refuses_costs_only_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, films: fsspec.AbstractFileSystem
) -> None:
    """The file system's own text is in the line; an interrupted connection is tried again."""
    real, errors = type(films).get_file, {"a": [PermissionError("no credentials")], "b": [OSError("broken pipe")]}

    def get_file(self: Any, there: str, *arguments: Any, **options: Any) -> Any:
        if waiting := errors.get(Path(there).stem):
            raise waiting.pop()
        return real(self, there, *arguments, **options)

    monkeypatch.setattr(type(films), "get_file", get_file)
    monkeypatch.setattr(fetching, "run_plan", Runs(slots=1))
    ledger = Ledger(tmp_path / "out")
    batch = Batch(Config(), ledger, tmp_path / "out", video=False, pictures=False, jobs=1, language="en")
    batch.run(ledger.enter(["memory://films/a.mp4", "memory://films/b.mp4"]), lambda cameras, names: None)

    first, second = ledger.entries()
    assert first.error == "expected to read memory://films/a.mp4, found PermissionError: no credentials"
    assert (first.fault, second.status) == ("login", "done")


@pytest.mark.parametrize("source", ["/films/cut.mp4", "s3://films/cut.mp4"])
def test_an_error_does_not_name_its_recording_again(source: str) -> None:
    """The line that reports it begins with the recording."""
    copy = f"/tmp/x/{FETCHED}/cut.mp4"

    assert original("cut.mp4: expected video, found none", source) == "expected video, found none"
    assert original(f"expected video, found none in {copy}", source) == f"expected video, found none in {source}"
    if source.startswith("s3"):
        assert original("recording.mp4: expected video, found none", source) == "expected video, found none"
    assert original("a.mp4: expected video; b.mp4: too", "/films") == "a.mp4: expected video; b.mp4: too"
