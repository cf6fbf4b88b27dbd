"""The loop around one stage."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.errors import InputError
from pipeline.messages import EMOTIONS, Box, Face, Frame
from pipeline.transport.ring import Ring
from pipeline.worker.pulse import Pulse
from pipeline.worker.runner import GIVE_UP_AFTER, LIVE_QUIET_S, QUIET_S, Runner, in_order
from pipeline.worker.turn import Turn
from tests.pipeline.memory import SIDE, Clock, Network, Script, Tally, line, node, picture, pulse, stop

MS = 1_000_000


class World:
    """A run of which one stage is run by hand."""

    def __init__(self, tmp_path: Path, clock: Clock, network: Network) -> None:
        self.clock, self.network = clock, network
        self.plan = line(tmp_path)
        self.pulse = pulse()
        self.ring = Ring.create(tmp_path / "a.1.ring", slots=16, slot_bytes=SIDE * SIDE * 3 // 2, readers=1)
        self.sent = 0

    def frame(self, seq: int, camera: str = "a", **more: Any) -> Frame:
        """Return a frame that has just been captured."""
        size = {"width": SIDE, "height": SIDE}
        return Frame(**{"camera": camera, "seq": seq, "order": seq, "captured_ns": self.clock.now_ns, **size, **more})

    def shown(self, seq: int, **more: Any) -> Frame:
        """Return a frame with its picture, which shows its number."""
        slot = self.ring.fill(picture(seq), [0])
        assert slot is not None
        return self.frame(seq, slot=slot, **more)

    def send(self, name: str, *frames: Frame, incarnation: int = 0) -> None:
        """Send frames to a stage."""
        outlet = self.network.outlet(self.plan.address(name, 0, incarnation), Frame, 10**6)
        for frame in frames:
            assert outlet.send(frame)

    def runner(self, name: str, stage: Script, incarnation: int = 0, beating: Pulse | None = None) -> Runner:
        """Return the loop around a stage."""
        return Runner(self.plan, self.plan[name], 0, stage, beating or self.pulse, incarnation)

    def run(self, name: str, stage: Script, after_s: float = 1.0) -> None:
        """Run a stage, and tell it to stop after a while."""
        self.clock.at(after_s, lambda: stop(self.pulse))
        self.runner(name, stage).run()

    def arrived(self, name: str) -> list[Frame]:
        """Return what was sent to a stage."""
        return self.network.arrived(self.plan.address(name, 0))

    def tuned(self, name: str, **more: Any) -> None:
        """Give a stage other keys of the runner."""
        nodes = [n if n.name != name else replace(n, keys=replace(n.keys, **more)) for n in self.plan.nodes]
        self.plan = replace(self.plan, nodes=tuple(nodes))


@pytest.fixture
def world(tmp_path: Path, clock: Clock, network: Network) -> World:
    """Return a run of one camera."""
    return World(tmp_path, clock, network)


def failing(*numbers: int, kind: type[Exception] = RuntimeError) -> Callable[[Sequence[Frame]], Sequence[Frame]]:
    """Return what fails on frames of these numbers, and passes on the others."""

    def process(frames: Sequence[Frame]) -> Sequence[Frame]:
        if any(frame.seq in numbers for frame in frames):
            raise kind("told to fail")
        return frames

    return process


def numbers(frames: Sequence[Frame]) -> list[int]:
    """Return the numbers of frames."""
    return [frame.seq for frame in frames]


def test_frames_pass_in_order_and_are_counted(world: World, tally: Tally) -> None:
    """What comes in goes on, to every stage behind, and is counted once."""
    world.send("emotion", *(world.frame(seq) for seq in range(5)))
    world.run("emotion", Script())

    assert numbers(world.arrived("output.note")) == numbers(world.arrived("overlay")) == [0, 1, 2, 3, 4]
    assert tally("frames_in_total", stage="emotion") == tally("frames_out_total", stage="emotion") == 5
    assert tally("age_seconds_count", stage="emotion") == tally("service_seconds_count", stage="emotion") == 5
    assert tally.dropped("emotion") == {}


def test_states_pass_and_are_not_counted_as_frames(world: World, tally: Tally) -> None:
    """A camera that is offline has no frames."""
    world.send("emotion", world.frame(0, state="offline", captured_ns=0), world.frame(1, state="ended"))
    world.run("emotion", Script())

    assert [frame.state for frame in world.arrived("overlay")] == ["offline", "ended"]
    assert tally("frames_in_total", stage="emotion") == tally("frames_out_total", stage="emotion") == 0


def test_a_batch_is_full_or_its_time_is_up(world: World) -> None:
    """`batch` bounds it, `max_wait_ms` how long the first frame waits."""
    world.tuned("emotion", batch=3, max_wait_ms=20.0)
    stage = Script()
    world.send("emotion", *(world.frame(seq) for seq in range(3)))
    for seq, at_s in ((3, 0.1), (4, 0.115), (5, 0.125)):
        world.clock.at(at_s, lambda seq=seq: world.send("emotion", world.frame(seq)))
    world.run("emotion", stage)

    assert stage.seen == [[0, 1, 2], [3, 4], [5]]


def test_only_recordings_wait_for_a_fuller_batch(world: World) -> None:
    """Live frames are processed at once; of a recording four are waited for, 50 ms at most."""
    world.tuned("emotion", batch=32)
    for lossless in (False, True):
        world.pulse = pulse()
        stage = Script()
        world.send("emotion", world.frame(0, lossless=lossless))
        for seq in range(1, 6):
            more = world.frame(seq, lossless=lossless)
            world.clock.at(seq / 100, lambda frame=more: world.send("emotion", frame))
        world.run("emotion", stage)

        assert stage.seen == ([[0, 1, 2, 3], [4, 5]] if lossless else [[0], [1], [2], [3], [4], [5]])


def test_a_failed_frame_is_an_error_and_not_left_out(world: World, tally: Tally) -> None:
    """The others of its batch go on; it is counted once, and its slot is free again."""
    world.tuned("detect", batch=8)
    world.send("detect", *(world.shown(seq) for seq in range(4)))
    world.run("detect", Script(failing(2)))

    assert numbers(world.arrived("emotion")) == [0, 1, 3]
    assert tally.dropped("detect") == {"error": 1}
    assert tally("frames_out_total", stage="detect") == 3
    assert [any(leases) for leases in world.ring._leases.tolist()] == [True, True, False, True] + 12 * [False]


def test_a_failed_frame_does_not_count_as_sent_by_a_sink(world: World, tally: Tally) -> None:
    """A sink consumed those that did not fail."""
    world.tuned("output.look", batch=8)
    world.send("output.look", *(world.shown(seq) for seq in range(4)))
    world.run("output.look", Script(failing(1, 2)))

    assert tally.dropped("output.look") == {"error": 2}
    assert tally("frames_out_total", stage="output.look") == tally("age_seconds_count", stage="output.look") == 2
    assert world.ring.idle()


def test_what_a_filter_does_not_yield_is_left_out(world: World, tally: Tally) -> None:
    """It is counted with that cause, and its slot is free; a sink yields nothing and leaves nothing out."""
    world.send("detect", *(world.shown(seq) for seq in range(4)))
    world.run("detect", Script(lambda frames: [frame for frame in frames if frame.seq % 2]))
    world.pulse = pulse()
    world.send("output.note", world.frame(9))
    world.run("output.note", Script(lambda frames: ()))

    assert tally.dropped("detect") == {"left out": 2}
    assert numbers(world.arrived("emotion")) == [1, 3]
    assert tally.dropped("output.note") == {}
    assert tally("frames_out_total", stage="output.note") == 1


def test_too_many_failures_in_a_row_end_the_process(world: World, tally: Tally) -> None:
    """The last is raised; a success between them starts the count again."""
    fails = [seq for seq in range(30) if seq != 5]
    world.send("emotion", *(world.frame(seq) for seq in range(30)))
    with pytest.raises(RuntimeError, match="told to fail"):
        world.run("emotion", Script(failing(*fails)))

    assert tally.dropped("emotion") == {"error": 5 + GIVE_UP_AFTER}
    assert world.network.bound == []


def test_an_expected_error_is_not_tried_again(world: World) -> None:
    """What a stage says of itself ends it at once, and its turn is free for the next process."""
    stage = Script(failing(0, kind=InputError))
    world.send("emotion", world.frame(0))
    with pytest.raises(InputError, match="told to fail"):
        world.run("emotion", stage)

    assert stage.seen == [[0]]
    assert Turn(world.plan.directory, "emotion.0").take(lambda: True)


def test_a_late_frame_is_dropped_except_in_a_recording(world: World, tally: Tally) -> None:
    """An output without pictures takes up what is younger than 2 s."""
    age_ns = int(world.plan.run.max_age_ms * MS) + 1
    old = world.clock.now_ns - age_ns
    world.send("emotion", world.frame(0, captured_ns=old), world.frame(1, captured_ns=old, lossless=True))
    world.send("output.note", world.frame(2, captured_ns=old), world.frame(3, captured_ns=old - 2000 * MS))
    world.run("emotion", Script())
    world.pulse = pulse()
    world.clock.now_ns = old + age_ns
    stage = Script()
    world.run("output.note", stage)

    assert tally.dropped("emotion") == {"stale": 1}
    assert tally.dropped("output.note") == {"stale": 1}
    assert stage.seen == [[1], [2]]


def test_a_stage_sees_the_pictures_it_asks_for(world: World) -> None:
    """None, read-only or writable, as it declares; what it writes is there for the next."""
    found: dict[str, Any] = {}

    def draw(frames: Sequence[Frame]) -> Sequence[Frame]:
        pixels = frames[0].pixels
        assert pixels is not None
        pixels += 100
        return frames

    def look(name: str) -> Callable[[Sequence[Frame]], Sequence[Frame]]:
        def process(frames: Sequence[Frame]) -> Sequence[Frame]:
            pixels = frames[0].pixels
            found[name] = None if pixels is None else (int(pixels[0, 0]), pixels.flags.writeable)
            return frames

        return process

    world.send("detect", world.shown(7, lossless=True))
    behind = {"detect": "emotion", "emotion": "overlay", "overlay": "output.look"}
    for name, does in (("detect", look("detect")), ("emotion", look("emotion")), ("overlay", draw)):
        world.pulse = pulse()
        world.run(name, Script(does))
        assert len(world.network.queues[world.plan.address(behind[name], 0)]) == 1
    world.pulse = pulse()
    world.run("output.look", Script(look("look")))

    assert found == {"detect": (7, False), "emotion": None, "look": (107, False)}
    assert world.ring.idle()


def test_a_frame_whose_slot_was_taken_back_is_reclaimed_and_not_sent(world: World, tally: Tally) -> None:
    """On its way to a stage it is not shown; in the hands of a sink it is known to be gone."""
    lost = world.shown(0)
    world.ring.reclaim(-1.0)
    world.send("output.look", lost, world.shown(1), world.shown(2))
    intact: list[bool] = []

    def hold(frames: Sequence[Frame]) -> Sequence[Frame]:
        """Keep one for longer than its lease."""
        intact.append(stage.intact(frames[0]))
        if frames[0].seq == 1:
            world.clock.sleep(3.0)
            world.ring.reclaim(2.0)
            intact.append(stage.intact(frames[0]))
        return ()

    stage = Script(hold)
    world.send("output.look", world.frame(3, state="ended"))
    world.run("output.look", stage, after_s=10.0)

    # frame 2 lay in the inlet meanwhile
    assert intact == [True, False, True]
    assert tally.dropped("output.look") == {"reclaimed": 2, "stale": 1}
    assert tally("frames_out_total", stage="output.look") == 0


def test_a_filter_does_not_send_what_was_reclaimed(world: World, tally: Tally) -> None:
    """Whoever comes next would see another picture."""

    def hold(frames: Sequence[Frame]) -> Sequence[Frame]:
        world.ring.reclaim(-1.0)
        return frames

    world.send("detect", world.shown(0))
    world.run("detect", Script(hold))

    assert world.arrived("emotion") == []
    assert tally.dropped("detect") == {"reclaimed": 1}


def test_pixels_in_messages_are_writable_only_where_they_are_written(tmp_path: Path, world: World) -> None:
    """A stage on another machine gets them so."""
    for pixels, expected in (("read", False), ("write", True)):
        directory = tmp_path / pixels
        directory.mkdir()
        nodes = node("camera.a", "far"), node("far", pixels=pixels, host="127.0.0.1")
        world.plan = replace(line(directory, *nodes), run=replace(world.plan.run, dir=str(directory), host="127.0.0.1"))
        world.pulse = pulse()
        flags: list[bool] = []

        def look(frames: Sequence[Frame], flags: list[bool] = flags) -> Sequence[Frame]:
            flags.append(frames[0].pixels.flags.writeable)  # type: ignore[union-attr]
            return frames

        world.send("far", world.frame(0, pixels=picture(3)), world.frame(1))
        world.run("far", Script(look))
        assert flags == [expected]


def test_frames_of_a_camera_are_in_order_whichever_way_they_came() -> None:
    """Those of each camera are sorted, those of several stay mixed; another run comes after."""
    frames = [
        Frame(camera=camera, run=run, order=order)
        for camera, run, order in (("a", 1, 5), ("b", 1, 2), ("a", 1, 4), ("a", 2, 0), ("b", 1, 1), ("a", 1, 6))
    ]
    found = [(frame.camera, frame.run, frame.order) for frame in in_order(frames)]

    assert found == [("a", 1, 4), ("b", 1, 1), ("a", 1, 5), ("a", 1, 6), ("b", 1, 2), ("a", 2, 0)]


def test_what_has_arrived_is_put_in_order_before_it_is_processed(world: World) -> None:
    """ZeroMQ takes from several connections in turn."""
    stage = Script()
    world.send("emotion", *(world.frame(seq) for seq in (3, 0, 2, 1)))
    world.run("emotion", stage)

    assert stage.seen == [[0], [1], [2], [3]]


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
    """Until the last slot filled before the takeover is free, it stands by, and processes what comes."""
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


def test_a_message_refused_is_a_count(world: World, tally: Tally) -> None:
    """So are the stage's own, by how much they have grown."""
    stage = Script()
    stage.counts = {"things": 3}
    runner = world.runner("emotion", stage)
    runner._inlet.refused = 2
    world.clock.at(0.5, lambda: setattr(stage, "counts", {"things": 5}))
    world.clock.at(1.0, lambda: stop(world.pulse))
    runner.run()

    assert tally("counts_total", stage="x", what="things") == 5
    assert tally("counts_total", stage="x", what="messages refused") == 2


