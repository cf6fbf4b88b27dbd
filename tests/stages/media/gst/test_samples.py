"""Frames that are taken from GStreamer through its C interface, compared with what PyGObject says of them."""

import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from stages.media import gstreamer
from stages.media.gst.native import NO_TIME
from stages.media.gst.samples import MOST_SPARE, Sample, Samples, Spare
from tests.support.clips import needs_gstreamer

pytestmark = needs_gstreamer

WIDTH, HEIGHT = 322, 242
SECOND = 10**9


class _Pipe:
    """An appsrc linked to an appsink."""

    def __init__(self, caps: str) -> None:
        gst = gstreamer.load()
        self._pipeline = gst.parse_launch(f'appsrc name=in format=time caps="{caps}" ! appsink name=out sync=false')
        self.source, self.sink = self._pipeline.get_by_name("in"), self._pipeline.get_by_name("out")
        self.samples = Samples(self.sink)
        self._pipeline.set_state(gst.State.PLAYING)

    def send(self, buffer: Any) -> Sample:
        """Push a buffer and return what arrives."""
        self.source.push_buffer(buffer)
        sample = self.samples.pull(10 * SECOND)
        assert sample is not None
        return sample

    def close(self) -> None:
        """Stop it."""
        self._pipeline.set_state(gstreamer.load().State.NULL)


@pytest.fixture
def pipe() -> Iterator[_Pipe]:
    """Return a pipe for frames of WIDTH x HEIGHT."""
    made = _Pipe(f"video/x-raw,format=I420,width={WIDTH},height={HEIGHT},framerate=25/1,colorimetry=bt709")
    yield made
    made.close()


