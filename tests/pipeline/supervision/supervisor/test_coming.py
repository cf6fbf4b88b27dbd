"""The stage of alerts comes to a run with the first alert, between `emotion` and what follows."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from pipeline.config.plan import COMES_LATER, Plan
from pipeline.errors import EXIT_CONFIG, ConfigError
from pipeline.supervision.transition import fit
from tests.pipeline.memory import line, node
from tests.pipeline.supervision.supervisor.world import World


def with_alerts(plan: Plan, **rules: str) -> Plan:
    """Return a plan with the stage of alerts behind `emotion`."""
    alerts = node(COMES_LATER, *plan["emotion"].to, options={"rules": rules})
    nodes = [n if n.name != "emotion" else replace(n, to=(COMES_LATER,)) for n in plan.nodes]
    at = next(i for i, n in enumerate(nodes) if n.name == "emotion")
    return replace(plan, nodes=(*nodes[: at + 1], alerts, *nodes[at + 1 :]))


def test_it_is_there_before_frames_are_sent_to_it(world: World) -> None:
    """`emotion` is replaced once both new processes are ready; nobody else is."""
    world.up()
    old = world.processes.of("emotion")
    others = {name: pid for name, pid in world.pids().items() if name != "emotion"}
    world.supervisor.change(with_alerts(world.plan, crowd="count > 5"))
    world.poll(2)
    world.beat("emotion", phase="standby")
    world.poll(2)
    assert old.signals == []
    world.beat(COMES_LATER, phase="standby")
    world.poll()
    assert old.signals == ["terminate"]
    world.leave()
    world.poll()
    world.beat("emotion", COMES_LATER)
    world.poll(2)

    board = world.supervisor.board
    assert (world.supervisor.changing, world.supervisor.outcome) == (False, "")
    assert board.incarnation(COMES_LATER, 0) == world.processes.of(COMES_LATER).incarnation == 1
    assert [board.incarnation(name, 0) for name in ("detect", "emotion", "overlay", "output.look")] == [0, 1, 0, 0]
    assert {name: pid for name, pid in world.pids().items() if name in others} == others
    assert world.pids()[COMES_LATER] == world.processes.of(COMES_LATER).pid
    world.supervisor.end()
    world.end()
    assert world.ended.index("emotion") < len(world.ended)


def test_a_condition_that_the_process_refuses_changes_nothing(world: World) -> None:
    """It ends before anything was switched."""
    world.up()
    before = world.pids()
    world.supervisor.change(with_alerts(world.plan, crowd="count > 5"))
    world.poll(2)
    world.beat(COMES_LATER, phase="failed", error="no such state")
    world.poll()
    world.processes.of(COMES_LATER).end(EXIT_CONFIG)
    world.poll(3)

    assert (world.supervisor.changing, world.supervisor.outcome) == (False, "[alerts] no such state")
    assert world.pids() == before


def test_after_an_undo_it_leaves_behind_those_before_it(world: World) -> None:
    """It has failed after the switch: `emotion` is replaced again, and its last frames still find a reader."""
    world.up()
    world.supervisor.change(with_alerts(world.plan, crowd="count > 5"))
    world.poll(2)
    world.beat("emotion", COMES_LATER, phase="standby")
    world.poll()
    world.leave()
    world.poll()
    world.beat(COMES_LATER)
    world.beat("emotion", phase="failed", error="no memory")
    world.poll()
    failed, alerts = world.processes.of("emotion"), world.processes.of(COMES_LATER)
    failed.end(EXIT_CONFIG)
    world.poll(3)
    world.beat("emotion", phase="standby")
    world.poll(2)
    world.beat("emotion")
    world.poll(2)
    assert alerts.signals == ["terminate"]
    world.leave()
    world.poll(2)

    assert (world.supervisor.changing, world.supervisor.outcome) == (False, "[emotion] no memory")
    assert COMES_LATER not in world.pids()


def test_without_an_alert_it_stays_and_clears_what_is_raised(tmp_path: Path) -> None:
    """Else nobody would say that an alert is no more."""
    plan = line(tmp_path)
    there = with_alerts(plan, crowd="count > 5")

    assert fit(there, plan) == with_alerts(plan)
    assert fit(with_alerts(plan), there) == there


def test_on_several_machines_it_takes_a_restart(tmp_path: Path) -> None:
    """Their ports follow from the stages."""
    plan = line(tmp_path)
    far = replace(
        plan, nodes=tuple(n if n.name != "output.note" else node("output.note", host="h") for n in plan.nodes)
    )
    with pytest.raises(ConfigError, match="found alerts: restart to apply"):
        fit(far, with_alerts(far))
