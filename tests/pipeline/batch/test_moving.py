"""Recordings that are elsewhere than in the batch before."""

import os
from pathlib import Path

import pytest

from pipeline.batch.ledger import RECORD, Ledger, write_whole
from tests.pipeline.batch.claims import SETTINGS, make_file


def finish(out: Path, files: list[Path]) -> dict[str, str]:
    """Let a batch finish these files; return their folders of results by path."""
    ledger = Ledger(out)
    for entry in ledger.enter(files):
        entry.status = "done"
        ledger.settle(entry)
        (out / entry.directory).mkdir(exist_ok=True)
        write_whole(out / entry.directory / RECORD, entry)
    return {entry.source: entry.directory for entry in ledger.entries()}


def test_recordings_that_were_moved_keep_their_results(tmp_path: Path) -> None:
    """With the whole study to another disk: no second folder of each, whose names nobody has corrected."""
    names = ["anna/talk.mp4", "ben/talk.mp4", "intro.mp4"]
    finish(tmp_path / "old" / "out", [make_file(tmp_path / "old" / Path(n).parent, Path(n).name) for n in names])
    (tmp_path / "old").rename(tmp_path / "new")
    out, files = tmp_path / "new" / "out", [tmp_path / "new" / name for name in names]
    entries = Ledger(out).enter(files)

    assert [(e.source, e.directory, e.status) for e in entries] == [
        (str(files[0]), "talk", "done"),
        (str(files[1]), "talk-2", "done"),
        (str(files[2]), "intro", "done"),
    ]
    assert [entry.source for entry in Ledger(out).entries()] == list(map(str, files))
    (out / "batch.json").unlink()
    assert {e.source for e in Ledger(out, mend=True).entries()} == set(map(str, files))


@pytest.mark.parametrize(
    "why", ["is still there", "has another size", "has another name", "could be either", "is absent"]
)
def test_recordings_that_may_be_others_are_not_taken_for_moved(tmp_path: Path, why: str) -> None:
    """They get folders of their own."""
    old = [make_file(tmp_path / name, "talk.mp4") for name in ("a", "b" if why == "could be either" else "a")]
    finished = finish(tmp_path / "out", old)
    new = make_file(tmp_path / "c", "other.mp4" if why == "has another name" else "talk.mp4")
    if why == "has another size":
        new.write_text("longer than before")
    if why == "is absent":
        new.unlink()
        finished = finish(tmp_path / "out", [tmp_path / "gone" / "talk.mp4"])
    for file in set(old) if why != "is still there" else ():
        file.unlink()
    (entry,) = Ledger(tmp_path / "out").enter([new])

    assert entry.status == "waiting"
    assert entry.directory not in finished.values()


def test_a_moved_recording_that_was_changed_is_processed_again(tmp_path: Path) -> None:
    """In its folder, whose names are kept as after any change."""
    old = make_file(tmp_path / "a", "talk.mp4")
    finish(tmp_path / "out", [old])
    new = old.rename(tmp_path / "talk.mp4")
    os.utime(new, (1, 1))
    (entry,) = Ledger(tmp_path / "out").enter([new])

    assert (entry.status, entry.directory) == ("waiting", "talk")


def test_nothing_is_taken_from_a_batch_at_work(tmp_path: Path) -> None:
    """On another machine, the same file may be elsewhere."""
    old = make_file(tmp_path / "a", "talk.mp4")
    finish(tmp_path / "out", [old])
    new = old.rename(tmp_path / "talk.mp4")
    ledger = Ledger(tmp_path / "out")
    worker = ledger.join(SETTINGS)
    (entry,) = ledger.enter([new])
    ledger.leave(worker)

    assert entry.directory == "talk-2"
