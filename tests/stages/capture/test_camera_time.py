"""The time of a network camera's frames, from its RTCP sender reports."""

import time

import pytest

from stages.event_stream import EventStream
from tests.stages.capture.serving import reporting
from tests.stages.capture.watching import needs_gstreamer, until, watch

pytestmark = [pytest.mark.slow, needs_gstreamer]


def test_a_set_clock_gives_the_time_of_each_frame() -> None:
    """From the first report on; times increase, and events say where theirs comes from."""
    with reporting("ntp") as port, watch(f"rtsp://127.0.0.1:{port}/hall") as frames:
        seen = until(frames, lambda frame: frame.clock == "ntp")
        seen += [frame for _ in range(10) for frame in until(frames, lambda frame: frame.pixels is not None)]

    live = [frame for frame in seen if frame.pixels is not None]
    assert [frame.at_ns for frame in live] == sorted({frame.at_ns for frame in live})
    # none on a machine that is so busy that the report is there first
    before = [frame for frame in live if frame.clock != "ntp"]
    assert {frame.clock for frame in before} <= {"arrival"}
    # earlier than its arrival is one that came late, after the report, while the camera's time would run backwards
    assert all(frame.at_ns == frame.captured_ns for frame in before[:1])
    assert all(frame.at_ns <= frame.captured_ns for frame in before)
    last = live[-1]
    assert last.clock == "ntp"
    # a frame was taken before it arrived
    assert 0 <= last.captured_ns - last.taken_ns < 1_500_000_000
    assert abs(last.clock_offset_ns) < 1_500_000_000
    stream = EventStream()
    (first,), (event,) = stream.read(live[0]), EventStream().read(last)
    assert (first.clock, event.clock, event.captured_at) == (live[0].clock, "ntp", last.taken_ns / 1e9)
    assert abs(event.captured_at - time.time()) < 10


def test_a_clock_that_was_never_set_is_reported_and_not_used(caplog: pytest.LogCaptureFixture) -> None:
    """A camera that counts from its start is half a century behind."""
    with reporting("running-time") as port, watch(f"rtsp://127.0.0.1:{port}/hall") as frames:
        seen = until(frames, lambda frame: bool(frame.clock_offset_ns))
        seen += until(frames, lambda frame: frame.pixels is not None)

    assert {(frame.clock, frame.taken_ns) for frame in seen} == {("arrival", 0)}
    assert [line for line in caplog.messages if "hall: expected a camera's clock" in line]
