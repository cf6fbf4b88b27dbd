"""A supervisor whose processes do only what tests say."""

from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.config.plan import Plan
from pipeline.errors import EXIT_OK
from pipeline.supervision.supervisor import Supervisor
from pipeline.worker.pulse import Beat, supervisor_address
from tests.pipeline.memory import Clock, Network, Processes

FILTERS = "detect", "emotion", "overlay"
ALL = "output.look", "output.note", "overlay", "emotion", "detect", "camera.a"


class World:
    """A supervisor whose processes do only what tests say."""

    def __init__(self, plan: Plan, clock: Clock, network: Network, patch: pytest.MonkeyPatch) -> None:
        self.plan, self.clock, self.network, self.processes = plan, clock, network, Processes()
        patch.setattr("pipeline.supervision.child.WORKERS", self.processes)
        patch.setattr("pipeline.supervision.supervisor.wait", self._wait)
        self.supervisor = Supervisor(plan)
        self.inlet: Any = network.inlet(supervisor_address(plan.directory), Beat)
        self.stubborn: set[str] = set()
        self.ended: list[str] = []

    def poll(self, times: int = 1) -> None:
        """Let the supervisor poll once."""
        for _ in range(times):
            self.supervisor.poll(self.inlet)

    def beat(self, *names: str, phase: Any = "working", error: str = "") -> None:
        """Let the last process of some stages send a heartbeat."""
        outlet = self.network.outlet(supervisor_address(self.plan.directory), Beat)
        for name in names:
            beat = Beat(stage=name, worker=0, pid=self.processes.of(name).pid, phase=phase, error=error)
            assert outlet.send(beat)

    def up(self) -> "World":
        """Have all processes work."""
        self.poll()
        self.beat(*ALL)
        self.poll()
        return self

    def pids(self) -> dict[str, int]:
        """Return the processes in use."""
        return {child.node.name: child.pid for child in self.supervisor.children.values()}

    def changed(self, name: str, **options: Any) -> Plan:
        """Return the plan with other options of a stage."""
        return replace(
            self.plan, nodes=tuple(n if n.name != name else replace(n, options=options) for n in self.plan.nodes)
        )

    def leave(self) -> None:
        """Let the processes end that were asked to."""
        for process in self.processes:
            if process.is_alive() and process.signals and process.name not in self.stubborn:
                self.ended.append(process.name)
                process.end(EXIT_OK)

    def end(self) -> int | None:
        """End the run; return the code."""
        self.supervisor.finish(self.inlet)
        self.supervisor.kill_all()
        return self.supervisor.code

    def _wait(self, alive: list[int], timeout_s: float) -> None:
        self.leave()
        self.clock.sleep(timeout_s)
