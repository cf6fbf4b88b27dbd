"""GStreamer's C interface to decoded frames: what PyGObject offers too, in a quarter of its time.

The structures are public and part of GStreamer 1.x's stable ABI: gstminiobject.h, gstbuffer.h, gstmemory.h, gstmeta.h,
gstsegment.h, gstvideometa.h.
"""

import ctypes
import functools
from typing import Any, NamedTuple

from stages.media import gstreamer

NO_TIME = 2**64 - 1
"""`GST_CLOCK_TIME_NONE`: a buffer without a timestamp has this one."""
READ, TIME = 1, 3
"""`GST_MAP_READ` and `GST_FORMAT_TIME`."""


class MiniObject(ctypes.Structure):
    """What begins every buffer, sample and caps (`GstMiniObject`)."""

    _fields_ = [
        ("type", ctypes.c_size_t),
        ("counts", ctypes.c_int * 2),
        ("flags", ctypes.c_uint),
        ("functions", ctypes.c_void_p * 3),
        ("private_number", ctypes.c_uint),
        ("private_pointer", ctypes.c_void_p),
    ]


class Buffer(ctypes.Structure):
    """The beginning of a `GstBuffer`."""

    _fields_ = [("object", MiniObject), ("pool", ctypes.c_void_p), ("pts", ctypes.c_uint64)]


class Map(ctypes.Structure):
    """How a buffer is mapped (`GstMapInfo`)."""

    _fields_ = [
        ("memory", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("data", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("most", ctypes.c_size_t),
        ("reserved", ctypes.c_void_p * 8),
    ]


class Meta(ctypes.Structure):
    """What begins every metadata (`GstMeta`)."""

    _fields_ = [("flags", ctypes.c_int), ("info", ctypes.c_void_p)]


class VideoMeta(ctypes.Structure):
    """Where the planes of a frame are (`GstVideoMeta`)."""

    _fields_ = [
        ("meta", Meta),
        ("buffer", ctypes.c_void_p),
        ("kinds", ctypes.c_int * 2),
        ("id", ctypes.c_int),
        ("width", ctypes.c_uint),
        ("height", ctypes.c_uint),
        ("planes", ctypes.c_uint),
        ("offset", ctypes.c_size_t * 4),
        ("stride", ctypes.c_int * 4),
    ]


class TimeMeta(ctypes.Structure):
    """A time by another clock (`GstReferenceTimestampMeta`)."""

    _fields_ = [("meta", Meta), ("reference", ctypes.c_void_p), ("timestamp", ctypes.c_uint64)]


class Segment(ctypes.Structure):
    """What the timestamps of a stream mean (`GstSegment`)."""

    _fields_ = [
        ("flags", ctypes.c_int),
        ("rate", ctypes.c_double),
        ("applied_rate", ctypes.c_double),
        ("format", ctypes.c_int),
        ("base", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
        ("start", ctypes.c_uint64),
        ("stop", ctypes.c_uint64),
        ("time", ctypes.c_uint64),
    ]


class Library(NamedTuple):
    """Functions, by what they do or return."""

    pull: Any
    buffer: Any
    segment: Any
    caps: Any
    caps_text: Any
    ref: Any
    unref: Any
    free: Any
    map: Any
    unmap: Any
    running_time: Any
    video_meta: Any
    time_meta: Any
    new_caps: Any
    pointer: Any


@functools.cache
def library() -> Library:
    """Return the functions. Only `pull` waits, so only it lets other threads run Python meanwhile."""
    gstreamer.load()
    core, video = ctypes.PyDLL("libgstreamer-1.0.so.0"), ctypes.PyDLL("libgstvideo-1.0.so.0")
    glib, app = ctypes.PyDLL("libglib-2.0.so.0"), ctypes.CDLL("libgstapp-1.0.so.0")
    at, number = ctypes.c_void_p, ctypes.c_uint64

    def function(of: Any, name: str, result: Any, *arguments: Any) -> Any:
        found = of[name]
        found.restype, found.argtypes = result, arguments
        return found

    return Library(
        pull=function(app, "gst_app_sink_try_pull_sample", at, at, number),
        buffer=function(core, "gst_sample_get_buffer", at, at),
        segment=function(core, "gst_sample_get_segment", at, at),
        caps=function(core, "gst_sample_get_caps", at, at),
        caps_text=function(core, "gst_caps_to_string", at, at),
        ref=function(core, "gst_mini_object_ref", at, at),
        unref=function(core, "gst_mini_object_unref", None, at),
        free=function(glib, "g_free", None, at),
        map=function(core, "gst_buffer_map", ctypes.c_int, at, at, ctypes.c_int),
        unmap=function(core, "gst_buffer_unmap", None, at, at),
        running_time=function(core, "gst_segment_to_running_time", number, at, ctypes.c_int, number),
        video_meta=function(video, "gst_buffer_get_video_meta", at, at),
        new_caps=function(core, "gst_caps_from_string", at, ctypes.c_char_p),
        time_meta=function(core, "gst_buffer_get_reference_timestamp_meta", at, at, at),
        pointer=function(ctypes.pythonapi, "PyCapsule_GetPointer", at, ctypes.py_object, ctypes.c_char_p),
    )
