"""The parts of MJPEG over HTTP (multipart), for cameras that do not keep to its rules."""

import re
from typing import Any

from stages.media import gstreamer

_OF_JPEG = {"image/jpg", "image/pjpeg", "image/x-jpeg", "image/x-jpg", "image/mjpeg", "application/octet-stream"}
"""Types that cameras give their JPEG images; GStreamer knows image/jpeg only."""


def name_part(_: Any, pad: Any) -> None:
    """Name JPEG as GStreamer does on a pad that `multipartdemux` has added, before a decoder is chosen for it."""
    gst = gstreamer.load()
    caps = pad.get_current_caps()
    if caps is not None and caps.get_structure(0).get_name() in _OF_JPEG:
        pad.store_sticky_event(gst.Event.new_caps(gst.Caps.from_string("image/jpeg")))


def begin_part(pad: Any, info: Any) -> Any:
    """Put a boundary before an MJPEG stream that begins with the headers of its first part.

    Boundaries belong before parts; some cameras send them behind, and by its first bytes the stream is recognised.
    """
    gst = gstreamer.load()
    head = info.get_buffer().extract_dup(0, 64)
    if not re.match(rb"\s*(content-|x-)[\w-]+:", head, re.IGNORECASE):
        return gst.PadProbeReturn.REMOVE
    number = 0
    while event := pad.get_sticky_event(gst.EventType.CUSTOM_DOWNSTREAM_STICKY, number):
        number += 1
        headers = event.get_structure().to_string()  # nested, with escapes of escapes
        if found := re.search(r'boundary[\s"\\=]+([^\s"\\;,)]+)', headers, re.IGNORECASE):
            pad.push(gst.Buffer.new_wrapped(b"--" + found[1].removeprefix("--").encode() + b"\r\n"))
            break
    return gst.PadProbeReturn.REMOVE
