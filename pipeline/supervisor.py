"""Starts every stage of a plan as a process of its own, keeps them running, and ends them in order.

It imports no stage: what it starts is named in the plan, and what happens inside it does not see.
"""

import logging
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack

from msgspec.structs import replace
from multiprocess.connection import wait

from pipeline.child import Child
from pipeline.errors import EXIT_CLOSED, EXIT_CONFIG, EXIT_FAILED, EXIT_OK, ConfigError
from pipeline.link import Inlet, Sockets
from pipeline.metrics import RESTARTS
from pipeline.plan import Node, Plan
from pipeline.process import READY_FILE
from pipeline.pulse import Beat, supervisor_address
from pipeline.systemd import notify

TICK_S = 0.1
STOP_S = 4.5
"""How long an orderly end may take when a person or systemd waits for it; then processes are killed."""

log = logging.getLogger("emobot")


class Supervisor:
    """A run, from the first process to the last.

    Args:
        plan: The run; its directory exists and belongs to it.
        tick: Called about ten times a second, for a progress display.
        admit: Called with a source's name before its first start; if it returns False, the source is not started.
    """

    def __init__(
        self,
        plan: Plan,
        tick: Callable[[], None] = lambda: None,
        admit: Callable[[str], bool] = lambda name: True,
    ) -> None:
        self._plan = plan
        self._tick = tick
        self._admit = admit
        here = [n for n in plan.nodes if not n.keys.host]
        self._layers = [[Child(plan, n) for n in here if n.role == "source"]]
        for node in here:
            if node.role == "filter":
                self._layers.append([Child(plan, node, worker) for worker in range(node.workers)])
        self._layers.append([Child(plan, n, w) for n in here if n.role == "sink" for w in range(n.workers)])
        self._sources = self._layers[0]
        self._children = {(c.node.name, c.worker): c for layer in self._layers for c in layer}
        self._leaving: list[Child] = []
        self._interrupts = 0
        self._ticked = time.monotonic()
        self._code: int | None = None

    def run(self) -> int:
        """Run until every source has ended, a stage says stop, or a signal comes; return the exit code."""
        with ExitStack() as stack:
            stack.enter_context(Sockets())
            for number in (signal.SIGTERM, signal.SIGINT):
                stack.callback(signal.signal, number, signal.signal(number, self._interrupt))
            inlet = Inlet(supervisor_address(self._plan.directory), Beat)
            stack.callback(inlet.close)
            stack.callback(self._kill_all)
            while self._code is None:
                self._go_round(inlet)
                if self._sources and all(child.done for child in self._sources):
                    self._code = max(child.verdict for child in self._sources)
                if self._interrupts:
                    self._code = EXIT_OK
            notify("STOPPING=1")
            self._end(inlet)
        return self._code

    @property
    def interrupted(self) -> bool:
        """Return whether a signal ended the run."""
        return self._interrupts > 0

    def ready(self) -> bool:
        """Return whether every process is up."""
        return all(child.up or child.done for child in self._children.values())

    def healthy(self) -> bool:
        """Return whether the supervisor itself goes round."""
        return time.monotonic() - self._ticked < 50 * TICK_S

    def end(self) -> None:
        """Ask the run to end in order, as SIGTERM does."""
        self._interrupts += 1

    def sources(self) -> dict[str, str]:
        """Return what each source's process does: `runs`, `waits`, `ended` or `failed`."""
        return {
            child.node.name: "runs" if child.alive else "failed" if child.failed else "ended" if child.done else "waits"
            for child in self._sources
        }

    def check(self, plan: Plan) -> None:
        """Refuse another plan that this run cannot go on with.

        Args:
            plan: The new plan, without a directory.

        Raises:
            ConfigError: Other stages or outputs, or others of their links, than in the present one: that takes a
                restart.
        """
        self._compare(plan)

    def apply(self, plan: Plan) -> None:
        """Go on with another plan: start, end and renew the processes whose part in it is another one.

        Args:
            plan: The new plan, without a directory.

        Raises:
            ConfigError: As for `check`.
        """
        plan, before, after, differing = self._compare(plan)
        self._plan = plan
        for name in before.keys() - after.keys():
            child = self._children.pop((name, 0))
            self._sources.remove(child)
            child.stop()
            self._leaving.append(child)
        for name in after.keys() - before.keys():
            child = self._children[name, 0] = Child(plan, after[name])
            self._sources.append(child)
        for name in differing:
            for child in [c for c in self._children.values() if c.node.name == name]:
                child.renew(plan, after[name])

    def _compare(self, plan: Plan) -> tuple[Plan, dict[str, Node], dict[str, Node], list[str]]:
        """Return the plan as this run would have it, the nodes before and after, and the names of those that differ."""
        if self._code is not None:
            raise ConfigError("expected a run that goes on, found that it is ending")
        plan = replace(plan, run=self._plan.run, metrics=self._plan.metrics, log=self._plan.log)
        before = {n.name: n for n in self._plan.nodes}
        # how many workers nobody has asked for stay as many, however many cameras there are now
        after = {
            n.name: n if n.keys.workers or n.name not in before else replace(n, workers=before[n.name].workers)
            for n in plan.nodes
        }
        plan = replace(plan, nodes=tuple(after.values()))
        for name in before.keys() ^ after.keys():
            if (before.get(name) or after[name]).role != "source":
                raise ConfigError(f"expected the stages and outputs of this run, found {name}: restart for that")
        differing = [name for name in before.keys() & after.keys() if before[name] != after[name]]
        for name in differing:
            old, new = before[name], after[name]
            if (old.workers, old.keys.host, old.to) != (new.workers, new.keys.host, new.to):
                raise ConfigError(f"[{name}] expected the same workers, host and links, found others: restart for that")
        return plan, before, after, differing

    def _go_round(self, inlet: Inlet[Beat]) -> None:
        self._listen(inlet, TICK_S)
        for child in self._children.values():
            code = child.look()
            if code is not None:
                self._ended(child, code)
        self._leaving = [child for child in self._leaving if child.look() is None and child.alive]
        running = sum(not child.waiting and not child.done for child in self._sources)
        for child in reversed(self._children.values()):
            if child.waiting and self._code is None:
                if child.node.role == "source":
                    if self._plan.run.jobs and running >= self._plan.run.jobs:
                        continue
                    if not child.starts and not self._admit(child.node.name):
                        child.stop()
                        continue
                    running += 1
                if child.starts:
                    RESTARTS.labels(child.node.name).inc()
                child.start()
        self._open_the_gate()

    def _listen(self, inlet: Inlet[Beat], timeout_s: float) -> None:
        for beat in inlet.receive(timeout_s, most=1000):
            if child := self._children.get((beat.stage, beat.worker)):
                child.heard(beat.pid)
        self._ticked = time.monotonic()
        notify("WATCHDOG=1")
        self._tick()

    def _ended(self, child: Child, code: int) -> None:
        child.judge(code)
        if code == EXIT_CONFIG and child.node.role != "source":
            self._code = EXIT_CONFIG
        elif code == EXIT_CLOSED:
            self._code = EXIT_OK
        elif child.failed and child.node.role != "source":
            self._code = EXIT_FAILED

    def _open_the_gate(self) -> None:
        """Let the cameras begin once the stages behind them are up, so that no picture waits for a network to load."""
        file = self._plan.directory / READY_FILE
        behind = [c for layer in self._layers[1:] for c in layer]
        # an output that cannot start is tried again later and keeps nobody waiting
        if not file.exists() and all(c.up or (c.node.role == "sink" and c.starts > 1) for c in behind):
            file.touch()
            notify("READY=1")

    def _end(self, inlet: Inlet[Beat]) -> None:
        """End layer by layer, each when what its producers sent has been processed."""
        deadline = time.monotonic() + STOP_S if self._interrupts or self._code == EXIT_CONFIG else None
        layers = self._layers
        if deadline:
            # no recording is to be completed: all filters may end at once
            layers = [layers[0], [child for layer in layers[1:-1] for child in layer], layers[-1]]
        for layer in layers:
            for child in layer:
                if not (child.alive or child.done) and self._code == EXIT_OK and not deadline:
                    log.error("%s is not there to process what was sent to it", child.name)
                    self._code = EXIT_FAILED
                child.stop()
            while alive := [sentinel for child in layer if (sentinel := child.sentinel) is not None]:
                # not for heartbeats: the next layer is told as soon as this one has ended
                wait(alive, TICK_S)
                self._listen(inlet, 0.0)
                if any(child.look() not in (None, EXIT_OK) for child in layer) and self._code == EXIT_OK:
                    self._code = EXIT_FAILED
                if self._interrupts and deadline is None:
                    deadline = time.monotonic() + STOP_S
                if deadline and (time.monotonic() > deadline or self._interrupts > 1):
                    late = [child.name for child in self._children.values() if child.alive]
                    log.warning("killing what has not ended in time: %s", ", ".join(late))
                    return

    def _kill_all(self) -> None:
        children = [*self._children.values(), *self._leaving]
        for child in children:
            child.stop()
            child.kill()
        while any(child.alive for child in children):
            time.sleep(0.01)

    def _interrupt(self, number: int, frame: object) -> None:
        self.end()
