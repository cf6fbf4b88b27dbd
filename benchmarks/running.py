"""One `emobot run`, started as a user starts it, and observed from outside while it works."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import tomlkit

from pipeline.errors import EmobotError
from pipeline.metrics import names
from pipeline.metrics.counters import Counts, quantile, read_counts

SUPERVISOR = "supervisor"
TITLE = "emobot: "
"""Prefix of the title of each process of a run."""
START_S = 120.0
STOP_S = 30.0
POLL_S, POLL_PART = 0.1, 50.0
"""Seconds between two looks at a run that gets going, at least; and multiple of the time a look takes. The counts of 17
cameras take 25 ms to read: ten times per second, that is a fifth of a core that the cameras lack."""

Tables = Mapping[str, Any]
"""A config, as `config.toml` would hold it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The counters of a run at one time."""

    at_s: float
    counts: Counts
    cpu_s: dict[str, float]
    """CPU time since each stage's start; cameras together are `capture`."""


@dataclass(frozen=True, slots=True)
class Window:
    """The period between two snapshots of a run."""

    first: Snapshot
    last: Snapshot

    @property
    def seconds(self) -> float:
        """Return its length, seconds."""
        return self.last.at_s - self.first.at_s

    @property
    def cpu_s(self) -> dict[str, float]:
        """Return the CPU time of each stage."""
        return {name: s - self.first.cpu_s.get(name, 0.0) for name, s in self.last.cpu_s.items()}

    @property
    def counts(self) -> Counts:
        """Return the counts of this period."""
        return self.last.counts.since(self.first.counts)

    def frames(self, stage: str, *, out: bool = True) -> int:
        """Return how many frames a stage forwarded, or received; `camera.` and `output.` are all of them."""
        return round(self.counts.total(names.FRAMES_OUT if out else names.FRAMES_IN, stage=stage))

    def dropped(self) -> dict[str, int]:
        """Return the number of dropped frames by stage and cause."""
        found: dict[str, int] = defaultdict(int)
        for labels, count in self.counts.rows(names.DROPPED):
            if count:
                found[f"{group(labels['stage'])}: {labels['cause']}"] += round(count)
        return dict(found)

    def age_ms(self, stage: str, q: float, camera: str = "") -> float:
        """Return the `q` quantile, 0 to 1, of frame age at a stage, milliseconds; `output.` is all outputs."""
        return quantile(self.counts.buckets(names.AGE, stage=stage, camera=camera), q) * 1e3


def group(stage: str) -> str:
    """Return the group in which a stage is counted: all cameras together, and all workers of a stage."""
    return "capture" if stage.startswith("camera.") else re.sub(r"\.\d+$", "", stage)


class Running:
    """An `emobot run` in its own processes: `with Running(tables) as run: ...`.

    Args:
        tables: The config; `run.dir`, `metrics` and `log` are set here.
        within: Command that runs it, for example in a network namespace; it must become the run's own process.

    Raises:
        EmobotError: The run ended too early.
    """

    def __init__(self, tables: Tables, within: Sequence[str] = ()) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="emobot-bench-"))
        root = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.directory = Path(tempfile.mkdtemp(prefix="emobot-", dir=root))
        config = self._home / "config.toml"
        own = {"run": {**tables.get("run", {}), "dir": str(self.directory)}, "metrics": {"listen": ""}}
        config.write_text(tomlkit.dumps({**tables, **own, "log": {"level": "warning"}}), encoding="utf-8")
        self.code: int | None = None
        """The exit code, once it has ended."""
        self.leftovers: list[str] = []
        """Its directory and the files in it, if they remained after its end."""
        self.started_s = time.time()
        with (self._home / "log").open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [*within, sys.executable, "-m", "pipeline", "run", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {"PYTHONPATH": _paths()},
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        try:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        finally:
            self.code = self._process.returncode
            if self.directory.exists():
                self.leftovers = [str(self.directory), *map(str, self.directory.rglob("*"))]
            shutil.rmtree(self._home, ignore_errors=True)
            shutil.rmtree(self.directory, ignore_errors=True)

    def log(self) -> str:
        """Return the log of the run."""
        return (self._home / "log").read_text(encoding="utf-8")

    def check(self) -> None:
        """Check that the run is still active.

        Raises:
            EmobotError: It has ended; the text ends with the last line of its log.
        """
        if self._process.poll() is not None:
            said = (self.log().strip().splitlines() or ["nothing"])[-1]
            raise EmobotError(f"expected an active run, found that it ended ({self._process.returncode}): {said}")

    def until(self, condition: Callable[[], bool], seconds: float = START_S) -> None:
        """Wait for a condition.

        Raises:
            EmobotError: It did not hold in time, or the run ended.
        """
        began_s = time.monotonic()
        while True:
            asked_s = time.monotonic()
            if condition():
                return
            self.check()
            now_s = time.monotonic()
            if now_s - began_s > seconds:
                raise EmobotError(f"expected the run to get going within {seconds:.0f} s, found: {self.log()[-300:]}")
            time.sleep(max(POLL_S, POLL_PART * (now_s - asked_s)))

    def wait_for_frames(self, stage: str, count: int, cameras: int = 1) -> None:
        """Wait until a stage has processed `count` frames of each of `cameras` cameras."""

        def seen() -> bool:
            done = self.counts().by(names.FRAMES_OUT, "camera", stage=stage)
            return sum(frames >= count for frames in done.values()) >= cameras

        self.until(seen)

    def window(self, seconds: float) -> Window:
        """Let the run work for this many seconds, and return the window."""
        first = self.snapshot()
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 1.0))
            self.check()
        return Window(first, self.snapshot())

    def counts(self) -> Counts:
        """Return the current counts."""
        return read_counts(self.directory / "metrics")

    def snapshot(self) -> Snapshot:
        """Return the current counts and CPU times."""
        counts = self.counts()
        cpu_s: dict[str, float] = defaultdict(float)
        # the last started is the first of the pipeline
        for name, process in reversed(self.processes()):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            cpu_s[group(name)] += times.user + times.system
        return Snapshot(time.monotonic(), counts, dict(cpu_s))

    def processes(self) -> list[tuple[str, psutil.Process]]:
        """Return the processes of the run with the names of their stages."""
        try:
            root = psutil.Process(self._process.pid)
            return [(_stage(process), process) for process in (root, *root.children(recursive=True))]
        except psutil.NoSuchProcess:
            return []


def _stage(process: psutil.Process) -> str:
    """Return the name of a run's process: its stage, with the worker's number if there are several."""
    try:
        title = " ".join(process.cmdline()).strip()
    except psutil.NoSuchProcess:
        title = ""
    return title.removeprefix(TITLE) if title.startswith(TITLE) else SUPERVISOR


def _paths() -> str:
    """Return `PYTHONPATH` for child processes, so that they find this program even if it is not installed."""
    root = str(Path(__file__).parents[1])
    return os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
