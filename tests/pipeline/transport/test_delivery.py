"""The links behind a stage, and the release of slots."""

import logging
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.config.plan import Plan
from pipeline.messages import Frame
from pipeline.transport.absence import AWAY_S
from pipeline.transport.delivery import GONE_S, Delivery
from pipeline.transport.ring import Ring, Rings
from pipeline.transport.slots import FULL_S, ON_THE_WAY, WAITING
from pipeline.transport.switchboard import HANDOVER_S, Switchboard
from tests.pipeline.memory import SIDE, Clock, Network, Tally, line, node, picture


@pytest.fixture
def ring(tmp_path: Path, clock: Clock) -> Ring:
    """Return a ring of two readers."""
    return Ring.create(tmp_path / "a.1.ring", slots=8, slot_bytes=SIDE * SIDE * 3 // 2, readers=2)


def shown(ring: Ring, seq: int = 0, **more: Any) -> Frame:
    """Return a frame with its picture."""
    slot = ring.fill(picture(seq), [0, 1])
    assert slot is not None
    return Frame(camera="a", seq=seq, slot=slot, width=SIDE, height=SIDE, **more)


def delivery(plan: Plan, name: str) -> Delivery:
    """Return what is behind a stage."""
    return Delivery(plan, plan[name], Rings(plan.directory), lambda: True)


def two(tmp_path: Path, **more: Any) -> Plan:
    """Return a plan of an overlay with two outputs that show pictures, and one that does not."""
    x, y = node("output.x", pixels="read", **more), node("output.y", pixels="read")
    overlay = node("overlay", "output.x", "output.y", "output.note", pixels="write")
    return line(tmp_path, node("camera.a", "overlay"), overlay, x, y, node("output.note"))


def test_pictures_go_where_they_are_read(tmp_path: Path, network: Network, ring: Ring) -> None:
    """An output without pictures gets no token, and holds no slot."""
    plan = two(tmp_path)
    frame = shown(ring)
    delivery(plan, "overlay").send(frame)
    got = {name: network.arrived(plan.address(name, 0))[0].slot for name in plan["overlay"].to}

    assert got == {"output.x": frame.slot, "output.y": frame.slot, "output.note": None}
    assert (len(ring.held(0)), len(ring.held(1)), len(ring.upstream())) == (1, 1, 0)


def test_a_dropped_frame_gives_back_what_its_readers_hold(tmp_path: Path, network: Network, ring: Ring) -> None:
    """A sink releases its own lease, a filter those of all readers behind it."""
    plan = two(tmp_path)
    frame = shown(ring)
    delivery(plan, "output.x").drop(frame)
    assert not ring.idle()
    delivery(plan, "output.y").drop(frame)
    assert ring.idle()
    delivery(plan, "overlay").drop(shown(ring, 1))

    assert ring.idle()


def test_a_slow_output_loses_its_own_frames_only(tmp_path: Path, network: Network, ring: Ring, tally: Tally) -> None:
    """It may hold two frames; later ones go to the others, and its leases on them are released."""
    plan = two(tmp_path)
    behind = delivery(plan, "overlay")
    for seq in range(4):
        frame = shown(ring, seq)
        behind.send(frame)
        ring.release(frame.slot, [1])  # type: ignore[arg-type]
    seqs = {name: [f.seq for f in network.arrived(plan.address(name, 0))] for name in plan["overlay"].to}

    assert seqs == {"output.x": [0, 1], "output.y": [0, 1, 2, 3], "output.note": [0, 1, 2, 3]}
    assert tally.dropped("output.x") == {"slow": 2}
    assert (len(ring.held(0)), len(ring.held(1)), ring.upstream()) == (WAITING, 0, [])


def test_a_full_queue_costs_a_live_frame_and_delays_a_recording(
    tmp_path: Path, clock: Clock, network: Network, tally: Tally
) -> None:
    """While waiting it sends heartbeats; when stopping it gives up after a time without progress."""
    plan = line(tmp_path)
    network.limit = 1
    going, beats = True, []
    behind = Delivery(plan, plan["detect"], Rings(tmp_path), lambda: beats.append(1) or going)
    queue = plan.address("emotion", 0)
    for seq in range(2):
        behind.send(Frame(camera="a", seq=seq))
    assert [frame.seq for frame in network.arrived(queue)] == [0]
    assert tally.dropped("emotion") == {"slow": 1}

    behind.send(Frame(camera="a", seq=2, lossless=True))
    clock.at(1.1, lambda: network.arrived(queue))
    behind.send(Frame(camera="a", seq=3, lossless=True))
    assert [frame.seq for frame in network.arrived(queue)] == [3]
    assert len(beats) == 5
    assert tally.dropped("emotion") == {"slow": 1}

    network.limit = going = 0  # type: ignore[assignment]
    began_s = clock.monotonic()
    behind.send(Frame(camera="a", seq=4, lossless=True))
    assert clock.monotonic() - began_s == pytest.approx(GONE_S, abs=0.3)
    behind.send(Frame(camera="a", seq=5, lossless=True))
    assert clock.monotonic() - began_s == pytest.approx(GONE_S, abs=0.6)
    assert tally.dropped("emotion") == {"slow": 3}


def test_a_source_told_to_stop_waits_for_nobody(tmp_path: Path, clock: Clock, network: Network, tally: Tally) -> None:
    """An interrupted recording is incomplete anyway."""
    plan = line(tmp_path)
    network.limit = 0
    Delivery(plan, plan["camera.a"], Rings(tmp_path), lambda: False).send(Frame(camera="a", lossless=True))

    assert tally.dropped("detect") == {"slow": 1}
    assert clock.now_ns == Clock().now_ns + 200_000_000


def test_as_many_as_may_be_on_the_way(tmp_path: Path, clock: Clock, network: Network, ring: Ring) -> None:
    """A camera sends no more than its limit, and nothing behind a frame that has waited for long."""
    plan = two(tmp_path)
    behind = delivery(plan, "camera.a")
    frames = []
    for _ in range(ON_THE_WAY):
        assert behind.ready(ring)
        frames.append(shown(ring))
    assert not behind.ready(ring)
    delivery(plan, "overlay").send(frames.pop(0))
    assert behind.ready(ring)
    clock.sleep(FULL_S + 0.01)

    assert not behind.ready(ring)


def test_during_a_change_frames_may_wait_as_long_as_there_are_slots(
    tmp_path: Path, clock: Clock, network: Network, ring: Ring, tally: Tally
) -> None:
    """The process that takes over gets them late, and none is lost; afterwards the usual limits apply."""
    plan = two(tmp_path)
    board = Switchboard.create(plan)
    camera, overlay = delivery(plan, "camera.a"), delivery(plan, "overlay")
    frames = [shown(ring, seq) for seq in range(ON_THE_WAY)]
    clock.sleep(FULL_S + 0.01)
    assert not camera.ready(ring)

    board.hand_over()
    assert camera.ready(ring)
    for frame in frames:
        overlay.send(frame)
    assert len(ring.held(0)) == ON_THE_WAY > WAITING
    clock.sleep(HANDOVER_S)
    overlay.send(shown(ring, ON_THE_WAY))

    assert tally.dropped("output.x") == {"slow": 1}


def test_pixels_travel_to_another_machine(tmp_path: Path, network: Network, ring: Ring, clock: Clock) -> None:
    """The message holds the pixels and the time of sending; the slot is released at once."""
    plan = two(tmp_path, host="10.0.0.2")
    frame = shown(ring, 7)
    delivery(plan, "overlay").send(frame)
    (got,) = network.arrived(plan.address("output.x", 0))

    assert got.slot is None and got.pixels is not None
    assert int(got.pixels[0, 0]) == 7
    assert got.sent_ns == clock.now_ns
    assert (len(ring.held(0)), len(ring.held(1))) == (0, 1)


def test_a_stage_that_is_away_is_named_and_its_frames_are_counted(
    tmp_path: Path, network: Network, ring: Ring, clock: Clock, tally: Tally, caplog: pytest.LogCaptureFixture
) -> None:
    """For a moment frames wait for it; states always do, and a recording's frames. Other outputs lose nothing."""
    caplog.set_level(logging.INFO)
    plan = two(tmp_path, host="10.0.0.2")
    address = plan.address("output.x", 0)
    network.away = {address}
    overlay = delivery(plan, "overlay")
    for seq in range(3):
        frame = shown(ring, seq)
        overlay.send(frame)
        ring.release(frame.slot, [1])  # type: ignore[arg-type]
        clock.sleep(AWAY_S * 0.6)
    overlay.send(Frame(camera="a", seq=3, state="offline"))
    assert [frame.seq for frame in network.arrived(address)] == [0, 1, 3]
    assert tally.dropped("output.x") == {"away": 1}
    assert "expected output.x at tcp://10.0.0.2:" in caplog.text and caplog.text.count("found no answer") == 1

    network.away = set()
    overlay.send(shown(ring, 4))
    assert [frame.seq for frame in network.arrived(address)] == [4] and "output.x is at tcp://10.0.0.2:" in caplog.text
    assert len(network.arrived(plan.address("output.y", 0))) == 5 and not tally.dropped("output.y")


def test_a_stage_that_takes_nothing_is_away_too(
    tmp_path: Path, network: Network, ring: Ring, clock: Clock, tally: Tally, caplog: pytest.LogCaptureFixture
) -> None:
    """For a quarter of an hour, the kernel takes a machine without power for one that is slow."""
    overlay = delivery(two(tmp_path, host="10.0.0.2"), "overlay")
    network.limit = 0
    for _ in range(3):
        frame = shown(ring)
        overlay.send(frame)
        ring.release(frame.slot, [1])  # type: ignore[arg-type]
        clock.sleep(AWAY_S * 0.6)
    assert tally.dropped("output.x") == {"slow": 2, "away": 1}
    assert "found no answer" in caplog.text


def test_each_camera_goes_to_its_worker(tmp_path: Path, network: Network) -> None:
    """After a switch, the next frame goes to the new process of this worker only."""
    cameras = node("camera.a", "detect"), node("camera.b", "detect")
    plan = line(tmp_path, *cameras, node("detect", workers=2))
    board = Switchboard.create(plan)
    a, b = delivery(plan, "camera.a"), delivery(plan, "camera.b")
    for seq in range(4):
        if seq == 2:
            board.switch("detect", 0, 1)
        a.send(Frame(camera="a", seq=seq))
        b.send(Frame(camera="b", seq=seq))
    got = {
        key: [(f.camera, f.seq) for f in network.arrived(plan.address("detect", *key))]
        for key in ((0, 0), (0, 1), (1, 0), (1, 1))
    }

    assert got == {
        (0, 0): [("a", 0), ("a", 1)],
        (0, 1): [("a", 2), ("a", 3)],
        (1, 0): [("b", 0), ("b", 1), ("b", 2), ("b", 3)],
        (1, 1): [],
    }


def test_a_filter_that_reads_last_gives_its_own_back(tmp_path: Path, network: Network, ring: Ring) -> None:
    """Without outputs that read pixels, it releases its lease when it sends the frame."""
    plan = line(tmp_path, node("camera.a", "detect"), node("detect", "output.note", pixels="read"), node("output.note"))
    frame = replace(shown(ring), lossless=True)
    ring.release(frame.slot, [1])  # type: ignore[arg-type]
    delivery(plan, "detect").send(frame)

    assert ring.idle()
    assert network.arrived(plan.address("output.note", 0))[0].slot is None


@pytest.fixture
def ending(tmp_path: Path, network: Network) -> tuple[Delivery, Switchboard]:
    """Return what is behind `detect`, and the counts of its reader, `emotion`."""
    plan = line(tmp_path)
    board = Switchboard.create(plan)
    return Delivery(plan, plan["detect"], Rings(tmp_path), lambda: True), board


def test_who_ends_waits_for_the_readers_of_recordings(ending: tuple[Delivery, Switchboard]) -> None:
    """It waits until a reader has waited in vain twice: the first wait may predate the last message."""
    delivery, board = ending
    delivery.send(Frame(camera="a", state="ended", lossless=True))
    asked = 0

    def go_on() -> bool:
        nonlocal asked
        asked += 1
        board.note("emotion", 0, idle=asked > 3)
        return True

    delivery.finish(go_on)

    assert (asked, board.seen("emotion", 0)) == (5, (3, 2))


def test_who_ends_does_not_wait_for_a_reader_that_takes_nothing(
    ending: tuple[Delivery, Switchboard], clock: Clock
) -> None:
    """In a hurry it waits for no reader at all."""
    delivery, _ = ending
    delivery.send(Frame(camera="a", state="ended", lossless=True))
    before_s = clock.monotonic()
    delivery.finish(lambda: False)
    assert clock.monotonic() == before_s
    delivery.finish(lambda: True)

    assert clock.monotonic() - before_s == pytest.approx(GONE_S, abs=0.1)


def test_nobody_waits_for_readers_of_live_cameras(ending: tuple[Delivery, Switchboard]) -> None:
    """Live cameras lose frames instead."""
    delivery, _ = ending
    delivery.send(Frame(camera="a", state="ended"))
    asked: list[bool] = []
    delivery.finish(lambda: bool(asked.append(True)))

    assert not asked
