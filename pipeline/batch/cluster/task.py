"""The task of a recording, in a worker of Ray. The worker keeps the processes that it started for the next task."""

import atexit
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psutil

from pipeline.batch.cluster.letters import Answer, Order
from pipeline.errors import EXIT_CONFIG
from pipeline.metrics.camera_totals import CameraSummary

POLL_S = 0.2
"""Seconds after which a cancelled task notices."""
BEAT_S = 2.0
"""Seconds after which a task reports that it has nothing new: the driver gives up a silent one."""
STOP_S = 6.0
"""Seconds the processes may take to stop in order."""
CHUNK = 4 << 20
"""Bytes of result files that travel at once."""
MOST = 100
"""Recordings after which the processes are replaced: they count each in a file of its own."""
NODE = "pipeline.cli.recordings.node"
"""The module that runs as the processes on a node."""


class Part(NamedTuple):
    """Some bytes of a result file."""

    name: str
    """Path in the folder of results."""
    data: bytes


class Failed(NamedTuple):
    """Why a recording has no results."""

    error: str
    node: str
    """ID of the node if it can process no recording; empty otherwise."""


class Complete(NamedTuple):
    """All results were sent."""

    node: str
    """ID of the node."""
    processes: int = 0
    """Process ID of the processes that stay for the next recording."""


Item = CameraSummary | list[Part] | Failed | Complete | None
"""Progress, results, and how it ended; None: nothing new."""


def process(assignment: bytes, camera: str) -> Iterator[Item]:
    """Process a recording, and yield its progress and its results.

    Args:
        assignment: A line of JSON, see `Assignment`.
        camera: The recording.
    """
    processes = Processes.of(assignment)
    yield None
    try:
        yield from processes.process(camera)
        yield Complete(_node(), processes.pid)
    except Ended as end:
        processes.stop()
        yield Failed(str(end), _node() if end.code == EXIT_CONFIG else "")
    except BaseException:
        # cancelled: Ctrl-C at the driver
        processes.stop()
        raise


def end(processes: Iterable[int]) -> None:
    """End what stays on this node for other recordings: Ray would kill it before it has removed its files.

    Args:
        processes: Process IDs; those that are no processes of a task any more are skipped.
    """
    left = [process for pid in processes if (process := _find(pid))]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    end_s = time.monotonic() + STOP_S
    while any(_runs(process) for process in left) and time.monotonic() < end_s:
        time.sleep(POLL_S / 4)


class Ended(Exception):
    """The processes ended by themselves.

    Args:
        code: Exit code, or a negative signal number.
        error: What they reported.
    """

    def __init__(self, code: int, error: str) -> None:
        self.code = code
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        super().__init__(error or f"its processes ended with {how}")


class Processes:
    """The processes on this node, in this worker's process group, which ends with the worker."""

    _current: "Processes | None" = None

    def __init__(self, assignment: bytes, devices: str | None) -> None:
        self._assignment = assignment
        self._devices = devices
        self._count = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", NODE, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._rest = b""
        atexit.register(self.stop)
        self._write(assignment)

    @classmethod
    def of(cls, assignment: bytes) -> "Processes":
        """Return those of an assignment on the graphics cards of this task, started if there are none."""
        devices = os.environ.get("CUDA_VISIBLE_DEVICES")
        old = cls._current
        if old and old._is_for(assignment, devices):
            return old
        if old:
            old.stop()
        cls._current = cls(assignment, devices)
        return cls._current

    @property
    def pid(self) -> int:
        """Return the ID of the first of them."""
        return self._process.pid

    def process(self, camera: str) -> Iterator[Item]:
        """Yield the progress and the results of a recording.

        Raises:
            Ended: The processes ended.
        """
        self._count += 1
        self._write(msgspec.json.encode(Order(camera=camera)))
        while True:
            answer = self._read()
            if answer is None:
                yield None
                continue
            if answer.error:
                raise Ended(self._process.wait(), answer.error)
            if answer.camera:
                yield answer.camera
            if answer.folder:
                yield from _parts(Path(answer.folder))
                return

    def stop(self) -> None:
        """End the processes by SIGTERM, and by SIGKILL if they take too long."""
        atexit.unregister(self.stop)
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def _is_for(self, assignment: bytes, devices: str | None) -> bool:
        same = (self._assignment, self._devices) == (assignment, devices)
        return same and self._count < MOST and self._process.poll() is None

    def _write(self, line: bytes) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # `_read` finds out why

    def _read(self) -> Answer | None:
        """Return the next answer, None after `BEAT_S`; poll, since a cancellation does not interrupt a system call."""
        assert self._process.stdout
        end_s = time.monotonic() + BEAT_S
        while b"\n" not in self._rest:
            if not select.select([self._process.stdout], [], [], POLL_S)[0]:
                if time.monotonic() > end_s:
                    return None
                continue
            data = os.read(self._process.stdout.fileno(), 1 << 16)
            if not data:
                raise Ended(self._process.wait(), "")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return msgspec.json.decode(line, type=Answer)


def _find(pid: int) -> psutil.Process | None:
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        if NODE in process.cmdline():
            return process
    return None


def _runs(process: psutil.Process) -> bool:
    """Return whether a process of another worker runs; one that has ended stays a zombie until that worker looks."""
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _node() -> str:
    """Return the ID of this node; empty outside of Ray."""
    ray: Any = sys.modules.get("ray")
    return str(ray.get_runtime_context().get_node_id()) if ray and ray.is_initialized() else ""


def _parts(folder: Path) -> Iterator[list[Part]]:
    """Yield the files of a folder, small ones together, and remove them."""
    parts: list[Part] = []
    room = CHUNK
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        with path.open("rb") as file:
            data = file.read(room)
            while True:
                parts.append(Part(name, data))
                room -= len(data)
                if not room:
                    yield parts
                    parts, room = [], CHUNK
                if not (data := file.read(room)):
                    break
        path.unlink()
    if parts:
        yield parts
