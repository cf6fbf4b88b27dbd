"""A ledger in a folder whose locks other machines do not see, that somebody changes, or whose disk is full."""

import json
import os
from pathlib import Path

import pytest

from pipeline.batch.ledger import Ledger, write_whole
from pipeline.batch.workers import SILENT_S, Settings
from pipeline.errors import ConfigError, EmobotError
from tests.pipeline.batch.claims import SETTINGS, die, is_done, make_file
from tests.support.waiting import until


def test_a_process_of_another_machine_is_alive_while_it_renews(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems keep locks within one machine; one that is silent there for a minute has died."""
    out = tmp_path / "out"
    ledger = Ledger(out)
    (entry,) = ledger.enter([make_file(tmp_path, "talk.mp4")])
    die(out)
    (lock,) = (out / ".partial").glob("*/lock")
    presence = json.loads(lock.read_text())
    lock.write_text(json.dumps({**presence, "kernel": "of another machine"}))

    here = ledger.join(SETTINGS)
    assert ledger.is_held(ledger.entries()[0]) and ledger.claim(entry.source, here, is_done) is None
    with pytest.raises(ConfigError, match="expected the options of the batch that runs in"):
        ledger.join(Settings(options="2", language="en"))
    Ledger(out, mend=True)
    ledger.leave(here)
    assert (lock.parent / "talk").exists()

    os.utime(lock, (lock.stat().st_mtime - SILENT_S - 1,) * 2)
    here = ledger.join(SETTINGS)
    assert not lock.exists() and ledger.claim(entry.source, here, is_done)
    ledger.leave(here)


def test_a_process_renews_the_time_of_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it ends."""
    monkeypatch.setattr("pipeline.batch.workers.RENEW_S", 0.01)
    ledger = Ledger(tmp_path)
    worker = ledger.join(SETTINGS)
    lock = worker.folder / "lock"
    os.utime(lock, (1, 1))
    until(lambda: lock.stat().st_mtime > 1)
    ledger.leave(worker)
    assert not lock.exists()


@pytest.mark.parametrize("replacement", [None, '{"files": []}'])
def test_entries_that_vanish_are_written_again(tmp_path: Path, replacement: str | None) -> None:
    """Whether somebody removed the ledger, or a machine that does not see the lock replaced it by an older one."""
    ledger = Ledger(tmp_path)
    first, second = ledger.enter([make_file(tmp_path / "in", name) for name in ("a.mp4", "b.mp4")])
    worker = ledger.join(SETTINGS)
    claimed = ledger.claim(first.source, worker, is_done)
    assert claimed
    (tmp_path / "batch.json").unlink()
    if replacement is not None:
        (tmp_path / "batch.json").write_text(replacement)
    assert [entry.status for entry in ledger.entries()] == ["working", "waiting"]
    claimed.status = "done"
    moved: list[bool] = []
    ledger.settle(claimed, lambda: moved.append(True))
    before = (tmp_path / "batch.json").read_text()
    assert ledger.claim(second.source, worker, is_done) and moved == [True]
    (tmp_path / "batch.json").write_text(before.replace('"done"', '"working"'))

    ledger.leave(worker)
    assert [entry.status for entry in Ledger(tmp_path).entries()] == ["done", "waiting"]


def test_a_file_that_another_machine_removes_before_it_is_in_place_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes it for one of a dead process, if it does not see the lock."""
    real, removed = Path.replace, [True]

    def replace(self: Path, target: Path) -> Path:
        if removed:
            removed.pop()
            self.unlink()
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    write_whole(tmp_path / "batch.json", {})
    assert [path.name for path in tmp_path.iterdir()] == ["batch.json"]


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing incomplete stays, and the worker's folder goes."""
    ledger = Ledger(tmp_path)
    ledger.enter([])
    worker = ledger.join(SETTINGS)

    def fsync(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fsync)
    with pytest.raises(EmobotError, match=r"^expected to write .*batch\.json, found No space left on device$"):
        ledger.enter([tmp_path / "a.mp4"])
    ledger.leave(worker)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".batch.lock", "batch.json"]
