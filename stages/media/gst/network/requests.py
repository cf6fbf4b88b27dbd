"""What is asked of an RTSP camera: its first video stream, few logins, and few redirects."""

import logging
import time
import warnings
from typing import Any

from stages.media import gstreamer

MOST_LOGINS = 1
"""Times that a request is repeated with user and password. `rtspsrc` (GStreamer 1.22) repeats it eight times, and
cameras lock an account after a few wrong passwords."""
MOST_REDIRECTS = 5
"""Redirects that are followed. `rtspsrc` follows them without end and without a pause: 2,500 requests per second to
a camera that redirects to itself."""
REDIRECTED = "too many redirects"
"""Text of the error behind the last of them."""
ANSWER_S, LATER_S = 5.0, 10.0
"""Seconds within which a camera accepts the connection and answers the first request, and each later one. `rtspsrc`
waits for 20 s, and cannot be stopped meanwhile where an answer has begun, as by a host with another protocol."""
SILENT = "expected an answer in RTSP, found none in time: the camera hangs, or the port is that of another service"
"""What is reported where none comes."""
PAUSE_S = 0.2
"""Seconds between further requests, until the pipeline has been stopped for this error."""

log = logging.getLogger(__name__)


class Requests:
    """What one connection asks for.

    Args:
        name: What is read, for messages.
        offered: Takes the caps of each stream that the camera offers.
    """

    def __init__(self, name: str, offered: list[Any]) -> None:
        self._name = name
        self._offered = offered
        self._kinds = _methods()
        self._videos = 0
        self._sent: list[Any] = []
        """Methods of the requests so far, until the stream is set up."""

    def watch(self, source: Any) -> None:
        """Connect to the signals of an `rtspsrc`."""
        source.set_property("tcp-timeout", round(ANSWER_S * 1e6))
        source.connect("select-stream", self._select)
        source.connect("before-send", self._may_send)

    def _select(self, _: Any, __: int, caps: Any) -> bool:
        """Choose the first video: of several, which all cost bandwidth, only one is decoded."""
        # its own copy: those of a signal may be gone once other threads look at them
        self._offered.append(caps.copy())
        if caps.get_structure(0).get_string("media") != "video":
            return False
        self._videos += 1
        if self._videos > 1:
            log.info("%s: found %d video streams, the first one is read", self._name, self._videos)
        return self._videos == 1

    def _may_send(self, source: Any, message: Any) -> bool:
        """Return whether a request is sent; after one that is not, `rtspsrc` reports the last answer."""
        kinds, method = self._kinds, message.parse_request().method
        if method not in (kinds.OPTIONS, kinds.DESCRIBE):
            return True  # it has been let in, or keeps the connection alive
        if method != kinds.OPTIONS:
            source.set_property("tcp-timeout", round(LATER_S * 1e6))
        sent = self._sent
        sent.append(method)
        if len(sent) > 1 + MOST_LOGINS and set(sent[-2 - MOST_LOGINS :]) == {method}:
            return False
        # each redirect begins with OPTIONS
        begun = sum(one == kinds.OPTIONS and sent[i - 1] == kinds.DESCRIBE for i, one in enumerate(sent) if i)
        if method == kinds.OPTIONS and begun > MOST_REDIRECTS:
            self._give_up(source)
        return True

    def _give_up(self, source: Any) -> None:
        from gi.repository import GLib

        gst = gstreamer.load()
        quark, code = gst.resource_error_quark(), int(gst.ResourceError.OPEN_READ)
        error = GLib.Error.new_literal(quark, REDIRECTED, code)
        source.post_message(gst.Message.new_error(source, error, ""))
        time.sleep(PAUSE_S)


def link_stream(_: Any, pad: Any, sink: Any) -> None:
    """Link a pad that `rtspsrc` has added. A second one has the same stream, which the camera has restarted."""
    if before := sink.get_peer():
        before.unlink(sink)
    pad.link(sink)


def _methods() -> Any:
    """Return the methods of RTSP (`GstRTSPMethod`). Without this module a message is an object without attributes."""
    gstreamer.load()
    import gi

    gi.require_version("GstRtsp", "1.0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # PyGObject still loads modules the old way
        from gi.repository import GstRtsp
    return GstRtsp.RTSPMethod
