"""The loop around a stage handles frames that fail, are late or were reclaimed."""

import logging
from collections.abc import Sequence

import pytest

from pipeline.errors import InputError
from pipeline.messages import Frame
from pipeline.worker.runner import GIVE_UP_AFTER
from pipeline.worker.turn import Turn
from tests.pipeline.memory import Script, Tally, pulse
from tests.pipeline.worker.runner.world import MS, World, failing, numbers


def test_a_failed_frame_is_an_error_and_not_left_out(world: World, tally: Tally) -> None:
    """The others of its batch are forwarded; it is counted once, and its slot is released."""
    world.tuned("detect", batch=8)
    world.send("detect", *(world.shown(seq) for seq in range(4)))
    world.run("detect", Script(failing(2)))

    assert numbers(world.arrived("emotion")) == [0, 1, 3]
    assert tally.dropped("detect") == {"error": 1}
    assert tally("frames_out_total", stage="detect") == 3
    assert len(world.ring.upstream()) + len(world.ring.held(0)) == 3


def test_a_failed_frame_does_not_count_as_sent_by_a_sink(world: World, tally: Tally) -> None:
    """Only frames that did not fail count as consumed."""
    world.tuned("output.look", batch=8)
    world.send("output.look", *(world.shown(seq) for seq in range(4)))
    world.run("output.look", Script(failing(1, 2)))

    assert tally.dropped("output.look") == {"error": 2}
    assert tally("frames_out_total", stage="output.look") == tally("age_seconds_count", stage="output.look") == 2
    assert world.ring.idle()


def test_too_many_failures_in_a_row_end_the_process(world: World, tally: Tally) -> None:
    """The last error is raised; a success resets the count."""
    fails = [seq for seq in range(30) if seq != 5]
    world.send("emotion", *(world.frame(seq) for seq in range(30)))
    with pytest.raises(RuntimeError, match="told to fail"):
        world.run("emotion", Script(failing(*fails)))

    assert tally.dropped("emotion") == {"error": 5 + GIVE_UP_AFTER}
    assert world.network.bound == []


def test_an_expected_error_is_not_tried_again(world: World) -> None:
    """An EmobotError ends the stage at once and releases its turn."""
    stage = Script(failing(0, kind=InputError))
    world.send("emotion", world.frame(0))
    with pytest.raises(InputError, match="told to fail"):
        world.run("emotion", stage)

    assert stage.seen == [[0]]
    assert Turn(world.plan.directory, "emotion.0").take(lambda: True)


def test_a_late_frame_is_dropped_except_in_a_recording(world: World, tally: Tally) -> None:
    """An output without pixels accepts frames younger than 2 s."""
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


def test_a_frame_whose_slot_was_taken_back_is_reclaimed_and_not_sent(world: World, tally: Tally) -> None:
    """A stage never gets it, and a sink can detect it."""
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
    """The next stage would see another frame."""

    def hold(frames: Sequence[Frame]) -> Sequence[Frame]:
        world.ring.reclaim(-1.0)
        return frames

    world.send("detect", world.shown(0))
    world.run("detect", Script(hold))

    assert world.arrived("emotion") == []
    assert tally.dropped("detect") == {"reclaimed": 1}


def test_a_batch_that_fails_is_logged_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The log has one traceback, then a line for each dropped frame."""
    world.tuned("emotion", batch=4)
    world.send("emotion", *(world.frame(seq) for seq in range(4)))
    with caplog.at_level(logging.ERROR, "emobot"):
        world.run("emotion", Script(failing(1)))

    assert [record.message for record in caplog.records] == [
        "emotion failed on a batch of 4; trying its frames one by one",
        "emotion drops frame 1 of a: RuntimeError('told to fail')",
    ]
