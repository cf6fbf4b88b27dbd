"""Fixtures of all tests, and a check that no test leaves anything behind."""

import contextlib
import gc
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.supervision.workplace import is_locked, running

# no time limits, which a busy machine breaks, and the same examples each time
settings.register_profile("tests", settings.get_profile("ci"), max_examples=50)
GONE_S = 30.0
"""Seconds to wait for leftovers to disappear: tests in other processes start and end programs, too, and end slowly on a
busy machine."""
REPOSITORY = Path(__file__).resolve().parent.parent


def pytest_collection() -> None:
    """Leave the garbage collector off while modules are imported and tests listed: a second for nothing."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Let the collector see only what tests make: each full collection would take 0.2 s."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)  # after the conftests that mark whole folders
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files with slow tests first: `make test` hands out whole files, and the last ones should be short."""
    slow = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("process")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """Let Ctrl-C reach the programs the tests start, also where a shell runs the tests in its background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def live_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Yield what moves this machine to a time zone, such as `Europe/Berlin`."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="session", autouse=True)
def temporary_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put the temporary files of the program and of its libraries where pytest's own are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("t")))
        patch.setattr(tempfile, "tempdir", None)
        yield


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a child process, a run's directory in /dev/shm or a temporary folder of the program."""
    before = _leavings()
    yield

    end_s = time.monotonic() + GONE_S
    while (left := _leavings() - before) and time.monotonic() < end_s:
        time.sleep(0.05)
    assert not left


def _leavings() -> set[str]:
    children = {pid for pid in _children() if not _is_tracker(pid)}
    temporary = {path for path in _named("emobot-", tempfile.gettempdir()) if not is_locked(path)}
    links = {path for path in _named("emobot.link-", "/dev/shm") if not is_locked(path)}
    runs = {path for path in _named("emobot-", "/dev/shm") if (path / "lock").exists()}
    if runs:  # active ones belong to others, or are among the children
        runs -= set(running())
    return children | {str(path) for path in temporary | links | runs}


def _children() -> set[str]:
    """Return the process IDs of the children; mostly one system call tells that there are none."""
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        children = set()
        for task in Path("/proc/self/task").iterdir():
            with contextlib.suppress(FileNotFoundError):  # a thread that has just ended
                children |= set((task / "children").read_text().split())
        return children
    return set()


def _named(prefix: str, folder: str) -> list[Path]:
    return [Path(folder, name) for name in os.listdir(folder) if name.startswith(prefix)]  # noqa: PTH208 - 0.1 ms less


def _is_tracker(pid: str) -> bool:
    """Tell the resource tracker of multiprocessing, which lives as long as its parent."""
    try:
        return b"resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True


@pytest.fixture
def repository() -> Path:
    """Return the project's folder."""
    return REPOSITORY
