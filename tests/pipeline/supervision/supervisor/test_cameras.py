"""The file with the cameras of a run, from which stages learn that one was removed."""

from msgspec.structs import replace

from pipeline.config.plan import Plan
from pipeline.errors import EXIT_CONFIG
from pipeline.transport.camera_file import CameraFile
from tests.pipeline.memory import node
from tests.pipeline.supervision.supervisor.world import World
from tests.support.plans import STUBS, make_plan


def instead(plan: Plan, name: str) -> Plan:
    """Return the plan with another camera."""
    return replace(plan, nodes=(node(f"camera.{name}", "detect"), *plan.nodes[1:]))


def test_a_camera_is_in_it_until_its_process_has_ended(world: World) -> None:
    """Its last frames come until then; the new camera is in it from the start."""
    world.up()
    file = CameraFile(world.plan.directory)
    assert file.read() == {"a"}
    world.supervisor.change(instead(world.plan, "b"))
    world.poll(2)
    assert file.read() == {"a", "b"}
    world.beat("camera.b")
    world.leave()
    world.poll(3)

    assert (world.supervisor.changing, file.read()) == (False, {"b"})


def test_a_camera_is_in_it_again_after_an_undo(world: World) -> None:
    """The one that could not work is not."""
    world.up()
    file = CameraFile(world.plan.directory)
    world.supervisor.change(instead(world.plan, "b"))
    world.poll(2)
    world.leave()
    world.poll()
    world.beat("camera.b", phase="failed", error="no such file")
    world.poll()
    world.processes.of("camera.b").end(EXIT_CONFIG)
    world.poll(4)
    assert file.read() == {"a", "b"}
    world.beat("camera.a")
    world.poll(3)

    assert (world.supervisor.changing, world.supervisor.outcome) == (False, "[camera.b] no such file")
    assert file.read() == {"a"}


def test_a_paused_camera_is_in_it() -> None:
    """It is no stage, but it is still in the config."""
    plan = make_plan(camera={"b": {"use": f"{STUBS}:Numbers", "enabled": False}})

    assert (plan.paused, sorted(plan.cameras)) == (("b",), ["a", "b"])
