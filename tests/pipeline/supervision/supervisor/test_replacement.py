"""A run's processes are replaced while it runs."""

import errno
from pathlib import Path

import pytest
from msgspec.structs import replace

from pipeline.config.plan import Plan
from pipeline.errors import EXIT_CONFIG, ConfigError
from pipeline.supervision.child import LEAVE_S
from pipeline.supervision.transition import APPLY_S
from pipeline.worker.pulse import Beat, supervisor_address
from tests.pipeline.memory import Clock, Network, line, node
from tests.pipeline.supervision.supervisor.world import ALL, FILTERS, World


def test_a_filter_is_replaced_beside_the_old_one(world: World) -> None:
    """Producers switch when it is ready, the old one gets SIGTERM then, and the answer waits for both."""
    world.up()
    old = world.processes.of("detect")
    world.supervisor.change(world.changed("detect", x=1))
    world.poll(3)
    new = world.processes.of("detect")
    board = world.supervisor.board
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
    assert world.supervisor.plan["detect"].options == {"x": 1}
    assert [p.name for p in world.processes if p.signals] == ["detect"]
    assert world.supervisor.leaving == []


def test_producers_are_switched_when_all_stand_by(world: World) -> None:
    """All are switched together, and not before."""
    world.up()
    plan = world.changed("detect", x=1)
    plan = replace(plan, nodes=tuple(n if n.name != "overlay" else replace(n, options={"x": 2}) for n in plan.nodes))
    world.supervisor.change(plan)
    world.poll()
    world.beat("detect", phase="standby")
    world.poll(5)
    board = world.supervisor.board
    assert [board.incarnation(name, 0) for name in FILTERS] == [0, 0, 0]
    world.beat("overlay", phase="standby")
    world.poll()

    assert [board.incarnation(name, 0) for name in FILTERS] == [1, 0, 1]


@pytest.mark.parametrize("name", ["camera.a", "output.look", "detect"])
def test_what_cannot_be_there_twice_ends_first(
    tmp_path: Path, clock: Clock, network: Network, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A source, a sink, and a filter that declares `exclusive`."""
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
    """Producers do not switch, the old process continues, and the new one's error is reported."""
    world.up()
    before = world.pids()
    world.supervisor.change(world.changed("detect", x=1))
    world.poll()
    world.beat("detect", phase="failed", error="expected sense, found none")
    world.processes.of("detect").end(EXIT_CONFIG)
    world.poll(3)

    assert world.supervisor.outcome == "[detect] expected sense, found none"
    assert not world.supervisor.changing
    assert (world.pids(), world.supervisor.plan) == (before, world.plan)
    assert world.supervisor.board.incarnation("detect", 0) == 0
    assert world.supervisor.code is None


def test_a_filter_that_hangs_while_it_loads_is_given_up(world: World) -> None:
    """It is killed after a minute, and nothing has changed."""
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
    """The old output restarts with the old options, and the answer waits for that."""
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
    assert world.supervisor.code is None
    world.beat("output.look")
    world.poll(2)

    assert (world.supervisor.changing, world.supervisor.code) == (False, None)
    assert world.supervisor.outcome == "[output.look] expected a port, found it taken"
    assert world.supervisor.plan["output.look"].options == {}


def test_cameras_come_and_go(world: World) -> None:
    """The answer waits until the new one works and the old one has ended; no other process gets SIGTERM."""
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
    """It is killed after a few seconds, and the new one takes over."""
    world.up()
    old = world.processes.of("detect")
    world.supervisor.change(world.changed("detect", x=1))
    world.poll()
    world.beat("detect", phase="standby")
    world.poll(int(LEAVE_S / 0.1) + 3)

    assert old.signals == ["terminate", "kill"]


def test_other_changes_are_refused(world: World) -> None:
    """Changes are refused during another change, at the end of the run, and if links differ."""
    world.up()
    with pytest.raises(ConfigError, match="restart"):
        world.supervisor.change(replace(world.plan, nodes=world.plan.nodes[:-1]))
    world.supervisor.change(world.changed("detect", x=1))
    with pytest.raises(ConfigError, match="no change in progress"):
        world.supervisor.change(world.changed("detect", x=2))
    world.supervisor.end()
    with pytest.raises(ConfigError, match="stopping"):
        world.supervisor.change(world.changed("detect", x=2))


@pytest.mark.parametrize("what", ["zones", "cameras"])
def test_files_that_cannot_be_written_change_nothing(world: World, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """On a full disk, the change is refused; it ended the run."""

    def write(*_: Plan) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    world.up()
    monkeypatch.setattr(f"pipeline.supervision.transition.write_{what}", write)
    world.supervisor.change(replace(world.plan, zones={"a": ()}))
    world.poll(3)

    assert not world.supervisor.changing
    assert world.supervisor.outcome.endswith("found No space left on device")
    assert world.supervisor.plan.zones == world.plan.zones
