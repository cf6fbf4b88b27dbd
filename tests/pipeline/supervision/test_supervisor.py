"""A run's processes: their start, their replacement while it runs, and their end."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.config.plan import Plan
from pipeline.errors import EXIT_CLOSED, EXIT_CONFIG, EXIT_FAILED, EXIT_OK, ConfigError
from pipeline.supervision.child import LEAVE_S
from pipeline.supervision.supervisor import STOP_S, Supervisor
from pipeline.supervision.transition import APPLY_S
from pipeline.worker.process import READY_FILE
from pipeline.worker.pulse import Beat, supervisor_address
from tests.pipeline.memory import Clock, Network, Processes, Tally, line, node

FILTERS = "detect", "emotion", "overlay"
ALL = "output.look", "output.note", "overlay", "emotion", "detect", "camera.a"


class World:
    """A supervisor whose processes do only what tests say."""

    def __init__(self, plan: Plan, clock: Clock, network: Network, patch: pytest.MonkeyPatch) -> None:
        self.plan, self.clock, self.network, self.processes = plan, clock, network, Processes()
        patch.setattr("pipeline.supervision.child._spawn", self.processes)
        patch.setattr("pipeline.supervision.supervisor.wait", self._wait)
        self.supervisor = Supervisor(plan)
        self.inlet: Any = network.inlet(supervisor_address(plan.directory), Beat)
        self.stubborn: set[str] = set()
        self.ended: list[str] = []

    def poll(self, times: int = 1) -> None:
        """Let the supervisor go round."""
        for _ in range(times):
            self.supervisor._poll(self.inlet)

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
        return {child.node.name: child._pid for child in self.supervisor._children.values()}

    def changed(self, name: str, **options: Any) -> Plan:
        """Return the plan with other options of a stage."""
        return replace(
            self.plan, nodes=tuple(n if n.name != name else replace(n, options=options) for n in self.plan.nodes)
        )

    def leave(self) -> None:
        """Let the processes end that were told to."""
        for process in self.processes:
            if process.is_alive() and process.signals and process.name not in self.stubborn:
                self.ended.append(process.name)
                process.end(EXIT_OK)

    def end(self) -> int | None:
        """End the run; return the code."""
        self.supervisor._end(self.inlet)
        self.supervisor._kill_all()
        return self.supervisor._code

    def _wait(self, alive: list[int], timeout_s: float) -> None:
        self.leave()
        self.clock.sleep(timeout_s)


@pytest.fixture
def world(tmp_path: Path, clock: Clock, network: Network, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a run of one camera."""
    return World(line(tmp_path), clock, network, monkeypatch)


def test_readers_start_first_and_cameras_wait_for_them(world: World) -> None:
    """The gate opens when all behind the cameras are up; an output that fails keeps nobody waiting."""
    world.poll()
    assert tuple(process.name for process in world.processes) == ALL
    gate = world.plan.directory / READY_FILE
    world.beat(*FILTERS, "output.note", phase="standby")
    world.poll()
    assert not gate.exists() and not world.supervisor.ready()
    world.processes.of("output.look").end(EXIT_FAILED)
    world.poll(2)

    assert gate.exists()


def test_a_process_that_crashed_is_started_again_and_counted(world: World, tally: Tally) -> None:
    """At once, at the address producers send to."""
    world.up()
    before = world.pids()
    world.processes.of("detect").end(7)
    world.poll()
    after = world.pids()

    assert {name for name in ALL if before[name] != after[name]} == {"detect"}
    assert world.processes.of("detect").incarnation == 0
    assert tally("restarts_total", stage="detect") == 1
    assert not world.supervisor.ready()


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("detect", EXIT_CONFIG, EXIT_CONFIG),
        ("output.look", EXIT_CONFIG, EXIT_CONFIG),
        ("output.look", EXIT_CLOSED, EXIT_OK),
        ("camera.a", EXIT_CONFIG, None),
        ("detect", 7, None),
    ],
)
def test_what_ends_the_run(world: World, name: str, code: int, expected: int | None) -> None:
    """A configuration that never worked, or somebody who closed the window."""
    world.poll()
    world.processes.of(name).end(code)
    world.poll()

    assert world.supervisor._code == expected


