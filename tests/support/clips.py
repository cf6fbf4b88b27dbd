"""Clips made with GStreamer, and what holds for those that are read."""

from typing import Any

import pytest

from pipeline.messages import Frame
from stages.capture import Capture
from stages.media import gstreamer

H264 = "x264enc speed-preset=ultrafast key-int-max=10 ! h264parse"
needs_gstreamer = pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")


def play(description: str) -> None:
    """Run a GStreamer pipeline to its end."""
    gst = gstreamer.load()
    pipeline = gst.parse_launch(description)
    pipeline.set_state(gst.State.PLAYING)
    kinds = gst.MessageType.EOS | gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(30 * gst.SECOND, kinds)
    pipeline.set_state(gst.State.NULL)

    assert message is not None
    assert message.type == gst.MessageType.EOS, message.parse_error()


def read(source: object, **options: Any) -> tuple[list[Frame], Frame]:
    """Return the frames with pixels and the last frame, which says that the source has ended."""
    *frames, last = Capture(name="hall", source=str(source), **options).process(())

    assert last.state == "ended"
    assert last.pixels is None
    return [frame for frame in frames if frame.pixels is not None], last


def check_stream(frames: list[Frame], last: Frame) -> None:
    """Assert what holds for every stream that is read without loss."""
    assert [frame.seq for frame in frames] == list(range(len(frames)))
    assert last.seq == len(frames)
    assert all(frame.lossless and frame.captured_ns > 0 and frame.run == last.run for frame in frames)
    assert all(frame.pixels.shape == (frame.height * 3 // 2, frame.width) for frame in frames)  # type: ignore[union-attr]
    assert all(frame.pixels.flags.c_contiguous for frame in frames)  # type: ignore[union-attr]
    times = [frame.pts_ns for frame in frames]
    assert times == sorted(set(times))
