"""Test doubles for `pipeline`: links in memory, and a clock that only tests advance."""

import heapq
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from prometheus_client import REGISTRY

from pipeline.config.config import Run
from pipeline.config.plan import Node, Plan, RunnerKeys
from pipeline.messages import Frame
from pipeline.stage import Stage
from pipeline.transport.wire import Codec
from pipeline.worker.pulse import Pulse

SIDE = 4
"""Width and height of the pictures, pixels."""
STOP = 15


class Clock:
    """Replaces the module `time`: every sleep or wait advances it, and runs the actions that are due meanwhile."""

    def __init__(self) -> None:
        self.now_ns = 1_000_000_000_000
        self._due: list[tuple[int, int, Callable[[], object]]] = []
        self._number = count()

    def at(self, seconds: float, happens: Callable[[], object]) -> None:
        """Run an action this many seconds from now."""
        heapq.heappush(self._due, (self.now_ns + round(seconds * 1e9), next(self._number), happens))

    def sleep(self, seconds: float) -> None:
        """Advance the clock."""
        self.wait(seconds, lambda: False)

    def wait(self, seconds: float, condition: Callable[[], bool]) -> bool:
        """Advance until a condition holds, by at most this many seconds; return whether it holds."""
        until_ns = self.now_ns + round(seconds * 1e9)
        while not condition() and self._due and self._due[0][0] <= until_ns:
            at_ns, _, happens = heapq.heappop(self._due)
            self.now_ns = max(self.now_ns, at_ns)
            happens()
        if condition():
            return True
        self.now_ns = max(self.now_ns, until_ns)
        return False

    def monotonic_ns(self) -> int:
        """Return the time, nanoseconds."""
        return self.now_ns

    def monotonic(self) -> float:
        """Return the time, seconds."""
        return self.now_ns / 1e9

    time_ns = monotonic_ns
    time = perf_counter = monotonic

    def install(self, patch: pytest.MonkeyPatch, *modules: str) -> None:
        """Take the place of the module `time` in modules of `pipeline`."""
        for module in modules:
            patch.setattr(f"pipeline.{module}.time", self)


class Network:
    """All links, by address; messages are encoded like on real ones."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.queues: dict[str, deque[list[bytes]]] = defaultdict(deque)
        self.bound: list[str] = []
        self.inlets: dict[str, Inlet] = {}
        """The last reader at each address."""
        self.limit: int | None = None
        """How many messages may wait for a reader; None: as many as its sender says."""
        self.away: set[str] = set()
        """Addresses on other machines at which nobody listens."""

    def inlet(self, address: str, kind: type[msgspec.Struct], high_water_mark: int = 256, key: None = None) -> "Inlet":
        """Listen."""
        self.bound.append(address)
        self.inlets[address] = Inlet(self, address, kind)
        return self.inlets[address]

    def outlet(
        self, address: str, kind: type[msgspec.Struct], high_water_mark: int = 256, key: None = None
    ) -> "Outlet":
        """Connect."""
        return Outlet(self, address, kind, high_water_mark)

    def arrived(self, address: str) -> list[Frame]:
        """Return the frames that wait at an address, and take them away."""
        frames = [Codec(Frame).decode(parts) for parts in self.queues[address]]
        self.queues[address].clear()
        return frames

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Take the place of the real links."""
        for module in ("worker.runner", "supervision.supervisor"):
            patch.setattr(f"pipeline.{module}.Inlet", self.inlet)
        patch.setattr("pipeline.transport.delivery.Outlet", self.outlet)


class Inlet:
    """Receives, as `pipeline.transport.link.Inlet`; waiting moves the clock."""

    refused = 0

    def __init__(self, network: Network, address: str, kind: type[msgspec.Struct]) -> None:
        self._network, self._address = network, address
        self._codec = Codec(kind)

    def receive(self, timeout_s: float, most: int = 1, max_wait_ms: float = 0.0) -> Iterator[Any]:
        """Yield what has arrived."""
        queue, clock = self._network.queues[self._address], self._network.clock
        until_s = clock.monotonic() + timeout_s
        for n in range(most):
            if not clock.wait(max(0.0, until_s - clock.monotonic()), lambda: bool(queue)):
                return
            yield self._codec.decode(queue.popleft())
            until_s = until_s if n else clock.monotonic() + max_wait_ms / 1000

    def close(self) -> None:
        """What has not been received is lost."""
        self._network.bound.remove(self._address)
        self._network.queues[self._address].clear()