def test_recordings_take_turns(tmp_path: Path, clock: Clock, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """`jobs` of them run at once, in any order; the next one starts when one has ended."""
    cameras = [node(f"camera.{n}", "detect") for n in "abc"]
    plan = line(tmp_path, *cameras, node("detect"), jobs=2)
    world = World(plan, clock, network, monkeypatch)
    world.poll()
    first = [process.name for process in world.processes if "camera" in process.name]
    assert (len(first), sorted(world.supervisor.sources().values())) == (2, ["runs", "runs", "waits"])
    world.processes.of(first[0]).end(EXIT_OK)
    world.poll()

    assert sorted(world.supervisor.sources().values()) == ["ended", "runs", "runs"]


def test_a_filter_is_replaced_beside_the_old_one(world: World) -> None:
    """Producers are switched when it stands by, the old one is told to end then, and the answer waits for both."""
    world.up()
    old = world.processes.of("detect")
    world.supervisor.change(world.changed("detect", x=1))
    world.poll(3)
    new = world.processes.of("detect")
    board = world.supervisor._board
    assert (new is not old, new.incarnation, old.signals, board.incarnation("detect", 0)) == (True, 1, [], 0)
    world.beat("detect", phase="standby")
    world.poll()
    assert (old.signals, board.incarnation("detect", 0)) == (["terminate"], 1)
    assert world.supervisor.changing
    world.leave()
    world.poll(2)
    assert world.supervisor.changing
    world.beat("detect")
    world.poll(2)

    assert (world.supervisor.changing, world.supervisor.outcome) == (False, "")
    assert world.supervisor._plan["detect"].options == {"x": 1}
    assert [p.name for p in world.processes if p.signals] == ["detect"]
    assert world.supervisor._leaving == []


def test_producers_are_switched_when_all_stand_by(world: World) -> None:
    """Not before, and then all at once."""
    world.up()
    plan = world.changed("detect", x=1)
    plan = replace(plan, nodes=tuple(n if n.name != "overlay" else replace(n, options={"x": 2}) for n in plan.nodes))
    world.supervisor.change(plan)
    world.poll()
    world.beat("detect", phase="standby")
    world.poll(5)
    board = world.supervisor._board
    assert [board.incarnation(name, 0) for name in FILTERS] == [0, 0, 0]
    world.beat("overlay", phase="standby")
    world.poll()

    assert [board.incarnation(name, 0) for name in FILTERS] == [1, 0, 1]


@pytest.mark.parametrize("name", ["camera.a", "output.look", "detect"])
def test_what_cannot_be_there_twice_ends_first(
    tmp_path: Path, clock: Clock, network: Network, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A source, a sink, and a filter that says so."""
    plan = line(tmp_path)
    plan = replace(plan, nodes=tuple(n if n.name != name else replace(n, exclusive=True) for n in plan.nodes))
    world = World(plan, clock, network, monkeypatch).up()
    old = world.processes.of(name)
    world.supervisor.change(world.changed(name, x=1))
    world.poll(3)
    assert (world.processes.of(name) is old, old.signals) == (True, ["terminate"])
    world.leave()
    world.poll()
    assert world.processes.of(name) is not old
    assert world.supervisor.changing
    world.beat(name)
    world.poll(2)

    assert (world.supervisor.changing, world.supervisor.outcome) == (False, "")


def test_a_new_filter_that_does_not_come_up_costs_nothing(world: World) -> None:
    """Nothing was switched; the old process was never told; its own words say why."""
    world.up()
    before = world.pids()
    world.supervisor.change(world.changed("detect", x=1))
    world.poll()
    world.beat("detect", phase="failed", error="expected sense, found none")
    world.processes.of("detect").end(EXIT_CONFIG)
    world.poll(3)

    assert world.supervisor.outcome == "[detect] expected sense, found none"
    assert not world.supervisor.changing
    assert (world.pids(), world.supervisor._plan) == (before, world.plan)
    assert world.supervisor._board.incarnation("detect", 0) == 0
    assert world.supervisor._code is None


def test_a_filter_that_hangs_while_it_loads_is_given_up(world: World) -> None:
    """After a minute; it is killed, and nothing has changed."""
    world.up()
    before = world.pids()
    world.supervisor.change(world.changed("detect", x=1))
    began_s = world.clock.monotonic()
    while world.supervisor.changing:
        world.poll()
        world.beat(*(name for name in ALL if name != "detect"))
        old = next(p for p in world.processes if p.pid == before["detect"])
        outlet = world.network.outlet(supervisor_address(world.plan.directory), Beat)
        outlet.send(Beat(stage="detect", worker=0, pid=old.pid))
        world.clock.sleep(0.1)

    assert world.clock.monotonic() - began_s == pytest.approx(APPLY_S, abs=0.5)
    assert "expected a process that works within 60 s" in world.supervisor.outcome
    assert "kill" in world.processes.of("detect").signals
    assert world.pids() == before


def test_an_output_that_does_not_work_is_undone(world: World) -> None:
    """It had to end before; it starts again with what worked, and the answer comes when it does."""
    world.up()
    world.supervisor.change(world.changed("output.look", x=1))
    world.poll()
    world.leave()
    world.poll()
    world.beat("output.look", phase="failed", error="expected a port, found it taken")
    world.processes.of("output.look").end(EXIT_CONFIG)
    world.poll(2)
    assert world.supervisor.changing
    world.poll(2)
    assert world.supervisor._code is None
    world.beat("output.look")
    world.poll(2)

    assert (world.supervisor.changing, world.supervisor._code) == (False, None)
    assert world.supervisor.outcome == "[output.look] expected a port, found it taken"
    assert world.supervisor._plan["output.look"].options == {}


def test_cameras_come_and_go(world: World) -> None:
    """The answer waits until the new one works and the old one has ended; nobody else is told to end."""
    world.up()
    gone, come = world.plan["camera.a"], node("camera.b", "detect")
    world.supervisor.change(replace(world.plan, nodes=(come, *(n for n in world.plan.nodes if n is not gone))))
    world.poll(3)
    assert world.supervisor.changing
    world.beat("camera.b")
    world.poll(2)
    assert world.supervisor.changing
    world.leave()
    world.poll(2)

    assert not world.supervisor.changing
    assert world.supervisor.sources() == {"camera.b": "runs"}
    assert [p.name for p in world.processes if p.signals] == ["camera.a"]


def test_a_replaced_process_that_stays_is_killed(world: World) -> None:
    """After a few seconds, and the new one takes over."""
    world.up()
    old = world.processes.of("detect")
    world.supervisor.change(world.changed("detect", x=1))
    world.poll()
    world.beat("detect", phase="standby")
    world.poll(int(LEAVE_S / 0.1) + 3)

    assert old.signals == ["terminate", "kill"]


def test_other_changes_are_refused(world: World) -> None:
    """While one is on its way, when the run ends, and where the links would be others."""
    world.up()
    with pytest.raises(ConfigError, match="restart"):
        world.supervisor.change(replace(world.plan, nodes=world.plan.nodes[:-1]))
    world.supervisor.change(world.changed("detect", x=1))
    with pytest.raises(ConfigError, match="no change in progress"):
        world.supervisor.change(world.changed("detect", x=2))
    world.supervisor.end()
    with pytest.raises(ConfigError, match="stopping"):
        world.supervisor.change(world.changed("detect", x=2))


@pytest.mark.parametrize("interrupted", [False, True])
def test_the_end_goes_with_the_frames(world: World, interrupted: bool) -> None:
    """Sources, then filters, one after another, then sinks; all filters at once where somebody waits for it."""
    world.up()
    world.supervisor._code = EXIT_OK
    if interrupted:
        world.supervisor.end()

    assert world.end() == EXIT_OK
    assert world.ended[0] == "camera.a"
    assert world.ended[1:4] == list(reversed(FILTERS) if interrupted else FILTERS)
    assert set(world.ended[4:]) == {"output.look", "output.note"}


def test_what_was_replaced_and_what_stands_by_end_too(world: World) -> None:
    """What has left processes what it was sent; what was not yet in use is killed."""
    world.up()
    world.supervisor.change(world.changed("detect", x=1))
    world.poll()
    world.beat("detect", phase="standby")
    world.poll()
    world.supervisor.end()
    world.supervisor._code = EXIT_OK
    assert world.end() == EXIT_OK

    assert set(world.ended[:2]) == {"camera.a", "detect"}
    assert not any(process.is_alive() for process in world.processes)


def test_an_end_that_had_to_kill_is_a_failure(world: World) -> None:
    """After the time an orderly end may take; then nothing runs."""
    world.up()
    world.stubborn = {"output.note"}
    world.supervisor.end()
    world.supervisor._code = EXIT_OK
    began_s = world.clock.monotonic()

    assert world.end() == EXIT_FAILED
    assert world.clock.monotonic() - began_s == pytest.approx(STOP_S, abs=0.5)
    assert not any(process.is_alive() for process in world.processes)


def test_the_natural_end_has_time(world: World) -> None:
    """An output that completes a long recording is waited for, until somebody asks for the end."""
    world.up()
    world.stubborn = {"output.look"}
    world.supervisor._code = EXIT_OK
    world.clock.at(60, lambda: (world.stubborn.clear(), world.processes.of("output.look").end(EXIT_OK)))
    for n in range(120):
        world.clock.at(n, lambda: world.beat("output.look"))

    assert world.end() == EXIT_OK
    assert "kill" not in world.processes.of("output.look").signals


def test_frames_that_nobody_could_process_are_a_failure(world: World) -> None:
    """A stage that is not there when the recordings end has not seen their last frames."""
    world.up()
    world.processes.of("emotion").end(7)
    world.supervisor._children["emotion", 0].judge(world.supervisor._children["emotion", 0].look() or 0)
    world.supervisor._code = EXIT_OK

    assert world.end() == EXIT_FAILED