def _frame(seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT * 3 // 2, WIDTH), np.uint8)


def test_pixels_time_and_caps_are_those_of_the_buffer(pipe: _Pipe) -> None:
    """Rows are padded to four bytes in GStreamer, and not in what is returned."""
    sample = pipe.send(gstreamer.buffer_of(_frame(1), 7 * SECOND))

    assert np.array_equal(sample.pixels(), _frame(1))
    assert sample.pts == sample.running_ns == 7 * SECOND
    assert sample.stamp("timestamp/x-ntp") is None
    assert sample.caps.get_structure(0).get_int("width") == (True, WIDTH)
    assert gstreamer.colorimetry_of(sample.caps) == ("bt709", False)


def test_the_segment_says_what_a_timestamp_means(pipe: _Pipe) -> None:
    """An offset and a base move the running time; outside the segment there is none."""
    gst = gstreamer.load()
    segment = gst.Segment()
    segment.init(gst.Format.TIME)
    segment.start, segment.time, segment.base = 5 * SECOND, 2 * SECOND, 3 * SECOND
    pipe.source.send_event(gst.Event.new_segment(segment))
    frames = [pipe.send(gstreamer.buffer_of(_frame(2), pts)) for pts in (6 * SECOND, 4 * SECOND)]
    untimed = pipe.send(gstreamer.buffer_of(_frame(2)))

    assert [frame.running_ns for frame in frames] == [4 * SECOND, NO_TIME]
    assert [segment.to_running_time(gst.Format.TIME, frame.pts) for frame in frames] == [4 * SECOND, NO_TIME]
    found = frames[0].segment
    assert (found.start, found.time, found.base) == (5 * SECOND, 2 * SECOND, 3 * SECOND)
    assert untimed.pts == untimed.running_ns == NO_TIME


def test_planes_lie_where_the_buffer_says(pipe: _Pipe) -> None:
    """Decoders pad rows and planes, and attach where they begin."""
    gst = gstreamer.load()
    from gi.repository import GstVideo

    stride, rows, frame = 384, 256, _frame(3)
    memory = np.zeros((rows * 3 // 2, stride), np.uint8)
    memory[:HEIGHT, :WIDTH] = frame[:HEIGHT]
    chroma = memory[rows:].reshape(2, rows // 2, stride // 2)
    chroma[:, : HEIGHT // 2, : WIDTH // 2] = frame[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)
    buffer = gst.Buffer.new_wrapped(memory.tobytes())
    offsets = [0, rows * stride, rows * stride * 5 // 4, 0]
    strides = [stride, stride // 2, stride // 2, 0]
    GstVideo.buffer_add_video_meta_full(
        buffer, GstVideo.VideoFrameFlags.NONE, GstVideo.VideoFormat.I420, WIDTH, HEIGHT, 3, offsets, strides
    )

    assert np.array_equal(pipe.send(buffer).pixels(), frame)


def test_the_memory_of_a_copy_is_used_again_once_nobody_has_it(pipe: _Pipe) -> None:
    """Not while a part of it is left: a frame that waits keeps its pixels."""

    def copy(seed: int) -> Any:
        return pipe.send(gstreamer.buffer_of(_frame(seed), seed * SECOND)).pixels()

    first, second = copy(1), copy(2)
    places = {first.ctypes.data, second.ctypes.data}
    assert len(places) == 2
    part = first[3:5]
    del first
    third = copy(3)
    assert third.ctypes.data not in places, "a part of the first is left"
    assert np.array_equal(part, _frame(1)[3:5])
    assert np.array_equal(second, _frame(2))

    del part, second
    assert {one.ctypes.data for one in (copy(4), copy(5))} <= places
    fourth, fifth = copy(6), copy(7)
    assert {fourth.ctypes.data, fifth.ctypes.data} == places
    assert np.array_equal(fourth, _frame(6))
    assert np.array_equal(fifth, _frame(7))
    assert np.array_equal(third, _frame(3))


def test_little_memory_is_kept_and_none_of_another_size() -> None:
    """Of many copies that end at once, that of two; a frame of another size gets its own."""
    spare = Spare()
    many = [spare.take(6, 4) for _ in range(5)]
    places = {one.ctypes.data for one in many}
    many.clear()
    again = [spare.take(6, 4) for _ in range(MOST_SPARE)]
    assert {one.ctypes.data for one in again} <= places

    again.clear()
    larger = spare.take(60, 40)
    larger[:] = 7
    assert larger.shape == (60, 40)
    assert larger.flags.writeable and larger.flags.c_contiguous


def test_a_camera_may_give_its_own_time(pipe: _Pipe) -> None:
    """As RTSP cameras do."""
    gst = gstreamer.load()
    buffer = gstreamer.buffer_of(_frame(4), 0)
    caps = gst.Caps.from_string("timestamp/x-ntp")
    buffer.add_reference_timestamp_meta(caps, 3_990_000_000 * SECOND, gst.CLOCK_TIME_NONE)

    sample = pipe.send(buffer)
    assert sample.stamp("timestamp/x-ntp") == 3_990_000_000 * SECOND
    assert sample.stamp("timestamp/x-unix") is None


def test_a_frame_is_kept_as_long_as_its_pixels() -> None:
    """Also behind a stopped pipeline, and no longer."""
    pipe = _Pipe("video/x-raw,format=I420,width=64,height=48,framerate=25/1")
    frame = np.arange(72 * 64, dtype=np.uint64).astype(np.uint8).reshape(72, 64)
    buffer = gstreamer.buffer_of(frame, 0)
    part = pipe.send(buffer).pixels()[8:16]
    pipe.close()
    del pipe
    gc.collect()

    memory = buffer.peek_memory(0).mini_object  # of which elements may make another buffer
    held = memory.refcount
    assert np.array_equal(part, frame[8:16])
    del part
    assert memory.refcount == held - 2, "expected the buffer and its mapping to be released"


def test_frames_of_another_size_have_other_caps(pipe: _Pipe) -> None:
    """And those of the same size the same object."""
    first, second = (pipe.send(gstreamer.buffer_of(_frame(seed), seed * SECOND)) for seed in (5, 6))
    pipe.source.set_property("caps", gstreamer.video_caps(64, 48, 25.0))
    third = pipe.send(gstreamer.buffer_of(np.zeros((72, 64), np.uint8), 8 * SECOND))

    assert first.caps is second.caps
    assert third.caps is not second.caps
    assert third.pixels().shape == (72, 64)


def test_nothing_arrives_in_time(pipe: _Pipe) -> None:
    """That is no error."""
    assert pipe.samples.pull(0) is None
