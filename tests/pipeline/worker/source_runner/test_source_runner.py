"""The loop around one source."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from prometheus_client import Gauge

from pipeline.messages import Frame, Zone
from pipeline.transport.slots import LOSSLESS_ON_THE_WAY, WAITING
from pipeline.transport.zone_file import write_zones
from tests.pipeline.memory import Tally, stop
from tests.pipeline.worker.source_runner.world import World


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
    """A frame that waits somewhere for 150 ms means overload."""

    def frames() -> Iterator[Frame]:
        yield world.frame(0)
        world.clock.sleep(0.2)
        yield world.frame(1)
        world.read()
        yield world.frame(2)

    world.clock.at(1.0, world.read)
    world.run(frames())

    assert world.seqs == [0, 2]


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
    """A live stream ends with its state and the number of its frames; an interrupted recording sends no end."""

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


def test_the_order_counts_on(world: World) -> None:
    """The order skips no number for dropped frames."""

    def frames() -> Iterator[Frame]:
        for seq in range(0, 10, 2):
            yield world.frame(seq)
            world.read()
        yield replace(world.frame(10), state="ended")

    world.run(frames())
    world.read()

    assert [(frame.seq, frame.order) for frame in world.got] == [(0, 0), (2, 1), (4, 2), (6, 3), (8, 4), (10, 5)]


def test_the_offset_of_a_cameras_clock_is_counted(world: World, tally: Tally) -> None:
    """If the camera gives its time; else the metric is absent."""
    world.reads_every(0.01)
    world.run(iter([world.frame(0)]))
    assert tally("camera_clock_offset_seconds", camera="a") == 0
    world.run(iter([world.frame(1, clock_offset_ns=250_000_000)]))

    assert tally("camera_clock_offset_seconds", camera="a") == 0.25


@pytest.mark.parametrize("leap_s", [86_400, -3600])
def test_seconds_pass_as_before_when_the_clock_is_set(world: World, tally: Tally, leap_s: int) -> None:
    """A machine that learned the date late had cameras of 0 frames per second in the summary of its run."""
    world.reads_every(0.01)

    def frames() -> Iterator[Frame]:
        for seq in range(3):
            yield replace(world.frame(seq), captured_ns=world.clock.now_ns + (seq > 0) * leap_s * 10**9)
            world.clock.sleep(1.0)

    world.run(frames())

    assert tally("camera_seconds_total", camera="a") == pytest.approx(2.0, abs=0.1)


def test_zones_change_between_two_frames(world: World) -> None:
    """The camera reads the file that the supervisor replaces; its process does not restart."""
    desk, door = (Zone(name=name, points=((0.0, 0.5), (1.0, 0.5)), line=True) for name in ("desk", "door"))
    world.plan = replace(world.plan, zones={"a": (desk,)})

    def frames() -> Iterator[Frame]:
        yield world.frame(0)  # a stage that is run by hand has no file
        write_zones(replace(world.plan, zones={"a": (desk, door), "b": (door,)}))
        yield world.frame(1)
        yield world.frame(2)
        write_zones(replace(world.plan, zones={"b": (door,)}))
        yield world.frame(3)

    world.reads_every(0.001)
    world.run(frames())
    world.read()

    assert [frame.zones for frame in world.got if frame.state == "live"] == [(desk,), (desk, door), (desk, door), ()]


def test_what_was_sent_is_counted_even_if_the_process_is_killed(world: World, tally: Tally) -> None:
    """Before the next frame, at every frame: what arrives elsewhere would otherwise not add up."""
    counted = []

    def frames() -> Iterator[Frame]:
        for seq in (0, 1, 4):
            yield world.frame(seq, lossless=False)
            world.read()
            counted.append((tally("frames_in_total", stage="camera.a"), sum(tally.dropped("camera.a").values())))

    world.run(frames())

    assert counted == [(1, 0), (2, 0), (5, 2)]


def test_the_decoder_and_clock_of_an_earlier_process_are_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The camera's source may be another one, which has neither."""
    told: list[str] = []

    def forget(gauge: Gauge, camera: str) -> None:
        told.append(f"{camera}: no {gauge.describe()[0].name}")

    def choose(gauge: Gauge, label: str, chosen: str, **labels: str) -> None:
        told.append(f"{label} {chosen!r}")

    monkeypatch.setattr("pipeline.worker.source_runner.forget", forget)
    monkeypatch.setattr("pipeline.worker.pulse.choose", choose)
    world.run(iter([world.frame(0), world.frame(1)]))

    assert told == ["a: no emobot_camera_clock_offset_seconds", "decoder ''"]