class Outlet:
    """Sends, as `pipeline.transport.link.Outlet`."""

    def __init__(self, network: Network, address: str, kind: type[msgspec.Struct], high_water_mark: int) -> None:
        self._network, self._address, self._high_water_mark = network, address, high_water_mark
        self._codec = Codec(kind)

    @property
    def connected(self) -> bool:
        """Return whether somebody listens."""
        return self._address not in self._network.away

    def send(self, message: Any, timeout_s: float = 0.0) -> bool:
        """Hand the message over."""
        queue = self._network.queues[self._address]
        limit = self._high_water_mark if self._network.limit is None else self._network.limit
        if not self._network.clock.wait(timeout_s, lambda: len(queue) < limit):
            return False
        queue.append([bytes(part) for part in self._codec.encode(message)])
        return True

    def close(self, linger_ms: int = 0) -> None:
        """What was sent still arrives."""


class Tally:
    """What the metrics have counted since this was made."""

    def __init__(self) -> None:
        self._before = _samples()

    def __call__(self, name: str, **labels: str) -> float:
        """Return how much a counter has grown, all those of these labels together."""
        return sum(
            value - self._before.get(key, 0.0)
            for key, value in _samples(f"emobot_{name}").items()
            if labels.items() <= dict(key[1]).items()
        )

    def dropped(self, stage: str) -> dict[str, float]:
        """Return how many frames a stage has dropped, by cause."""
        causes = ("no slot", "slow", "away", "stale", "reclaimed", "error", "left out", "no lease")
        found = {cause: self("frames_dropped_total", stage=stage, cause=cause) for cause in causes}
        return {cause: number for cause, number in found.items() if number}


def _samples(name: str = "") -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return the values of one counter, by default of all."""
    metrics = (REGISTRY.restricted_registry([name]) if name else REGISTRY).collect()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for metric in metrics
        for sample in metric.samples
    }


class Script(Stage):
    """A stage that records its frames and calls a test's function."""

    def __init__(self, does: Callable[[Sequence[Frame]], Any] = lambda frames: frames) -> None:
        self.seen: list[list[int]] = []
        self._does = does

    def process(self, frames: Sequence[Frame]) -> Any:
        """Record the numbers, then call the test's function."""
        self.seen.append([frame.seq for frame in frames])
        return self._does(frames)


def pulse(name: str = "x") -> Pulse:
    """Return the pulse of a stage without a supervisor."""
    return Pulse(name, 0, 1, None)


def stop(beating: Pulse) -> None:
    """Do what SIGTERM does."""
    beating.stop(STOP, None)


def node(name: str, *to: str, pixels: Any = "none", **more: Any) -> Node:
    """Return a node whose role follows from its name; `batch` and `max_wait_ms` go to its runner."""
    role: Any = {"camera": "source", "output": "sink"}.get(name.partition(".")[0], "filter")
    keys = RunnerKeys(**{key: more.pop(key) for key in ("batch", "max_wait_ms", "host") if key in more})
    more = {"exclusive": role != "filter", **more}
    return Node(name=name, use="x:X", role=role, pixels=pixels, keys=keys, to=to, **more)


def line(directory: Path, *nodes: Node, **run: Any) -> Plan:
    """Return a plan of these nodes; without any, of one camera, all filters, and an output of each kind."""
    usual = (
        node("camera.a", "detect"),
        node("detect", "emotion", pixels="read"),
        node("emotion", "output.note", "overlay"),
        node("overlay", "output.look", pixels="write"),
        node("output.note"),
        node("output.look", pixels="read"),
    )
    return Plan(nodes=nodes or usual, run=Run(dir=str(directory), **run))


def picture(value: int, side: int = SIDE) -> np.ndarray:
    """Return a small picture of one value."""
    return np.full((side * 3 // 2, side), value, np.uint8)


class Process:
    """A process that does nothing by itself."""

    def __init__(self, pid: int, name: str, incarnation: int) -> None:
        self.pid, self.name, self.sentinel = pid, name, pid
        self.incarnation = incarnation
        self.exitcode: int | None = None
        self.signals: list[str] = []

    def end(self, code: int) -> None:
        """End with a code."""
        self.exitcode = code

    def is_alive(self) -> bool:
        """Return whether it runs."""
        return self.exitcode is None

    def join(self) -> None:
        """Wait for the end, which has come."""
        assert self.exitcode is not None

    close = join

    def terminate(self) -> None:
        """Note SIGTERM."""
        self.signals.append("terminate")

    def kill(self) -> None:
        """End at once."""
        self.signals.append("kill")
        self.exitcode = -9


class Processes(list[Process]):
    """All that were started, the last one last; used instead of the fork server."""

    refuses = False
    """Whether the machine has no room for another one."""

    def start(self, target: object, plan: Plan, name: str, worker: int, parent: int, incarnation: int) -> Process:
        """Return a new process."""
        if self.refuses:
            raise OSError("Cannot allocate memory")
        # above the largest number a process can have: nobody else's is meant
        self.append(Process(10_000_000 + len(self), name, incarnation))
        return self[-1]

    def close(self) -> None:
        """Do nothing."""

    def of(self, name: str) -> Process:
        """Return the last one of a stage."""
        return next(process for process in reversed(self) if process.name == name)
