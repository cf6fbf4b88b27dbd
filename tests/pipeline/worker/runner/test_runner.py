"""The loop around one stage: frames pass in order, are counted, and show the pixels that a stage asks for."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from prometheus_client import REGISTRY

from pipeline.messages import EMOTIONS, Box, Face, Frame
from pipeline.metrics import names
from pipeline.transport.fence import Fence
from pipeline.worker.runner import in_order
from tests.pipeline.memory import Script, Tally, line, node, picture, pulse, stop
from tests.pipeline.worker.runner.world import World, numbers


def test_frames_pass_in_order_and_are_counted(world: World, tally: Tally) -> None:
    """Every received frame is forwarded to every next stage, and counted once."""
    world.send("emotion", *(world.frame(seq) for seq in range(5)))
    world.run("emotion", Script())

    assert numbers(world.arrived("output.note")) == numbers(world.arrived("overlay")) == [0, 1, 2, 3, 4]
    assert tally("frames_in_total", stage="emotion") == tally("frames_out_total", stage="emotion") == 5
    assert tally("age_seconds_count", stage="emotion") == tally("service_seconds_count", stage="emotion") == 5
    assert tally.dropped("emotion") == {}


def test_states_pass_and_are_not_counted_as_frames(world: World, tally: Tally) -> None:
    """A frame with a state only is forwarded but not counted."""
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


def test_no_frame_passes_a_closed_fence(world: World, tally: Tally) -> None:
    """An output gets the frames of a leased camera only while the lease is valid; filters get all."""
    fence = Fence(world.plan.directory, "a")
    for at_s, action in ((0.1, lambda: fence.open_until(2**62)), (0.2, fence.close)):
        world.clock.at(at_s, action)
    for seq, at_s in enumerate((0.05, 0.15, 0.25)):
        world.clock.at(at_s, lambda seq=seq: world.send("output.note", world.frame(seq)))
    stage = Script()
    world.run("output.note", stage)

    assert stage.seen == [[1]]
    assert tally.dropped("output.note") == {"no lease": 2}


def test_what_a_filter_does_not_yield_is_left_out(world: World, tally: Tally) -> None:
    """It is counted as `left out` and its slot is released; a sink never leaves frames out."""
    world.send("detect", *(world.shown(seq) for seq in range(4)))
    world.run("detect", Script(lambda frames: [frame for frame in frames if frame.seq % 2]))
    world.pulse = pulse()
    world.send("output.note", world.frame(9))
    world.run("output.note", Script(lambda frames: ()))

    assert tally.dropped("detect") == {"left out": 2}
    assert numbers(world.arrived("emotion")) == [1, 3]
    assert tally.dropped("output.note") == {}
    assert tally("frames_out_total", stage="output.note") == 1


def test_a_stage_sees_the_pictures_it_asks_for(world: World) -> None:
    """Pixels are absent, read-only or writable, as declared; changes reach the next stage."""
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


def test_pixels_in_messages_are_writable_only_where_they_are_written(tmp_path: Path, world: World) -> None:
    """This applies to a stage on another machine."""
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
    """ZeroMQ reads several connections in turn."""
    stage = Script()
    world.send("emotion", *(world.frame(seq) for seq in (3, 0, 2, 1)))
    world.run("emotion", stage)

    assert stage.seen == [[0], [1], [2], [3]]


def test_a_message_refused_is_a_count(world: World, tally: Tally) -> None:
    """The increase of the stage's own counts is reported too."""
    stage = Script()
    stage.counts = {"things": 3}
    runner = world.runner("emotion", stage)
    world.network.inlets[world.plan.address("emotion", 0)].refused = 2
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


class Classifier(Script):
    """A stage that classifies."""

    classifies = True


@pytest.mark.parametrize("name", ["emotion", "detect"])
@pytest.mark.parametrize(
    ("kind", "states", "level"),
    [
        (Classifier, ("live",), 4),
        (Classifier, ("live", "offline"), 0),
        (Classifier, ("live", "ended"), 0),
        (Classifier, ("stalled", "live"), 4),
        (Script, ("live", "offline"), 4),
    ],
)
def test_a_camera_that_sends_nothing_sheds_no_load(
    world: World, name: str, kind: type[Script], states: tuple[Any, ...], level: int
) -> None:
    """Else a paused camera, or one without a network, would have the level of its last frame for ever.

    The stage that classifies declares it, whatever its name.
    """
    stage = kind(lambda frames: [replace(f, model="m", saving=4) if f.state == "live" else f for f in frames])
    world.send(name, *(world.frame(n, "quiet", state=state) for n, state in enumerate(states)))
    world.plan = replace(world.plan, nodes=tuple(replace(one, pixels="none") for one in world.plan.nodes))
    world.run(name, stage)

    assert REGISTRY.get_sample_value(names.SAVING, {"camera": "quiet"}) == level


@pytest.mark.parametrize(("least", "counted"), [(0, 2), (2, 2), (3, 0)])
def test_metrics_count_no_faces_of_few_people(world: World, tally: Tally, least: int, counted: int) -> None:
    """With `aggregate_only`: a scrape every second would show what a single person expresses, or that one is there."""
    nodes = tuple(replace(node, least_faces=least) for node in world.plan.nodes)
    world.plan = replace(world.plan, nodes=nodes)
    box = Box(x=0, y=0, width=1, height=1)
    faces = tuple(Face(track=n, box=box, score=1.0, label=EMOTIONS[3]) for n in (1, 2))
    stage = Script(lambda frames: [replace(frame, model="m") for frame in frames])
    stage.counts, stage.about_people = {"faces": 2, "things": 5}, frozenset({"faces"})  # type: ignore[misc]
    world.send("emotion", world.frame(0, faces=faces))
    world.run("emotion", stage)

    assert tally("faces_total", camera="a", label=EMOTIONS[3]) == counted
    assert tally("counts_total", stage="x", what="faces") == (0 if least else 2)
    assert tally("counts_total", stage="x", what="things") == 5


def test_the_last_filter_holds_no_slot(tmp_path: Path, world: World) -> None:
    """Its results go nowhere, and the frame's slot is released."""
    world.plan = line(tmp_path, node("camera.a", "detect"), node("detect", pixels="read"))
    world.send("detect", world.shown(0))
    world.run("detect", Script())

    assert world.ring.idle()
