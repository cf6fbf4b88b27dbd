"""The loop around one source."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.config.plan import Plan
from pipeline.messages import Frame
from pipeline.transport.ring import Rings
from pipeline.transport.slots import LEASE_S, LOSSLESS_LEASE_S, LOSSLESS_ON_THE_WAY, WAITING
from pipeline.worker.source_runner import SourceRunner
from tests.pipeline.memory import SIDE, Clock, Network, Script, Tally, line, node, picture, pulse, stop


class World:
    """A camera, with nobody behind it but the test."""

    def __init__(self, tmp_path: Path, clock: Clock, network: Network, patch: pytest.MonkeyPatch) -> None:
        patch.setattr("pipeline.worker.priority.Priority.lower", lambda self: None)
        self.clock, self.network = clock, network
        self.plan: Plan = line(tmp_path, node("camera.a", "look"), node("look", pixels="read"))
        self.pulse = pulse()
        self.rings = Rings(tmp_path)
        self.got: list[Frame] = []

    def frame(self, seq: int, side: int = SIDE, **more: Any) -> Frame:
        """Return a picture that has just been captured."""
        more = {"pixels": picture(seq % 251, side), "width": side, "height": side, "fps": 25.0} | more
        return Frame(camera="a", run=1, seq=seq, captured_ns=self.clock.now_ns, **more)

    def run(self, frames: Iterator[Frame]) -> SourceRunner:
        """Run a source of these frames to its end."""
        runner = SourceRunner(self.plan, self.plan["camera.a"], Script(lambda _: frames), self.pulse)
        runner.run()
        return runner

    def read(self) -> None:
        """Take what has arrived, and give its slots back."""
        for frame in self.network.arrived(self.plan.address("look", 0)):
            self.got.append(frame)
            if frame.slot:
                self.release(frame)

    def release(self, frame: Frame) -> None:
        """Give a slot back."""
        assert frame.slot
        ring = self.rings[frame.slot]
        assert ring
        pixels = ring.view(frame.slot, frame.height, frame.width)
        assert pixels is None or int(pixels[0, 0]) == frame.seq % 251
        ring.release(frame.slot, [0])

    def reads_every(self, seconds: float, times: int = 1000) -> None:
        """Have a reader that looks for frames so often."""
        for n in range(times):
            self.clock.at(n * seconds, self.read)

    @property
    def seqs(self) -> list[int]:
        """Return the numbers of the pictures read."""
        return [frame.seq for frame in self.got if frame.state == "live"]


@pytest.fixture
def world(tmp_path: Path, clock: Clock, network: Network, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a camera."""
    return World(tmp_path, clock, network, monkeypatch)


def test_a_recording_waits_and_loses_nothing(world: World, tally: Tally) -> None:
    """A reader that takes a picture every 100 ms sets the pace."""
    times = 40

    def frames() -> Iterator[Frame]:
        for seq in range(times):
            yield world.frame(seq, lossless=True)
        yield world.frame(times, lossless=True, state="ended")

    for n in range(300):
        world.clock.at(n * 0.1, lambda: read_one())

    waiting: list[Frame] = []

    def read_one() -> None:
        waiting.extend(world.network.arrived(world.plan.address("look", 0)))
        if waiting:
            world.got.append(waiting.pop(0))
            if world.got[-1].slot:
                world.release(world.got[-1])

    world.run(frames())
    world.clock.sleep(30)

    assert world.seqs == list(range(times))
    assert [frame.order for frame in world.got] == list(range(times + 1))
    assert world.got[-1].state == "ended"
    assert tally.dropped("camera.a") == {}
    assert tally("frames_in_total", stage="camera.a") == tally("frames_out_total", stage="camera.a") == times
    assert list(world.plan.directory.glob("*.ring")) == []


def test_a_live_picture_waits_for_one_period_and_then_is_dropped(world: World, tally: Tally) -> None:
    """With nobody who reads, as many are on the way as may be; what is dropped is counted when the next one is sent."""

    def frames() -> Iterator[Frame]:
        for seq in range(WAITING):
            yield world.frame(seq)
        before_s = world.clock.monotonic()
        yield world.frame(WAITING)
        waited.append(world.clock.monotonic() - before_s)
        yield world.frame(WAITING + 1)
        world.read()
        yield world.frame(WAITING + 2)

    waited: list[float] = []
    world.clock.at(2.0, world.read)
    world.run(frames())

    assert waited == [pytest.approx(1 / 25, abs=0.01)]
    assert world.seqs == [0, 1, 4]
    assert tally.dropped("camera.a") == {"no slot": 2}
    assert tally("frames_in_total", stage="camera.a") == 5
    assert tally("frames_out_total", stage="camera.a") == 3


