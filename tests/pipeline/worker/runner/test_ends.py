"""How the loop around a stage ends, and how another process takes over."""

from collections.abc import Sequence

import pytest

from pipeline.messages import Frame
from pipeline.worker.runner import LIVE_QUIET_S, QUIET_S
from pipeline.worker.turn import Turn
from tests.pipeline.memory import Script, Tally, pulse, stop
from tests.pipeline.worker.runner.world import MS, World


@pytest.mark.parametrize(("lossless", "quiet_s"), [(False, LIVE_QUIET_S), (True, QUIET_S)])
def test_a_stage_told_to_stop_processes_what_was_sent(world: World, lossless: bool, quiet_s: float) -> None:
    """It ends when it has heard nothing for a while, longer behind recordings, and then no sooner or later."""
    stage = Script()
    world.send("emotion", world.frame(0, lossless=lossless))
    for n in range(1, 5):
        frame = world.frame(n, lossless=lossless, captured_ns=world.clock.now_ns + 499 * MS)
        world.clock.at(0.5 + n * quiet_s * 0.9, lambda frame=frame: world.send("emotion", frame))
    began_s = world.clock.monotonic()
    world.run("emotion", stage, after_s=0.5)
    took_s = world.clock.monotonic() - began_s

    assert stage.seen == [[0], [1], [2], [3], [4]]
    assert took_s == pytest.approx(0.5 + 4 * quiet_s * 0.9 + quiet_s, abs=0.002)


def test_a_live_stage_hears_soon_that_it_is_to_stop(world: World) -> None:
    """A signal does not end the wait for a frame; at 50 frames per second a camera has room for three meanwhile."""
    world.send("emotion", world.frame(0))
    began_s = world.clock.monotonic()
    world.run("emotion", Script(), after_s=0.001)

    assert world.clock.monotonic() - began_s < 0.075


def test_a_stage_told_to_stop_does_not_wait_for_producers_that_go_on(world: World) -> None:
    """Frames captured after the order are processed, and are its last."""
    stage = Script()
    for n in range(200):
        world.clock.at(n * 0.01, lambda n=n: world.send("emotion", world.frame(n)))
    began_s = world.clock.monotonic()
    world.run("emotion", stage, after_s=1.005)

    processed = sum(stage.seen, [])
    assert processed == list(range(len(processed)))
    assert len(processed) > 100
    assert world.clock.monotonic() - began_s < 1.05


@pytest.mark.parametrize("name", ["detect", "emotion", "overlay"])
def test_a_process_is_replaced_under_full_load(world: World, tally: Tally, name: str) -> None:
    """Producers switch between two frames: the old process ends after those before, the new one begins with the next.

    No frame is lost or overtakes another, and no two processes are at work at once.
    """
    address = world.plan.address
    behind = world.plan[name].to[-1]
    old_pulse, new_pulse = pulse(), pulse()

    def work(frames: Sequence[Frame]) -> Sequence[Frame]:
        world.clock.sleep(0.003)
        return frames

    old, new = Script(work), Script(work)

    def capture(seq: int, incarnation: int) -> None:
        pixels = world.plan[name].pixels != "none"
        world.send(name, (world.shown if pixels else world.frame)(seq), incarnation=incarnation)

    def consume() -> None:
        for frame in world.arrived(behind):
            leaving.append(frame.seq)
            if frame.slot:
                world.ring.release(frame.slot, [0])

    leaving: list[int] = []
    for seq in range(100):
        world.clock.at(seq * 0.01, lambda seq=seq: capture(seq, int(seq >= 50)))
    for ms in range(2000):
        world.clock.at(ms / 1000 + 0.0005, consume)
    world.clock.at(0.5, lambda: stop(old_pulse))
    standing_by = world.runner(name, new, incarnation=1, beating=new_pulse)
    assert sorted(world.network.bound) == [address(name, 0, 1)]
    world.runner(name, old, beating=old_pulse).run()
    assert world.network.bound == [address(name, 0, 1)]
    assert (new.seen, new_pulse.phase) == ([], "standby")
    world.clock.at(2.0, lambda: stop(new_pulse))
    standing_by.run()
    consume()

    assert sum(old.seen, []) == list(range(50))
    assert sum(new.seen, []) == list(range(50, 100))
    assert leaving == list(range(100))
    assert new_pulse.phase == "working"
    assert tally.dropped(name) == {}


def test_a_process_waits_for_its_turn(world: World) -> None:
    """While another one works it only beats, and processes nothing."""
    other = Turn(world.plan.directory, "emotion.0")
    assert other.take(lambda: True)
    stage = Script()
    world.send("emotion", world.frame(0))
    world.clock.at(0.3, lambda: (seen.extend(stage.seen), other.close()))
    seen: list[list[int]] = []
    world.run("emotion", stage)

    assert (seen, stage.seen) == ([], [[0]])
    assert world.pulse.phase == "working"


def test_what_draws_works_once_nothing_drawn_before_is_left(world: World) -> None:
    """It stays in `standby`, but processes frames, until the last slot filled before the takeover is free."""
    before = world.shown(0)
    phases: list[str] = []

    def note(frames: Sequence[Frame]) -> Sequence[Frame]:
        phases.append(world.pulse.phase)
        return frames

    world.clock.at(0.1, lambda: world.send("overlay", world.shown(1)))
    world.clock.at(0.3, lambda: world.ring.release(before.slot, [0]))  # type: ignore[arg-type]
    world.clock.at(0.5, lambda: world.send("overlay", world.shown(2)))
    world.run("overlay", Script(note))

    assert phases == ["standby", "working"]


def test_the_last_frames_of_a_recording_wait_for_a_slow_output(world: World, tally: Tally) -> None:
    """Also when the stage was asked to stop: nothing is lost as long as the output takes some."""
    world.send("emotion", *(world.frame(seq, lossless=True) for seq in range(6)))
    world.network.limit = 2
    queue = world.network.queues[world.plan.address("output.note", 0)]
    for n in range(40):
        world.clock.at(n * 0.5, lambda: (taken.append(queue.popleft()) if queue else None, world.arrived("overlay")))
    taken: list[object] = []
    world.run("emotion", Script(), after_s=0.1)
    world.clock.sleep(20)

    assert len(taken) == 6
    assert tally.dropped("output.note") == {}
