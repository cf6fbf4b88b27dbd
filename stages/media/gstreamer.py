"""Helpers for GStreamer: loading it, describing its errors in one line, converting frames to arrays and back."""

import contextlib
import ctypes
import functools
import re
import warnings
from typing import Any

import numpy as np

from pipeline.errors import MissingPart
from pipeline.messages import Array, Fault
from pipeline.redaction import redact

_M_MMAP_THRESHOLD = -3  # malloc.h
_LARGE_BYTES = 256 * 1024


@functools.cache
def load() -> Any:
    """Return the module `Gst`, initialised.

    Raises:
        MissingPart: PyGObject or GStreamer is not installed.
    """
    _unwind_as_compilers_do()
    try:
        import gi

        gi.require_version("Gst", "1.0")
        gi.require_version("GstApp", "1.0")  # its methods on appsink and appsrc
        gi.require_version("GstVideo", "1.0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImportWarning)  # PyGObject still loads modules the old way
            from gi.repository import Gst, GstApp, GstVideo  # noqa: F401
    except (ImportError, ValueError) as error:
        raise MissingPart(
            f"expected GStreamer with Python bindings, found: {error} (apt-get install python3-gst-1.0"
            " gir1.2-gst-plugins-base-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav)"
        ) from error
    Gst.init(None)
    return Gst


@functools.cache
def _video() -> Any:
    """Return the module `GstVideo`."""
    load()
    from gi.repository import GstVideo

    return GstVideo


def _unwind_as_compilers_do() -> None:
    """Make libgcc the library that unwinds C++ exceptions in the whole process.

    GStreamer loads libunwind globally, and it defines the same symbols. Libraries loaded later (Matplotlib, TensorFlow)
    would throw with one and resume with the other, and the process would abort.
    """
    with contextlib.suppress(OSError):
        ctypes.CDLL("libgcc_s.so.1", mode=ctypes.RTLD_GLOBAL)


@functools.cache
def give_memory_back() -> None:
    """Return the memory of freed frames to the system; for processes that decode.

    glibc raises its threshold for this to the largest freed block (mallopt(3)), and then keeps frames in the heaps of
    threads that have ended: a process that reopens its camera or file repeatedly grows by a quarter.
    """
    with contextlib.suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


def available() -> bool:
    """Return whether GStreamer can be used."""
    try:
        load()
    except MissingPart:
        return False
    return True


def describe(message: Any) -> str:
    """Return the error or warning in a bus message, in one line."""
    is_error = message.type == load().MessageType.ERROR
    error, debug = message.parse_error() if is_error else message.parse_warning()
    text = error.message.strip().rstrip(".")
    # The last line of the debug text gives the exact reason.
    detail = (debug or "").strip().rpartition("\n")[2].strip().rstrip(".") if "\n" in (debug or "") else ""
    detail = re.sub(r" \((\w+/[\w-]+), .*", r" (\1)", detail)  # shorten caps to their name
    if detail and detail not in text:
        text = f"{text} ({detail})"
    return redact(" ".join(text.split()))[:300]


def fault_of(error: Any, *, live: bool, began: bool) -> Fault:
    """Return the kind of a source's error.

    Args:
        error: The `GError` of the message.
        live: Whether the source is a camera.
        began: Whether a frame has arrived before.
    """
    gst = load()
    resource, stream = gst.ResourceError, gst.StreamError
    unopened: tuple[int, ...] = (int(resource.OPEN_READ), int(resource.OPEN_READ_WRITE))
    known: dict[tuple[str, int], Fault] = {
        ("gst-resource-error-quark", int(resource.NOT_FOUND)): "absent",
        ("gst-resource-error-quark", int(resource.NOT_AUTHORIZED)): "login",
        ("gst-resource-error-quark", int(resource.BUSY)): "busy",
        # of a file, it is the disk or the network: it may be read another time
        ("gst-resource-error-quark", int(resource.READ)): "broken" if live and began else "unreachable",
        # the error of any stopped source, whatever the reason
        ("gst-stream-error-quark", int(stream.FAILED)): "broken" if began else "unreachable" if live else "format",
    }
    if kind := known.get((error.domain, error.code)):
        return kind
    if error.domain == "gst-resource-error-quark":
        return "broken" if began else "unreachable" if live or error.code in unopened else "format"
    return "format" if error.domain == "gst-stream-error-quark" else ""


HDR = {14: "PQ", 15: "HLG"}
"""Names of the transfer functions (`GstVideoTransferFunction`) of high dynamic range."""


_FULL, _RGB, _BT709, _BT601 = 1, 1, 3, 4  # GstVideoColorRange, GstVideoColorMatrix
_SD_HEIGHT = 576
"""Rows up to which video without a named matrix is BT.601; higher video is BT.709 (GStreamer's rule)."""


def complete_colorimetry(colorimetry: str, pixels: str, height: int, full_range: bool) -> str:
    """Return the colorimetry of caps, with the parts added that GStreamer 1.22 omits.

    Full-range video often names no matrix. GStreamer then reads it as limited range (`gst_video_info_from_caps`), and
    gray becomes turquoise (`videoconvert`). qtdemux never reports full range.

    Args:
        colorimetry: Colorimetry in the caps, "" without one.
        pixels: Pixel format in the caps.
        height: Rows of a frame.
        full_range: Whether the container says that luma ranges from 0 to 255.
    """
    found = _parse_colorimetry(colorimetry)
    range_, matrix, transfer, primaries = found
    if matrix == _RGB:
        return colorimetry
    if full_range or (pixels.startswith("GRAY") and not range_):
        range_ = _FULL
    if not matrix and (range_ == _FULL or (colorimetry and pixels != "I420")):
        matrix = _BT709 if height > _SD_HEIGHT else _BT601
    whole = range_, matrix, transfer, primaries
    return colorimetry if whole == found else ":".join(map(str, whole))


def is_rgb(colorimetry: str) -> bool:
    """Return whether a colorimetry is that of RGB."""
    return _parse_colorimetry(colorimetry)[1] == _RGB


def _parse_colorimetry(text: str) -> tuple[int, int, int, int]:
    parsed = _video().VideoColorimetry()
    if not text or not parsed.from_string(text):
        return 0, 0, 0, 0
    return int(parsed.range), int(parsed.matrix), int(parsed.transfer), int(parsed.primaries)


@functools.lru_cache(4)
def colorimetry_of(caps: Any) -> tuple[str, bool]:
    """Return the colorimetry in caps, "" without one, and whether luma ranges from 0 to 255."""
    colorimetry = video_info(caps).colorimetry
    full = colorimetry.range == _video().VideoColorRange(1)
    return caps.get_structure(0).get_string("colorimetry") or "", full


def transfer_of(caps: Any) -> int:
    """Return the `GstVideoTransferFunction` of caps."""
    return int(video_info(caps).colorimetry.transfer)


@functools.lru_cache(4)
def video_info(caps: Any) -> Any:
    """Return the memory layout of frames with these caps; all frames of a stream share one caps object, the key."""
    return _video().VideoInfo.new_from_caps(caps)


def video_caps(width: int, height: int, fps: float, colorimetry: str = "") -> Any:
    """Return the caps of raw I420."""
    return load().Caps.from_string(
        f"video/x-raw,format=I420,width={width},height={height},pixel-aspect-ratio=1/1,interlace-mode=progressive,"
        f"framerate={round(fps * 1000)}/1000" + (f",colorimetry={colorimetry}" if colorimetry else "")
    )


def buffer_of(pixels: Array, pts_ns: int | None = None, duration_ns: int | None = None) -> Any:
    """Return a buffer with a copy of an I420 frame, `uint8[height * 3 // 2, width]`, rows padded for GStreamer."""
    height, width = pixels.shape[0] * 2 // 3, pixels.shape[1]
    (allocate, write), (size, strides, offsets) = _access(), _padded(height, width)
    buffer = allocate(None, size, None)
    mapped, view = buffer.map(write)
    if not mapped:
        raise MemoryError(f"expected {size} bytes for a frame, found none")
    memory = np.frombuffer(view.data, np.uint8)
    planes = pixels[:height], *pixels[height:].reshape(2, height // 2, width // 2)
    for plane, stride, offset in zip(planes, strides, offsets, strict=True):
        rows, columns = plane.shape
        memory[offset : offset + stride * rows].reshape(rows, stride)[:, :columns] = plane
    buffer.unmap(view)
    if pts_ns is not None:
        buffer.pts = pts_ns
    if duration_ns is not None:
        buffer.duration = duration_ns
    return buffer


@functools.cache
def _access() -> tuple[Any, Any]:
    """Return what makes buffers and the flag to write them, which PyGObject takes longer to look up than to use."""
    return load().Buffer.new_allocate, load().MapFlags.WRITE


@functools.lru_cache(8)
def _padded(height: int, width: int) -> tuple[int, list[int], list[int]]:
    """Return size, strides and offsets of the planes of I420 in GStreamer's memory, bytes."""
    info = _video().VideoInfo.new()
    info.set_format(_video().VideoFormat.I420, width, height)
    return info.size, list(info.stride)[:3], list(info.offset)[:3]
