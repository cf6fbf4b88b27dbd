"""The directory of a run."""

import fcntl
import os
import shutil
import threading
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.supervision import workplace
from pipeline.supervision.workplace import Workplace


def test_it_is_gone_when_the_run_is(tmp_path: Path) -> None:
    """All files in it are removed too."""
    with Workplace(str(tmp_path / "run")) as place:
        (place.path / "a.1.ring").touch()
        assert (place.path / "metrics").is_dir()

    assert not (tmp_path / "run").exists()


def test_two_runs_do_not_share_it(tmp_path: Path) -> None:
    """The second run is refused, and the first continues."""
    with Workplace(str(tmp_path / "run")) as place:
        with pytest.raises(ConfigError, match="in use"):
            Workplace(str(tmp_path / "run"))
        assert (place.path / "metrics").is_dir()


def test_a_start_that_another_sweeps_away_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another start removes the directory before it is locked, it is created again."""
    lock = fcntl.flock
    swept = []

    def sweep_first(file: int, how: int) -> None:
        if not swept:
            swept.append(shutil.rmtree(tmp_path / "run"))
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", sweep_first)
    with Workplace(str(tmp_path / "run")) as place:
        assert swept
        with pytest.raises(ConfigError, match="in use"):
            Workplace(str(tmp_path / "run"))
        assert (place.path / "metrics").is_dir()


def test_a_look_at_the_lock_refuses_no_start(tmp_path: Path) -> None:
    """A process that lists the runs holds the lock only briefly."""
    (tmp_path / "run").mkdir()
    file = os.open(tmp_path / "run" / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(file, fcntl.LOCK_EX)
    look = threading.Timer(0.05, os.close, [file])
    look.start()
    with Workplace(str(tmp_path / "run")) as place:
        assert (place.path / "metrics").is_dir()
    look.join()


def test_what_an_earlier_run_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    """A directory given by name may be the wrong one: only what runs make is touched."""
    (tmp_path / "old.1.ring").touch()
    (tmp_path / "ready").touch()
    (tmp_path / "thesis.docx").touch()
    place = Workplace(str(tmp_path))
    left = sorted(path.name for path in tmp_path.iterdir())
    (tmp_path / "thesis.docx").unlink()
    with place:
        pass

    assert left == ["lock", "metrics", "thesis.docx"]


def test_a_directory_that_cannot_be_is_refused() -> None:
    """One line names it."""
    with pytest.raises(ConfigError, match=r"expected a directory to write to, found /proc/nowhere"):
        Workplace("/proc/nowhere/x")


def test_a_name_that_somebody_else_has_taken_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run makes a directory of its own, which only its user can enter."""
    monkeypatch.setattr(workplace, "tmpfs", lambda: tmp_path)
    (tmp_path / f"emobot-{os.getpid()}").mkdir(mode=0o777)
    with Workplace() as place, Workplace() as other:
        assert place.path != other.path
        assert {path.stat().st_mode & 0o777 for path in (place.path, other.path)} == {0o700}
        assert sorted(workplace.running()) == sorted([place.path, other.path])

    assert [path.name for path in tmp_path.iterdir()] == [f"emobot-{os.getpid()}"]
