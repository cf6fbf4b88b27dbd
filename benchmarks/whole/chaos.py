"""Injects the faults of a chaos run one by one, and waits for the recovery from each."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psutil

from benchmarks.cameras import Place
from benchmarks.running import Running
from benchmarks.whole.arrivals import ArrivalsReader
from benchmarks.whole.deeds import Deed
from benchmarks.whole.listener import Listener
from benchmarks.whole.losses import Harm, Mark
from pipeline.errors import ConfigError, EmobotError
from pipeline.metrics import names
from pipeline.supervision.changes import Change, change

HANG_S = 3.0
"""Seconds without a heartbeat after which a frozen process is replaced (`[run] hang_s` of the run)."""
SLOWEST_S = 40.0
"""Seconds after which a missing recovery counts as a failure."""
REST_S = 2.0
"""Seconds of rest after a fault, during which every frame must arrive or be counted."""
SERVER = ("-m", "benchmarks.whole.camera_server")
CAMERA = {"source": "demo", "width": 640, "height": 360, "fps": 15.0}


class Servers:
    """Simulated network cameras.

    Args:
        count: Number of cameras.
    """

    def __init__(self, count: int) -> None:
        self.ports = [_free_port() for _ in range(count)]
        self.processes = [self._start(port) for port in self.ports]

    def revive(self, n: int) -> None:
        """Restart a killed server, or resume a stopped one."""
        if self.processes[n].poll() is None:
            self.processes[n].send_signal(signal.SIGCONT)
        else:
            self.processes[n] = self._start(self.ports[n])

    def close(self) -> None:
        """Stop all servers."""
        for process in self.processes:
            process.kill()
            process.wait()

    @staticmethod
    def _start(port: int) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, *SERVER, str(port)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


def tables(cameras: int, servers: Servers, place: Place, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration: network cameras, demo cameras, events, and outputs that record frames."""
    of_network = {"transport": "tcp", "stall_s": 2.0, "max_backoff_s": 1.0}
    sources = [{"source": f"rtsp://127.0.0.1:{port}/camera", **of_network} for port in servers.ports]
    sources += [{**CAMERA, "seed": n} for n in range(cameras - len(sources))]
    return {
        "run": {"hang_s": HANG_S},
        "camera": {f"c{n}": source for n, source in enumerate(sources)},
        **options,
        "output": {
            "events": {"kind": "events", "address": place.events},
            "frames": {"use": "benchmarks.whole.arrivals:Arrivals", "path": str(place.path / "frames")},
            "pictures": {"use": "benchmarks.whole.arrivals:Pictures", "path": str(place.path / "pictures")},
        },
    }


@dataclass(slots=True)
class Done:
    """The result of a fault."""

    deed: Deed
    at_s: float
    """Seconds since the start of the chaos."""
    recovery_s: float = 0.0
    """Seconds until all affected cameras had an event or frame captured after the fault, or until a change was
    applied."""
    excess_s: float = 0.0
    """The same, excluding the `HANG_S` before a frozen process may be replaced."""
    problem: str = ""
    """Description of the failure; empty without one."""


