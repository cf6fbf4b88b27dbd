"""A stage learns which cameras the run has, so that it forgets those that were removed."""

from collections.abc import Set

import pytest
from msgspec.structs import replace

from pipeline.errors import InputError
from pipeline.transport.camera_file import write_cameras
from pipeline.worker.removals import GONE_S
from tests.pipeline.memory import Script, node, stop
from tests.pipeline.worker.runner.world import World


class Keeper(Script):
    """Records which cameras there are."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__(lambda frames: ())
        self.kept: list[set[str]] = []
        self._error = error

    def keep(self, cameras: Set[str]) -> None:
        """Record the cameras, or fail."""
        self.kept.append(set(cameras))
        if self._error:
            raise self._error


def cameras(world: World, *names: str, paused: tuple[str, ...] = ()) -> None:
    """Write the cameras of the run."""
    nodes = [*(node(f"camera.{name}") for name in names), *world.plan.nodes[1:]]
    write_cameras(replace(world.plan, nodes=tuple(nodes), paused=paused))


def test_a_removed_camera_is_gone_when_its_last_frames_have_come(world: World) -> None:
    """Some seconds after the last one: a frame that is on its way would make it known again."""
    stage = Keeper()
    cameras(world, "a", "b")
    world.send("output.note", world.frame(0), world.frame(0, "b"))
    world.clock.at(1.0, lambda: cameras(world, "a"))
    world.clock.at(1.5, lambda: world.send("output.note", world.frame(1, "b", state="ended")))
    world.clock.at(1.4 + GONE_S, lambda: stage.kept.append(set()))
    world.run("output.note", stage, after_s=9.0)

    assert stage.kept == [{"a", "b"}, set(), {"a"}]


def test_a_removed_camera_that_was_silent_is_gone_a_little_later(world: World) -> None:
    """It may come back: a fleet removes a camera and adds it with other options."""
    stage = Keeper()
    cameras(world, "a", "b")
    world.clock.at(20.0, lambda: cameras(world, "a"))
    world.clock.at(19.9 + GONE_S, lambda: stage.kept.append(set()))
    world.run("output.note", stage, after_s=30.0)

    assert stage.kept == [{"a", "b"}, set(), {"a"}]


def test_paused_and_silent_cameras_stay(world: World) -> None:
    """A camera that restarts, whose source has ended or that is paused, is one of the run's."""
    stage = Keeper()
    cameras(world, "a", "b", "c")
    world.send("output.note", world.frame(0), world.frame(0, "b"), world.frame(0, "c", state="ended"))
    world.clock.at(1.0, lambda: cameras(world, "a", "c", paused=("b",)))
    world.run("output.note", stage, after_s=9.0)

    assert stage.kept == [{"a", "b", "c"}]


def test_a_camera_that_comes_back_at_once_stays(world: World) -> None:
    """A fleet removes a camera and adds it with other options."""
    stage = Keeper()
    cameras(world, "a", "b")
    world.clock.at(12.0, lambda: cameras(world, "a"))
    world.clock.at(14.0, lambda: cameras(world, "a", "b"))
    world.run("output.note", stage, after_s=30.0)

    assert stage.kept == [{"a", "b"}]


def test_where_the_cameras_are_unknown_none_is_gone(world: World) -> None:
    """As on another machine."""
    stage = Keeper()
    world.send("output.note", world.frame(0))
    world.run("output.note", stage, after_s=9.0)

    assert stage.kept == []


def test_a_stage_that_fails_to_forget_continues(world: World) -> None:
    """Its frames still pass."""
    stage = Keeper(RuntimeError("told to fail"))
    cameras(world, "a")
    world.clock.at(1.0, lambda: world.send("output.note", world.frame(7)))
    world.run("output.note", stage, after_s=3.0)

    assert (stage.kept, stage.seen) == ([{"a"}], [[7]])


def test_a_stage_that_cannot_work_ends(world: World) -> None:
    """As on a frame: the disk may be full."""
    cameras(world, "a")
    world.clock.at(3.0, lambda: stop(world.pulse))
    with pytest.raises(InputError, match="full"):
        world.runner("output.note", Keeper(InputError("the disk is full"))).run()