def test_faces_are_counted_where_they_are_classified(world: World, tally: Tally) -> None:
    """Only in frames that were not classified before."""
    box = Box(x=0, y=0, width=1, height=1)
    faces = tuple(Face(track=n, box=box, score=1.0, label=EMOTIONS[3]) for n in (1, 2))
    world.send("emotion", world.frame(0, faces=faces), world.frame(1, faces=faces, model="before"))
    world.run("emotion", Script(lambda frames: [replace(frame, model="m", saving=2) for frame in frames]))

    assert tally("faces_total", camera="a", label=EMOTIONS[3]) == 2


def test_a_batch_that_fails_is_logged_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """With its traceback, then a line for each frame that is dropped."""
    world.tuned("emotion", batch=4)
    world.send("emotion", *(world.frame(seq) for seq in range(4)))
    with caplog.at_level(logging.ERROR, "emobot"):
        world.run("emotion", Script(failing(1)))

    assert [record.message for record in caplog.records] == [
        "emotion failed on a batch of 4; trying its frames one by one",
        "emotion drops frame 1 of a: RuntimeError('told to fail')",
    ]


def test_the_last_filter_holds_no_slot(tmp_path: Path, world: World) -> None:
    """Its results go nowhere, and the picture's slot is free."""
    world.plan = line(tmp_path, node("camera.a", "detect"), node("detect", pixels="read"))
    world.send("detect", world.shown(0))
    world.run("detect", Script())

    assert world.ring.idle()


def test_the_last_frames_of_a_recording_wait_for_a_slow_output(world: World, tally: Tally) -> None:
    """Also when the stage was told to stop: nothing is lost as long as the output takes some."""
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