def test_behind_a_live_picture_that_waits_for_long_none_is_sent(world: World) -> None:
    """One that lies somewhere for 150 ms means that the machine is full."""

    def frames() -> Iterator[Frame]:
        yield world.frame(0)
        world.clock.sleep(0.2)
        yield world.frame(1)
        world.read()
        yield world.frame(2)

    world.clock.at(1.0, world.read)
    world.run(frames())

    assert world.seqs == [0, 2]


@pytest.mark.parametrize(("lossless", "lease_s"), [(False, LEASE_S), (True, LOSSLESS_LEASE_S)])
def test_slots_of_a_reader_that_died_are_taken_back(world: World, lossless: bool, lease_s: float) -> None:
    """Not before the lease is over; those of a recording are leased for longer."""
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


def test_a_killed_process_leaves_no_ring(world: World) -> None:
    """The next process of this camera removes it, and nobody else's."""
    for name in ("a.1.ring", "ab.1.ring"):
        (world.plan.directory / name).touch()
    world.run(iter(()))

    assert [path.name for path in world.plan.directory.glob("*.ring")] == ["ab.1.ring"]


def test_larger_pictures_get_a_new_ring(world: World) -> None:
    """Smaller ones fit; the old ring goes when its last picture has been read."""
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


def test_states_are_told_and_what_waits_is_not(world: World, tally: Tally) -> None:
    """A frame without a picture that is `live` goes nowhere; a camera that was lost counts as a reconnect."""

    def frames() -> Iterator[Frame]:
        yield world.frame(0, state="connecting")
        yield world.frame(0)
        yield world.frame(1, pixels=None)
        yield world.frame(1, state="offline", pixels=None, error="gone")
        yield world.frame(1, state="offline", pixels=None, error="gone")
        yield world.frame(1)

    world.reads_every(0.01)
    world.run(frames())
    world.read()

    assert [frame.state for frame in world.got] == ["connecting", "live", "offline", "offline", "live"]
    assert [frame.order for frame in world.got] == [0, 1, 2, 3, 4]
    assert all(frame.pixels is None for frame in world.got)
    assert tally("reconnects_total", camera="a") == 1
    assert tally("frames_in_total", stage="camera.a") == 2


@pytest.mark.parametrize("lossless", [False, True])
def test_a_source_that_is_silent_hears_that_it_is_to_stop(world: World, lossless: bool) -> None:
    """A live stream ends with its state and the number of its pictures; a recording cut off says nothing."""

    def frames() -> Iterator[Frame]:
        yield world.frame(0, lossless=lossless)
        yield world.frame(1, lossless=lossless)
        for _ in range(1000):
            world.clock.sleep(0.5)
            yield world.frame(2, lossless=lossless, pixels=None)

    closed = frames()
    world.reads_every(0.01, 2000)
    began_s = world.clock.monotonic()
    world.clock.at(3.2, lambda: stop(world.pulse))
    world.run(closed)
    world.read()

    assert world.clock.monotonic() - began_s < 3.2 + 0.6
    assert [frame.state for frame in world.got] == ["live", "live"] + ([] if lossless else ["ended"])
    assert lossless or (world.got[-1].seq, world.got[-1].order, world.got[-1].slot) == (2, 2, None)
    assert next(closed, None) is None


def test_a_recording_told_to_stop_does_not_wait_for_room(world: World) -> None:
    """It ends within its lease though nobody reads."""
    world.clock.at(1.0, lambda: stop(world.pulse))

    def frames() -> Iterator[Frame]:
        for seq in range(1000):
            yield world.frame(seq, lossless=True)
        raise AssertionError("expected an end")

    began_s = world.clock.monotonic()
    world.clock.at(1.5, world.read)
    world.run(frames())

    assert world.clock.monotonic() - began_s < 1.6
    assert world.seqs == list(range(LOSSLESS_ON_THE_WAY + WAITING))


def test_the_end_waits_for_readers_but_not_for_ever(world: World) -> None:
    """Rings are there until their last picture has been read, or its lease is over."""
    began_s = world.clock.monotonic()
    world.clock.at(0.5, world.read)
    world.run(iter([world.frame(0)]))
    assert world.clock.monotonic() - began_s == pytest.approx(0.5, abs=0.01)
    world.run(iter([world.frame(0)]))

    assert world.clock.monotonic() - began_s == pytest.approx(0.5 + LEASE_S, abs=0.02)
    assert list(world.plan.directory.glob("*.ring")) == []


def test_each_output_has_slots_of_its_own(tmp_path: Path, world: World) -> None:
    """One that holds its pictures does not stop the others; it gets none meanwhile, and that is counted."""
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


def test_the_order_counts_on(world: World) -> None:
    """Also over frames that were dropped, which have no place in it."""

    def frames() -> Iterator[Frame]:
        for seq in range(0, 10, 2):
            yield world.frame(seq)
            world.read()
        yield replace(world.frame(10), state="ended")

    world.run(frames())
    world.read()

    assert [(frame.seq, frame.order) for frame in world.got] == [(0, 0), (2, 1), (4, 2), (6, 3), (8, 4), (10, 5)]
