"""Starts every stage of a plan in its own process, keeps the processes running, and stops them in order.

It imports no stage: the plan names the classes, and only their processes load them.
"""

import logging
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack

from multiprocess.connection import wait

from pipeline.config.plan import Plan
from pipeline.errors import EXIT_CLOSED, EXIT_CONFIG, EXIT_FAILED, EXIT_OK, ConfigError
from pipeline.metrics.metrics import RESTARTS
from pipeline.standstill import Standstill
from pipeline.supervision.child import Child
from pipeline.supervision.gate import Gate
from pipeline.supervision.layers import layers_of
from pipeline.supervision.systemd import notify
from pipeline.supervision.transition import Transition, fit
from pipeline.supervision.workers import WORKERS
from pipeline.transport.camera_file import write_cameras
from pipeline.transport.link import Inlet, Sockets
from pipeline.transport.switchboard import Switchboard
from pipeline.transport.zone_file import write_zones
from pipeline.worker.pulse import Beat, supervisor_address

TICK_S = 0.1
STOP_S = 4.5
"""Seconds an orderly stop may take when a user or systemd waits for it; then processes are killed."""
WRITE_S = 4.0
"""Seconds that outputs have after that if the stages before them had to be killed; systemd waits for 10 s."""

log = logging.getLogger("emobot")


