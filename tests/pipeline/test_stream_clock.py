"""The time at which a frame was taken."""

from pipeline.messages import Frame
from pipeline.stream_clock import StreamClock


def test_a_live_picture_was_taken_when_it_arrived() -> None:
    """Its position in the stream does not matter."""
    assert StreamClock()(Frame(camera="a", captured_ns=5_500_000_000, pts_ns=1)) == 5.5


def test_a_recordings_time_runs_as_in_the_stream() -> None:
    """However fast it is read; a new run starts its own time."""
    clock = StreamClock()
    times = [(1, 100.0, 0.0), (1, 100.1, 1.0), (1, 100.2, 2.0), (2, 200.0, 0.0)]
    frames = [
        Frame(camera="a", run=run, captured_ns=int(at * 1e9), pts_ns=int(pts * 1e9), lossless=True)
        for run, at, pts in times
    ]

    assert [round(clock(frame), 6) for frame in frames] == [100.0, 101.0, 102.0, 200.0]


def test_a_live_frame_has_the_time_of_its_camera_if_that_is_known() -> None:
    """Else that of its arrival; a recording's first frame counts from when it was read."""
    assert StreamClock()(Frame(camera="a", captured_ns=5_500_000_000, taken_ns=5_250_000_000, clock="ntp")) == 5.25