@dataclass(slots=True)
class Chaos:
    """One run and the faults injected into it.

    Args:
        run: The run.
        servers: Its simulated network cameras.
        names: Names of its cameras.
        listener: Subscriber to its events.
        pictures: Reader of the frames recorded by the video output.
    """

    run: Running
    servers: Servers
    names: tuple[str, ...]
    listener: Listener
    pictures: ArrivalsReader
    harms: list[Harm] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    told: list[tuple[str, int]] = field(default_factory=list)
    """Cameras that were asked to stop, and when."""
    kills: Counter[str] = field(default_factory=Counter)
    _shown: dict[str, int] = field(default_factory=dict)

    def mark(self) -> None:
        """Record the counters."""
        dropped: Counter[tuple[str, str]] = Counter()
        for labels, count in self.run.counts().rows(names.DROPPED):
            dropped[labels["stage"], labels["camera"]] += round(count)
        self.marks.append(Mark(time.time_ns(), dropped))

    def do(self, deed: Deed, since_s: float) -> Done:
        """Inject a fault, wait for the recovery, and rest."""
        done = Done(deed, time.monotonic() - since_s)
        try:
            if deed.kind in ("kill", "freeze", "hold"):
                self._harm(deed, done)
            elif deed.kind == "set":
                self._set(deed, done)
            elif deed.kind == "mistake":
                self._mistake(deed, done)
            else:
                self._come_and_go(deed, done)
        except EmobotError as error:
            done.problem = done.problem or str(error)
        time.sleep(REST_S)
        self.run.check()
        return done

    def _harm(self, deed: Deed, done: Done) -> None:
        self.mark()
        began_ns = self.marks[-1].at_ns
        stages = [name for name in deed.whom if not name.startswith("server.")]
        for name in deed.whom:
            self._strike(name, deed.kind)
        after_ns = time.time_ns()
        gone = [int(name.partition(".")[2]) for name in deed.whom if name.startswith("server.")]
        if gone or deed.kind == "hold":
            time.sleep(deed.seconds)
        for n in gone:
            self.servers.revive(n)
        revived_ns = time.time_ns() if gone or deed.kind == "hold" else after_ns
        if deed.kind == "hold":
            for _, process in self._processes(deed.whom):
                process.send_signal(signal.SIGCONT)
        all_back = self._wait(deed.whom, revived_ns)
        done.recovery_s = (time.time_ns() - revived_ns) / 1e9
        frozen = deed.kind == "freeze" and bool(stages)
        done.excess_s = max(0.0, done.recovery_s - (HANG_S if frozen else 0.0))
        done.problem = "" if all_back else f"no recovery within {SLOWEST_S:.0f} s"
        if deed.kind != "hold":
            self.mark()
            self.harms += [Harm(name, began_ns, self.marks[-1].at_ns) for name in stages]
            self.kills.update(stages)

    def _strike(self, name: str, kind: str) -> None:
        number = signal.SIGKILL if kind in ("kill", "set") else signal.SIGSTOP
        if name.startswith("server."):
            server = self.servers.processes[int(name.partition(".")[2])]
            server.send_signal(number)
            if number == signal.SIGKILL:
                server.wait()
            return
        for _, process in self._processes((name,)):
            process.send_signal(number)

    def _processes(self, names: tuple[str, ...]) -> list[tuple[str, psutil.Process]]:
        found = {name: process for name, process in self.run.processes() if name in names}
        return list(found.items())

    def _set(self, deed: Deed, done: Done) -> None:
        """Change options; meanwhile kill the named processes, if any."""
        with ThreadPoolExecutor(1) as pool:
            began_s = time.monotonic()
            applied = pool.submit(self._change, Change(table=deed.table, keys=deed.keys))
            if deed.whom:
                time.sleep(deed.seconds / 2)
                self._harm(deed, done)
            applied.result()
        if not deed.whom:
            done.recovery_s = time.monotonic() - began_s

    def _mistake(self, deed: Deed, done: Done) -> None:
        try:
            self._change(Change(table=deed.table, keys=deed.keys))
            done.problem = "accepted"
        except ConfigError:
            pass

    def _come_and_go(self, deed: Deed, done: Done) -> None:
        """Pause and resume a camera, or add and remove one; all its frames must arrive."""
        name = deed.table.removeprefix("camera.")
        adds = deed.kind == "add"
        began_ns = time.time_ns()
        first, second = ({**CAMERA, **deed.keys}, None) if adds else ({"enabled": False}, {"enabled": None})
        self._change(Change(table=deed.table, keys=first))
        if adds and not self.listener.until(lambda heard: heard.newest.get(name, 0.0) > began_ns / 1e9, SLOWEST_S):
            done.problem = "no event from the added camera"
        if not adds:
            self.told.append((name, time.time_ns()))
        time.sleep(deed.seconds)
        began_s, began_ns = time.monotonic(), time.time_ns()
        if adds:
            self.told.append((name, began_ns))
        self._change(Change(table=deed.table, keys=second))
        done.recovery_s = time.monotonic() - began_s
        if not adds and not self.listener.until(lambda heard: heard.newest.get(name, 0.0) > began_ns / 1e9, SLOWEST_S):
            done.problem = "no event from the resumed camera"

    def _change(self, wanted: Change) -> None:
        change(self.run.directory, wanted)

    def _wait(self, whom: tuple[str, ...], after_ns: int) -> bool:
        """Wait until every affected camera has an event (or, after the overlay, a frame) captured from now on."""
        cameras = set(self.names)
        if not any(name in ("detect", "emotion", "overlay", "output.events") for name in whom):
            cameras = {name.removeprefix("camera.").replace("server.", "c") for name in whom}

        def back() -> bool:
            for one in self.pictures.read():
                if one.state == "live":
                    self._shown[one.camera] = one.captured_ns
            shown = "overlay" not in whom or all(self._shown.get(name, 0) > after_ns for name in cameras)
            return shown and all(self.listener.newest.get(name, 0.0) > after_ns / 1e9 for name in cameras)

        return self.listener.until(lambda heard: back(), SLOWEST_S)


@contextlib.contextmanager
def left_behind(run: Running) -> Iterator[list[str]]:
    """Yield a list; after the block, which ends the run, it contains the processes and files left behind."""
    found: list[str] = []
    before = {process.pid: name for name, process in run.processes()}
    yield found
    found += [f"process {name}" for pid, name in before.items() if psutil.pid_exists(pid)]
    found += run.leftovers


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
