"""A source's rings and slots are created, reclaimed and removed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.messages import Frame
from pipeline.transport.slots import LEASE_S, LOSSLESS_LEASE_S, LOSSLESS_ON_THE_WAY, WAITING
from tests.pipeline.memory import line, node, stop
from tests.pipeline.worker.source_runner.world import World


@pytest.mark.parametrize(("lossless", "lease_s"), [(False, LEASE_S), (True, LOSSLESS_LEASE_S)])
def test_slots_of_a_reader_that_died_are_taken_back(world: World, lossless: bool, lease_s: float) -> None:
    """Slots are reclaimed after the lease, which is longer for recordings."""
    slots = LOSSLESS_ON_THE_WAY + WAITING if lossless else WAITING
    began_s = world.clock.monotonic()
    again: list[float] = []

    def frames() -> Iterator[Frame]:
        for seq in range(10_000):
            yield world.frame(seq, lossless=lossless)
            sent = len(world.network.queues[world.plan.address("look", 0)])
            if sent > slots:
                again.append(world.clock.monotonic() - began_s)
                stop(world.pulse)

    world.run(frames())

    assert again[0] == pytest.approx(lease_s, abs=0.05)


@pytest.mark.parametrize(("lossless", "lease_s"), [(False, LEASE_S), (True, LOSSLESS_LEASE_S)])
def test_readers_that_stood_still_too_keep_their_slots(world: World, lossless: bool, lease_s: float) -> None:
    """After Ctrl-Z, a recording lost the frames in all slots."""
    slots = LOSSLESS_ON_THE_WAY + WAITING if lossless else WAITING
    again: list[float] = []

    def stand_still() -> None:
        world.clock.now_ns += 60 * 10**9

    def frames() -> Iterator[Frame]:
        world.clock.at(1.0, stand_still)
        for seq in range(10_000):
            yield world.frame(seq, lossless=lossless)
            if len(world.network.queues[world.plan.address("look", 0)]) > slots:
                again.append(world.clock.monotonic() - began_s)
                stop(world.pulse)

    began_s = world.clock.monotonic()
    world.run(frames())

    assert again[0] == pytest.approx(61 + lease_s, abs=0.1)


def test_a_stage_that_is_too_slow_costs_one_line_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """It keeps the slots of each frame for too long; a line for each would fill the disk."""
    began_s = world.clock.monotonic()

    def frames() -> Iterator[Frame]:
        for seq in range(10_000):
            yield world.frame(seq, lossless=False)
            if world.clock.monotonic() - began_s > 4 * LEASE_S:
                stop(world.pulse)

    world.run(frames())

    assert caplog.text.count("reclaimed slots") == 1


def test_a_killed_process_leaves_no_ring(world: World) -> None:
    """The next process of this camera removes it, and nobody else's."""
    for name in ("a.1.ring", "ab.1.ring"):
        (world.plan.directory / name).touch()
    world.run(iter(()))

    assert [path.name for path in world.plan.directory.glob("*.ring")] == ["ab.1.ring"]


def test_larger_pictures_get_a_new_ring(world: World) -> None:
    """Smaller ones fit; the old ring is removed when its last frame has been read."""
    rings: list[int] = []

    def frames() -> Iterator[Frame]:
        for seq, side in enumerate((4, 2, 8, 4)):
            world.clock.sleep(0.001)
            yield world.frame(seq, side, lossless=True)
            rings.append(len(list(world.plan.directory.glob("a.*.ring"))))
            if seq == 2:
                world.read()

    world.clock.at(1.0, world.read)
    world.run(frames())

    assert world.seqs == [0, 1, 2, 3]
    assert rings == [1, 1, 2, 1]


def test_the_end_waits_for_readers_but_not_for_ever(world: World) -> None:
    """Rings exist until their last frame has been read, or its lease is over."""
    began_s = world.clock.monotonic()
    world.clock.at(0.5, world.read)
    world.run(iter([world.frame(0)]))
    assert world.clock.monotonic() - began_s == pytest.approx(0.5, abs=0.01)
    world.run(iter([world.frame(0)]))

    assert world.clock.monotonic() - began_s == pytest.approx(0.5 + LEASE_S, abs=0.02)
    assert list(world.plan.directory.glob("*.ring")) == []


def test_each_output_has_slots_of_its_own(tmp_path: Path, world: World) -> None:
    """An output that holds its frames gets no more, and does not stop the others."""
    outputs = node("output.x", pixels="read"), node("output.y", pixels="read")
    world.plan = line(tmp_path, node("camera.a", "output.x", "output.y"), *outputs)
    seen: list[int] = []

    def read(name: str, index: int) -> None:
        for frame in world.network.arrived(world.plan.address(name, 0)):
            assert frame.slot
            seen.append(frame.seq)
            world.rings[frame.slot].release(frame.slot, [index])  # type: ignore[union-attr]

    def frames() -> Iterator[Frame]:
        for seq in range(5):
            yield world.frame(seq)
            read("output.x", 0)

    world.run(frames())

    assert seen == [0, 1]