class Supervisor:
    """A run, from the first process to the last.

    Args:
        plan: The run; its directory exists and belongs to it.
        tick: Called about ten times a second, for a progress display.
        admit: Called with a source's name before its first start; if it returns False, the source is not started, and
            if it returns None, it is asked again soon.
        ended: Called with a source's name when it will not start again, and whether it failed.
        stays: Whether the run continues when every source has ended: others will come.
    """

    def __init__(
        self,
        plan: Plan,
        tick: Callable[[], None] = lambda: None,
        admit: Callable[[str], bool | None] = lambda name: True,
        ended: Callable[[str, bool], None] = lambda name, failed: None,
        *,
        stays: bool = False,
    ) -> None:
        self.plan = plan
        """The current plan; an applied change replaces it."""
        self._tick = tick
        self._admit = admit
        self._source_ended = ended
        self._stays = stays
        write_zones(plan)
        write_cameras(plan)
        self.board = Switchboard.create(plan)
        """Which process of each worker producers send to."""
        here = ((node, n) for node in plan.nodes if not node.keys.host for n in range(node.workers))
        self.children = {(node.name, n): Child(plan, node, n) for node, n in here}
        """The processes in use, by stage and worker."""
        self.leaving: list[Child] = []
        """Replaced processes that have not ended yet."""
        self._transition: Transition | None = None
        self._is_undone = False
        self._gate = Gate(plan.directory)
        self._outcome = ""
        self.interrupts = 0
        """How often the run was asked to end."""
        self._ticked = time.monotonic()
        self._standstill = Standstill(self._ticked)
        self.code: int | None = None
        """Exit code of the run; None before its end."""

    def run(self) -> int:
        """Run until every source has ended, a stage says stop, or a signal comes; return the exit code."""
        with ExitStack() as stack:
            stack.enter_context(Sockets())
            for number in (signal.SIGTERM, signal.SIGINT):
                stack.callback(signal.signal, number, signal.signal(number, self._interrupt))
            inlet = Inlet(supervisor_address(self.plan.directory), Beat)
            stack.callback(inlet.close)
            stack.callback(WORKERS.close)
            stack.callback(self.kill_all)
            while self.code is None:
                self.poll(inlet)
                sources = self._sources
                if sources and all(child.done for child in sources) and not (self._transition or self._stays):
                    self.code = max(child.verdict for child in sources)
                if self.interrupts:
                    self.code = EXIT_OK
            notify("STOPPING=1")
            self.finish(inlet)
        return self.code

    def ready(self) -> bool:
        """Return whether every process is up."""
        # a copy: the endpoint calls this in a thread of its own
        return all(child.up or child.done for child in list(self.children.values()))

    def healthy(self) -> bool:
        """Return whether the supervisor's own loop runs."""
        return time.monotonic() - self._ticked < 50 * TICK_S

    def end(self) -> None:
        """Ask the run to end in order, as SIGTERM does."""
        self.interrupts += 1

    def sources(self) -> dict[str, str]:
        """Return the state of each source's process: `runs`, `waits`, `ended` or `failed`."""
        return {
            child.node.name: "runs" if child.alive else "failed" if child.failed else "ended" if child.done else "waits"
            for child in self._sources
        }

    @property
    def changing(self) -> bool:
        """Return whether a change is in progress."""
        return self._transition is not None

    @property
    def outcome(self) -> str:
        """Return why the last change was undone; empty if it was applied."""
        return self._outcome

    def change(self, plan: Plan) -> None:
        """Start a change to another plan: start, stop and replace the processes whose part in it differs.

        It is applied, or undone with an `outcome`, once `changing` is False.

        Args:
            plan: The new plan, without a directory.

        Raises:
            ConfigError: The change needs a restart: it has other stages, outputs or links; or the run is stopping
                or changing already.
        """
        if self.code is not None or self.interrupts:
            raise ConfigError("expected a running run, found one that is stopping")
        if self._transition:
            raise ConfigError("expected no change in progress, found one")
        self._outcome, self._is_undone = "", False
        self._begin(fit(self.plan, plan))

    def _begin(self, plan: Plan) -> None:
        self._transition = Transition(
            self.plan, plan, self.children, self.board, self._replaced, proven=self._is_undone
        )

    def _replaced(self, child: Child) -> None:
        child.leave()
        self.leaving.append(child)

    def _step(self) -> None:
        """Advance the change in progress; undo it if it failed after it took effect."""
        if not (change := self._transition) or not change.step():
            return
        self._transition = None
        if change.committed:
            self.plan = change.new
        if not change.error:
            return
        change.kill()
        self.leaving += change.processes()
        if self._is_undone:
            log.error("could not undo the change either: %s", change.error)
            return
        self._outcome = change.error
        if change.committed:
            self._is_undone = True
            self._begin(change.old)

    @property
    def _sources(self) -> list[Child]:
        return [child for child in self.children.values() if child.node.role == "source"]

    def poll(self, inlet: Inlet[Beat]) -> None:
        """Hear heartbeats, see what has ended, start what is due, and advance the change in progress."""
        self._listen(inlet, TICK_S)
        for child in list(self.children.values()):
            self._excuse()
            code = child.look()
            if code is not None:
                self._ended(child, code)
        self.leaving = [child for child in self.leaving if child.look() is None and not child.ended]
        running = sum(not child.waiting and not child.done for child in self._sources)
        for child in reversed(list(self.children.values())):
            if child.waiting and self.code is None:
                if child.node.role == "source":
                    if self.plan.run.jobs and running >= self.plan.run.jobs:
                        continue
                    if not child.starts and not (admitted := self._admit(child.node.name)):
                        if admitted is False:
                            child.stop()
                        continue
                    running += 1
                RESTARTS.labels(child.node.name).inc(child.starts > 0)  # 0 makes it appear
                child.start()
        self._step()
        self._gate.check(self.children.values())

    def _listen(self, inlet: Inlet[Beat], timeout_s: float) -> None:
        for beat in inlet.receive(timeout_s, most=1000):
            for child in self._all():
                child.heard(beat)
        self._excuse()
        self._ticked = time.monotonic()
        notify("WATCHDOG=1")
        self._tick()

    def _excuse(self) -> None:
        """Do not take for a hanging process what was silent while this one stood still."""
        if still_s := self._standstill.lasted_s(time.monotonic()):
            for child in self._all():
                child.excuse(still_s)

    def _ended(self, child: Child, code: int) -> None:
        if self._transition and self._transition.fail(child, code):
            return
        child.judge(code)
        if child.done and child.node.role == "source":
            self._source_ended(child.node.name, child.failed)
        if code == EXIT_CONFIG and child.done and child.node.role != "source":
            self.code = EXIT_CONFIG
        elif code == EXIT_CLOSED:
            self.code = EXIT_OK
        elif child.failed and child.node.role != "source":
            self.code = EXIT_FAILED

    def finish(self, inlet: Inlet[Beat]) -> None:
        """Stop layer by layer, each after it has processed what its producers sent."""
        deadline = time.monotonic() + STOP_S if self.interrupts or self.code == EXIT_CONFIG else None
        # during a change a stage may be in one of both plans alone
        nodes = (*(self._transition.new if self._transition else self.plan).nodes, *self.plan.nodes)
        layers = layers_of(nodes, self.children.values())
        if deadline:
            # no recording has to be completed: all filters may stop at once
            layers = [layers[0], [child for layer in layers[1:-1] for child in layer], layers[-1]]
        # replaced processes still process the frames they received
        layers.insert(1, self.leaving)
        late: list[Child] = []
        for layer in layers:
            if late and layer is not layers[-1]:
                continue  # a process that was killed may take a while to end
            for child in layer:
                if not (child.alive or child.done) and self.code == EXIT_OK and not deadline:
                    log.error("%s is not running: frames sent to it are lost", child.name)
                    self.code = EXIT_FAILED
                child.stop(hurry=deadline is not None)
            while alive := [sentinel for child in layer if (sentinel := child.sentinel) is not None]:
                # do not wait for heartbeats: stop the next layer as soon as this one has ended
                wait(alive, TICK_S)
                self._listen(inlet, 0.0)
                if any(child.look() not in (None, EXIT_OK) for child in layer) and self.code == EXIT_OK:
                    self.code = EXIT_FAILED
                if self.interrupts and deadline is None:
                    deadline = time.monotonic() + STOP_S
                    for child in layer:
                        child.stop(hurry=True)
                if deadline and (time.monotonic() > deadline or self.interrupts > 1):
                    ends = layer is layers[-1] or self.interrupts > 1
                    spared = [] if ends else layers[-1]
                    late = [child for child in self.children.values() if child.alive and child not in spared]
                    log.warning("killing processes that did not stop in time: %s", ", ".join(c.name for c in late))
                    self.code = self.code or EXIT_FAILED
                    if ends:
                        return
                    # on a saturated machine: what outputs have not yet written would be lost
                    for child in (*late, *self.leaving):
                        child.kill()
                    deadline = time.monotonic() + WRITE_S
                    break

    def kill_all(self) -> None:
        """Kill every process that still runs, and wait for its end."""
        for child in (children := self._all()):
            child.stop()
            child.kill()
        while any(child.alive for child in children):
            time.sleep(0.01)

    def _all(self) -> list[Child]:
        return [*self.children.values(), *(self._transition.processes() if self._transition else ()), *self.leaving]

    def _interrupt(self, number: int, frame: object) -> None:
        self.end()
