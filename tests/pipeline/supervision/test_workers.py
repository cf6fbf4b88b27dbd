"""The fork server and its workers: small processes of a stub stage."""

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from msgspec.structs import replace

from pipeline.config.plan import Plan
from pipeline.supervision.workers import ForkServer, Worker
from pipeline.worker.process import start
from tests.support.plans import STUBS, make_plan
from tests.support.waiting import until

pytestmark = pytest.mark.process


@pytest.fixture
def server() -> Iterator[ForkServer]:
    """Return a fork server."""
    with closing(ForkServer()) as server:
        yield server


def plan(folder: Path, use: str = f"{STUBS}:Write", **options: str) -> Plan:
    """Return a plan with an output of this class, which waits for frames that never come."""
    made = make_plan(run={"dir": str(folder)})
    options = options or {"path": str(folder / "note")}
    changed = {"output.note": replace(made["output.note"], use=use, options=options)}
    return replace(made, nodes=tuple(changed.get(node.name, node) for node in made.nodes))


def process() -> psutil.Process:
    """Return the server's process."""
    children = psutil.Process().children()
    return next(child for child in children if "emobot fork server" in " ".join(child.cmdline()))


def begin(server: ForkServer, plan: Plan, incarnation: int = 0) -> Worker:
    """Start a worker of the plan's output."""
    return server.start(start, plan, "output.note", 0, os.getpid(), incarnation)


def end(worker: Worker) -> int | None:
    """Kill a worker and return its exit code."""
    worker.kill()
    worker.join()
    worker.close()
    return worker.exitcode


def test_a_worker_is_a_child_of_the_supervisor(server: ForkServer, tmp_path: Path) -> None:
    """So the kernel reports its end, also to `waitpid`, and kills it when the supervisor dies."""
    worker = begin(server, plan(tmp_path))
    until(lambda: (tmp_path / "note").exists())

    assert psutil.Process(worker.pid).ppid() == os.getpid()
    assert worker.is_alive() and worker.exitcode is None
    assert "emobot: output.note" in " ".join(psutil.Process(worker.pid).cmdline())
    assert end(worker) == -signal.SIGKILL
    assert not worker.is_alive()


def test_a_worker_has_the_state_of_the_supervisor(
    server: ForkServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Environment, module path and current folder are those at its start, not those at the start of the server."""
    end(begin(server, plan(tmp_path)))
    (tmp_path / "late.py").write_text(
        "import os\nfrom pathlib import Path\nfrom tests.pipeline.stubs import Write\n"
        "class Late(Write):\n    def __init__(self, *, path):\n        Path(os.environ['WRITES']).touch()\n"
    )
    monkeypatch.setenv("WRITES", "written")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    worker = begin(server, plan(tmp_path, "late:Late"))
    until((tmp_path / "written").exists)

    end(worker)


def test_the_server_ignores_signals_to_all_processes(server: ForkServer, tmp_path: Path) -> None:
    """A terminal or systemd signals every process of a run; the server may have to start another worker."""
    end(begin(server, plan(tmp_path)))
    before = process()
    for number in (signal.SIGINT, signal.SIGTERM):
        before.send_signal(number)
        end(begin(server, plan(tmp_path)))

        assert process() == before


def test_a_killed_server_costs_no_worker(server: ForkServer, tmp_path: Path) -> None:
    """Its workers continue, and the next start starts another server."""
    worker = begin(server, plan(tmp_path))
    before = process()
    before.kill()
    until(lambda: before.status() == psutil.STATUS_ZOMBIE)
    other = begin(server, plan(tmp_path), 1)

    assert process() != before
    assert worker.is_alive() and other.is_alive()
    assert end(worker) == end(other) == -signal.SIGKILL


def test_a_system_without_descriptors_costs_no_worker(server: ForkServer, tmp_path: Path) -> None:
    """The error says what is missing; the next start works again, and a worker that runs continues."""
    worker = begin(server, plan(tmp_path))
    few = process().pid, resource.RLIMIT_NOFILE
    soft, hard = resource.prlimit(*few)
    resource.prlimit(*few, (4, hard))
    with pytest.raises(OSError, match="Too many open files"):
        begin(server, plan(tmp_path), 1)
    resource.prlimit(*few, (soft, hard))
    other = begin(server, plan(tmp_path), 1)

    assert worker.is_alive() and other.is_alive()
    assert end(worker) == end(other) == -signal.SIGKILL
