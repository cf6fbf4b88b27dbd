"""Takes decoded frames from an appsink."""

import ctypes
import functools
from typing import Any

import numpy as np

from pipeline.messages import Array
from stages.media import gstreamer
from stages.media.gst.native import (
    NO_TIME,
    READ,
    TIME,
    Buffer,
    Library,
    Map,
    Segment,
    TimeMeta,
    VideoMeta,
    library,
)

MOST_SPARE = 2
"""Copies whose memory is kept for the next ones: one frame waits, the next is made."""


class Spare:
    """Memory for copies of frames; it is used again once no array of the copy in it is left.

    The system gives fresh memory page by page, when it is written: 0.3 ms for a frame of 854x480.
    """

    def __init__(self) -> None:
        self._blocks: list[Array] = []

    def take(self, rows: int, columns: int) -> Array:
        """Return an array `uint8[rows, columns]` with any values."""
        block = self._blocks.pop() if self._blocks else None
        if block is None or block.size != rows * columns:
            block = np.empty(rows * columns, np.uint8)
        data: Any = (ctypes.c_uint8 * block.size).from_buffer(block.data)
        data.lease = _Lease(self._blocks, block)
        return np.frombuffer(data, np.uint8).reshape(rows, columns)


class _Lease:
    """What every array of a copy keeps; its end gives the memory back."""

    def __init__(self, blocks: list[Array], block: Array) -> None:
        self._blocks, self._block = blocks, block

    def __del__(self) -> None:
        if len(self._blocks) < MOST_SPARE:
            self._blocks.append(self._block)


class Samples:
    """The frames of an appsink.

    Args:
        sink: The appsink; its frames are I420.
    """

    def __init__(self, sink: Any) -> None:
        self._library = library()
        self._sink = sink
        self._pointer = self._library.pointer(sink.__gpointer__, None)
        self._spare = Spare()
        self._caps: Any = None
        self._caps_pointer = 0
        """One reference is held, so that the address is not used for other caps."""

    def __del__(self) -> None:
        """Release the caps."""
        self._release_caps()

    def pull(self, timeout_ns: int) -> "Sample | None":
        """Return the next frame; None if none arrives in time, or none will."""
        pointer = self._library.pull(self._pointer, timeout_ns)
        if not pointer:
            return None
        caps_pointer = self._library.caps(pointer)
        if caps_pointer != self._caps_pointer:
            self._release_caps()
            self._caps_pointer = self._library.ref(caps_pointer)
            text = self._library.caps_text(caps_pointer)
            self._caps = gstreamer.load().Caps.from_string(ctypes.string_at(text).decode())
            self._library.free(text)
        return Sample(self._library, pointer, self._caps, self._spare)

    def _release_caps(self) -> None:
        if self._caps_pointer:
            self._library.unref(self._caps_pointer)


class Sample:
    """One frame. Its memory is released with the sample and the last array of its pixels.

    Args:
        library: GStreamer's functions.
        pointer: The `GstSample`, of which this takes over the reference.
        caps: Its `Gst.Caps`; frames of the same format share them.
        spare: Memory for its pixels, if they are copied.

    Attributes:
        pts: Its timestamp, nanoseconds, or `NO_TIME`.
    """

    __slots__ = ("_buffer", "_library", "_map", "_pointer", "_spare", "caps", "pts")

    def __init__(self, library: Library, pointer: int, caps: Any, spare: Spare) -> None:
        self._library, self._pointer, self.caps, self._spare = library, pointer, caps, spare
        self._map: Map | None = None
        self._buffer = library.buffer(pointer)
        self.pts: int = Buffer.from_address(self._buffer).pts

    def __del__(self) -> None:
        """Release the frame."""
        if self._map is not None:
            self._library.unmap(self._buffer, ctypes.byref(self._map))
        self._library.unref(self._pointer)

    @property
    def running_ns(self) -> int:
        """The running time of its timestamp, nanoseconds; `NO_TIME` without one, or outside the segment."""
        if self.pts == NO_TIME:
            return NO_TIME
        return int(self._library.running_time(self._library.segment(self._pointer), TIME, self.pts))

    @property
    def segment(self) -> Segment:
        """What its timestamp means."""
        return Segment.from_buffer_copy(Segment.from_address(self._library.segment(self._pointer)))

    def stamp(self, clock: str) -> int | None:
        """Return its time by another clock, such as `timestamp/x-ntp`, nanoseconds; None without one."""
        found = self._library.time_meta(self._buffer, _clock(clock))
        return int(TimeMeta.from_address(found).timestamp) if found else None

    def pixels(self) -> Array:
        """Return its I420 frame as `uint8[height * 3 // 2, width]`, without a copy if it has no padding.

        An odd width or height loses one pixel.

        Raises:
            MemoryError: The frame is not in main memory.
        """
        width, height, strides, offsets = _layout(self.caps)
        if found := self._library.video_meta(self._buffer):
            meta = VideoMeta.from_address(found)
            strides, offsets = tuple(meta.stride[:3]), tuple(meta.offset[:3])
        memory = self._mapped()
        luma, half = width * height, width // 2
        if strides == (width, half, half) and offsets == (0, luma, luma + luma // 4):
            return memory[: luma * 3 // 2].reshape(height * 3 // 2, width)
        pixels = self._spare.take(height * 3 // 2, width)
        planes = pixels[:height], *pixels[height:].reshape(2, height // 2, width // 2)
        for plane, stride, offset in zip(planes, strides, offsets, strict=True):
            plane[:] = np.lib.stride_tricks.as_strided(memory[offset:], plane.shape, (stride, 1))
        return pixels

    def _mapped(self) -> Array:
        """Return the frame's bytes, which keep the sample."""
        mapping = Map()
        if not self._library.map(self._buffer, ctypes.byref(mapping), READ):
            raise MemoryError("expected a frame in main memory, found one that cannot be mapped")
        self._map = mapping
        data = (ctypes.c_uint8 * mapping.size).from_address(mapping.data)
        data.sample = self
        return np.frombuffer(data, np.uint8)


@functools.cache
def _clock(name: str) -> int:
    """Return the address of the caps that name a clock."""
    return int(library().new_caps(name.encode()))


@functools.lru_cache(4)
def _layout(caps: Any) -> tuple[int, int, tuple[int, ...], tuple[int, ...]]:
    """Return columns and rows of frames with these caps, less one where odd; strides and offsets of their planes."""
    info = gstreamer.video_info(caps)
    return info.width & ~1, info.height & ~1, tuple(info.stride)[:3], tuple(info.offset)[:3]
