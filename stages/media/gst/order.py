"""Gives the frames of an AVI their times, which decoders make up."""

from collections import deque
from typing import Any

from stages.media import gstreamer
from stages.media.gst.elements import probe_first_video


class Order:
    """Shows frames at the times at which they are stored, the first one first.

    An AVI says when a frame is decoded, not when it is shown. From the second key frame on, GStreamer's decoders give
    MPEG-4 with B-frames times that are two frames early (GStreamer 1.22). Both series of times have the same numbers.
    """

    demuxer = "avidemux"
    """Name of the demultiplexer that it watches."""

    def __init__(self) -> None:
        self._stored_ns: deque[int] = deque()

    def watch(self, demuxer: Any) -> None:
        """Begin; the demultiplexer has no outputs yet."""
        probe_first_video(demuxer, self._note)

    def shown_ns(self, decoded_ns: int) -> int:
        """Return when the next frame is shown.

        Args:
            decoded_ns: What the decoder says: too early, or right. So a later one tells that frames were not decoded.
        """
        stored = self._stored_ns
        while len(stored) > 1 and 2 * decoded_ns > stored[0] + stored[1]:
            stored.popleft()
        return stored.popleft() if stored else decoded_ns

    def _note(self, _: Any, info: Any) -> Any:
        gst = gstreamer.load()
        buffer = info.get_buffer()
        times = [time for time in (buffer.dts, buffer.pts) if time != gst.CLOCK_TIME_NONE]
        if times:
            self._stored_ns.append(times[0])
        return gst.PadProbeReturn.OK
