"""Times of frames from another machine."""

import logging

import pytest
from prometheus_client import REGISTRY

from pipeline.messages import Frame
from pipeline.metrics import names
from pipeline.stream_clock import WINDOW
from pipeline.worker.clock_offset import ClockOffset

S = 10**9
NOW = 1_000_000 * S


def frame(at_ns: int, ahead_ns: int, captured_ns: int = -5) -> Frame:
    """Return a frame sent then by a machine whose clock is so far ahead, captured 5 ns before."""
    sent_ns = at_ns + ahead_ns
    return Frame(camera="a", sent_ns=sent_ns, captured_ns=sent_ns + captured_ns if captured_ns else 0)


def test_frames_of_this_machine_are_left_as_they_are() -> None:
    """Such frames have no time of sending."""
    one = Frame(camera="a", captured_ns=5)

    assert ClockOffset("detect").correct(one, NOW) is one


@pytest.mark.parametrize("ahead_s", [-3600.0, -0.4, 0.0, 0.4, 3600.0])
def test_the_fastest_frame_tells_the_offset(ahead_s: float) -> None:
    """Slower frames get their true age; the slow first one is corrected by what is known then."""
    offset = ClockOffset("detect")
    ahead_ns = round(ahead_s * S)
    ages = []
    for n, transit_ns in enumerate((50, 1, 80, 30)):
        now_ns = NOW + n * 100
        corrected = offset.correct(frame(now_ns - transit_ns, ahead_ns), now_ns)
        assert corrected.sent_ns == 0
        ages.append(now_ns - corrected.captured_ns)

    assert ages == [5, 5, 84, 34]
    assert offset.ns == 1 - ahead_ns


def test_a_frame_without_a_time_of_capture_gets_none() -> None:
    """A frame with a state only has no capture time."""
    assert ClockOffset("detect").correct(frame(NOW, S, captured_ns=0), NOW).captured_ns == 0


def test_a_clock_that_is_set_is_followed(caplog: pytest.LogCaptureFixture) -> None:
    """Ahead by more after some seconds; by less at once. One warning is logged each time the clocks differ much."""
    offset = ClockOffset("detect")
    found = []
    with caplog.at_level(logging.WARNING, "emobot"):
        for second in range(3 * WINDOW):
            ahead_ns = 0 if second < WINDOW else -5 * S if second < 2 * WINDOW + 5 else 0
            for _ in range(3):
                offset.correct(frame(NOW + second * S, ahead_ns), NOW + second * S)
            found.append(offset.ns // S)

    assert found == [0] * (2 * WINDOW - 1) + [5] * 6 + [0] * (WINDOW - 5)
    assert [record.message.split(",")[1].strip() for record in caplog.records] == [
        "found the sending machine 5.0 s behind; its times are corrected"
    ]


def test_the_time_of_the_camera_is_corrected_too_and_the_offset_is_counted() -> None:
    """A frame without such a time gets none."""
    offset = ClockOffset("far")
    one = Frame(camera="a", sent_ns=NOW - 5 * S, captured_ns=NOW - 6 * S, taken_ns=NOW - 7 * S)

    assert offset.correct(one, NOW).taken_ns == NOW - 2 * S
    assert REGISTRY.get_sample_value(names.CLOCK_OFFSET, {"stage": "far"}) == 5.0
    assert offset.correct(frame(NOW, 0), NOW).taken_ns == 0
    assert REGISTRY.get_sample_value(names.CLOCK_OFFSET, {"stage": "far"}) == 0.0
    assert offset.ns == 0


def test_frames_that_waited_for_the_connection_are_no_wrong_clock(caplog: pytest.LogCaptureFixture) -> None:
    """Those that were sent 13 s before this stage started come first, and fresh ones right behind them."""
    offset = ClockOffset("far")
    for n in range(90):
        offset.correct(frame(NOW + n * S // 30 - (13 * S if n < 20 else 0), 0), NOW + n * S // 30)

    assert offset.ns == 0
    assert not caplog.records
