"""Gives the frames of a Matroska file that have a time before 0 their distance."""

from collections import deque
from typing import Any

from stages.media import gstreamer
from stages.media.containers.beginning import Beginning
from stages.media.gst.elements import probe_first_video


class Early:
    """Counts the times of a file from its container's start instead of from 0.

    `matroskademux` gives frames before 0 no time. The decoder makes up times from 0 on, and squeezes the frames behind
    them until the file's times have caught up (GStreamer 1.22).

    Args:
        beginning: The beginning of the file.
    """

    demuxer = "matroskademux"
    """Name of the demultiplexer that it watches."""

    def __init__(self, beginning: Beginning) -> None:
        self._times_ns = deque(beginning.early_ns)
        self._shift_ns = beginning.shift_ns

    def watch(self, demuxer: Any) -> None:
        """Begin; the demultiplexer has no outputs yet."""
        probe_first_video(demuxer, self._correct)

    def _correct(self, _: Any, info: Any) -> Any:
        gst = gstreamer.load()
        buffer = info.get_buffer()
        if self._times_ns:
            buffer.pts = self._times_ns.popleft()
        elif buffer.pts != gst.CLOCK_TIME_NONE:
            buffer.pts += self._shift_ns
        if buffer.dts != gst.CLOCK_TIME_NONE:
            buffer.dts = gst.CLOCK_TIME_NONE
        return gst.PadProbeReturn.OK
