"""The file of a history: what is forgotten, and what becomes of rows while the disk fails."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError
from pipeline.history.clock import FIRST_S
from pipeline.history.write import History
from pipeline.messages import Label
from stages import history as module
from stages.history import FORGET_EVERY_S, HistoryFile
from tests.stages.history.keeping import Kept, frame


def test_old_days_are_forgotten(tmp_path: Path) -> None:
    """Old rows are deleted during the run."""
    kept = Kept(tmp_path / "h.sqlite", keep_days=1)
    with closing(kept.stage):
        kept.see(frame(FIRST_S + 60, (1, "happy")), frame(FIRST_S + 60 + 86_400, (1, "happy")))
        kept.see(frame(FIRST_S + 130 + 86_400 + FORGET_EVERY_S, (2, "happy")))

    assert min(row.at for row in kept.minutes()) >= FIRST_S + 86_400
    assert min(event[0] for event in kept.events()) >= FIRST_S + 86_400


@pytest.mark.slow
def test_the_file_stays_below_its_megabytes(tmp_path: Path) -> None:
    """A crowd that comes and goes fits into one."""
    kept = Kept(tmp_path / "h.sqlite", max_mb=1)
    with closing(kept.stage):
        for i in range(400):
            people: list[tuple[int, Label]] = [(i * 75 + j, "happy") for j in range(75)]
            kept.see(frame(1000 + 2 * i, *people))
            if i % 20 == 19:
                files = [file for file in tmp_path.iterdir() if file.suffix != ".sqlite-shm"]
                assert sum(file.stat().st_size for file in files) < 1.3e6
    newest = max(event[0] for event in kept.events())

    assert newest == 1000 + 2 * 399
    assert 500 < len(kept.events()) < 59_000


def fail(*rows: object) -> None:
    """Stand in for a full disk."""
    raise sqlite3.OperationalError("database or disk is full")


def test_a_disk_that_fails_for_a_while_costs_nothing(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that could not be written are written later, and the stage keeps working."""
    kept.see(frame(60, (1, "happy")))
    with monkeypatch.context() as patch:
        patch.setattr(History, "write", fail)
        kept.see(*(frame(60.5 + i / 10, (1, "happy" if i % 2 else "sad")) for i in range(10)))
    assert len(kept.events()) == 2
    kept.see(frame(62, (1, "happy")))

    assert len(kept.events()) == 2 + 10
    assert sum(sum(row.seconds.values()) for row in kept.minutes()) == pytest.approx(2.0)
    assert kept.stage.counts["lost"] == 0


def test_what_waits_for_a_disk_is_bounded(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest events are lost first, and counted."""
    monkeypatch.setattr(module, "MOST_WAITING", 20)
    with monkeypatch.context() as patch:
        patch.setattr(History, "write", fail)
        kept.see(*(frame(60 + 2 * i, (1, "happy" if i % 2 else "sad")) for i in range(50)))
        lost = kept.stage.counts["lost"]
    kept.see(frame(162, (1, "happy")))

    assert lost > 20
    assert kept.events()[-1][0] == 158 and len(kept.events()) <= 22


def test_a_file_that_is_no_history_is_refused(tmp_path: Path) -> None:
    """The file is not overwritten."""
    (tmp_path / "letter").write_text("dear " * 1000)
    with pytest.raises(ConfigError, match="letter"):
        HistoryFile(path=str(tmp_path / "letter"))
    assert (tmp_path / "letter").read_text().startswith("dear")


def test_a_file_that_is_damaged_meanwhile_costs_no_new_row(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is kept beside the new one, and the run continues."""
    kept.see(frame(60, (1, "happy")))
    whole = History.write

    def damaged(self: History, *rows: Any) -> None:
        monkeypatch.setattr(History, "write", whole)
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT_INDEX
        raise error

    monkeypatch.setattr(History, "write", damaged)
    kept.see(frame(61, (1, "sad"), (2, "happy")))

    assert [event[1:] for event in kept.events()] == [("changed", "happy", "sad"), ("appeared", "", "happy")]
    assert kept.path.with_name(f"{kept.path.name}.damaged").exists()
    assert caplog.text.count("is damaged (database disk image is malformed); it is now") == 1
