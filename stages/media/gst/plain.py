"""What GStreamer's general errors mean, in plain words for each kind of source.

An element that fails names the reason only sometimes. The others stop with the same few sentences, whatever happened.
"""

import re

from pipeline.messages import Fault
from stages.media.gst.network.requests import REDIRECTED, SILENT

_LOST_CAMERA = "the connection to the camera was lost"
_NO_CAMERA = "expected a camera at this address, found none: it is off, or its host, port or network is wrong"
_UNOPENED = {
    "rtsp": _NO_CAMERA,
    "http": _NO_CAMERA,
    "v4l2": "expected frames from this device, found none: it is gone, or another program uses it",
    "gst": "expected frames from the launch fragment, found none: one of its elements failed",
    "file": "expected video, found data that cannot be read",
}
"""By kind of source: no frame has arrived yet."""
_LOST = {
    "rtsp": _LOST_CAMERA,
    "http": _LOST_CAMERA,
    "v4l2": "the device sends no more frames: it was unplugged, or its connection failed",
    "gst": "an element of the launch fragment failed",
    "file": "expected more video, found data that cannot be decoded",
}
"""By kind of source: frames have arrived before."""
_UNREADABLE = {
    "v4l2": "expected a format that can be decoded here, found none that the device offers",
    "gst": "expected a launch fragment whose elements agree on a format of video, found one that does not",
}
_STOPPED = re.compile(r"streaming stopped, reason ([\w-]+)")
_STATUS = re.compile(r"([A-Z][\w '-]*)? ?\((\d{3})\)(?:: ([A-Z][\w ]*))?")
"""A status of HTTP or RTSP and its number. `rtspsrc` calls one that answers SETUP "Error" and names it behind."""
_REFUSED: dict[str, Fault] = {"401": "login", "403": "login", "404": "absent", "407": "login", "410": "absent"}
"""Kinds of error of those whose number says it; GStreamer gives none for many requests."""
_GENERAL = ("Internal data stream error", "Could not open resource", "Could not read from resource")
_SAID = {
    "Received end-of-file": "the camera closed the connection",
    "Timeout while waiting for server response": SILENT,
    "Parse error": "expected RTSP, found another protocol",
    "SDP contains no streams": "expected streams of the camera, found none in its description (SDP)",
    "can not provide an SDP": "expected a description (SDP) of the camera's streams, found none",
    "allow more transport protocols": "the camera refuses this transport: set transport to the other one, tcp or udp",
    REDIRECTED: "the camera's address redirects again and again",
}
"""Parts of messages that say what a network camera did."""
_DEVICE = re.compile(r"[Dd]evice '(/[^']+)'")
_OF_DEVICE: dict[str, tuple[str, Fault]] = {
    "Cannot identify device": (
        "expected a camera at {}, found none: it is not plugged in, or has another number (`emobot camera discover`)",
        "absent",
    ),
    "No such device": ("expected a camera at {}, found none behind it: it was unplugged", "absent"),
    "Permission denied": (
        "expected access to {}, found none: add this user to the group `video`, and log in again",
        "",
    ),
    "is not a capture device": (
        "expected a camera at {}, found a device without frames: `emobot camera discover` lists the cameras",
        "format",
    ),
}
"""Parts of messages about a V4L2 device, what they mean, and the kind of error."""


def in_plain_words(text: str, fault: Fault, kind: str, *, began: bool) -> tuple[str, Fault]:
    """Return an error and its kind; what is not general is unchanged.

    Args:
        text: The message, as of `stages.media.gstreamer.describe`.
        fault: Kind of the error, as of `stages.media.gstreamer.fault_of`.
        kind: Kind of the source, as in `stages.media.address.Address`.
        began: Whether a frame has arrived before.
    """
    if kind in ("rtsp", "http"):
        if status := _STATUS.search(text):
            fault = _REFUSED.get(status[2], fault)
            refused = "refused user and password" if fault == "login" else "answered"
            words = status[3] or status[1] or ""
            return f"the camera {refused}: {words.strip()} ({status[2]})".replace(":  (", ": ("), fault
        if said := next((words for part, words in _SAID.items() if part in text), ""):
            return said, fault
    if kind == "v4l2" and not began and (device := _DEVICE.search(text)):
        known = (found for part, found in _OF_DEVICE.items() if part in text)
        said, fault = next(known, (text, fault))
        return said.replace("{}", device[1]), fault
    if text.startswith("CONTINUITY"):
        return "expected whole data, found that packets of the stream are missing", "broken"
    stopped = _STOPPED.search(text)
    if stopped and stopped[1] in ("not-negotiated", "not-linked"):
        if began and kind in ("rtsp", "http"):
            return "the camera has changed its format: the connection is opened again", "broken"
        return _UNREADABLE.get(kind, "expected video that can be decoded here, found another format"), "format"
    if text.startswith(_GENERAL):
        return (_LOST if began else _UNOPENED)[kind], fault
    return text, fault
