"""Restores the gaps in a recorded transport stream, which GStreamer's demultiplexer shortens."""

from typing import Any

from stages.media import gstreamer
from stages.media.reader import FORTH_NS

_WRAP, _TICKS = 2**33, 90_000
_LEAST_NS = 20_000_000
"""Nanoseconds by which a gap is shortened at least, less than a frame."""


class Gaps:
    """Gives frames the times that the stream states.

    `tsdemux` takes a step of the stream's clock of more than 0.5 s for another clock, and continues 0.5 s later
    (GStreamer 1.22). What the stream states is in its messages: one or two before each frame, from the thread that
    delivers it. A clock that jumps back, or far ahead, continues as the demultiplexer says.
    """

    demuxer = "tsdemux"
    """Name of the demultiplexer that it watches."""

    def __init__(self) -> None:
        self._pid = -1
        self._stated: dict[str, int] = {}
        """Ticks of 1/90,000 s that the stream states for the next frame: `pts`, `dts` or both."""
        self._last: tuple[int, int] | None = None
        """When the last frame is to be decoded: as stated, ticks, and as the demultiplexer says, nanoseconds."""
        self._missing_ns = 0

    def watch(self, demuxer: Any) -> None:
        """Begin; the demultiplexer has no outputs yet."""
        demuxer.set_property("emit-stats", True)
        demuxer.connect("pad-added", self._follow)

    def hear(self, _: Any, message: Any) -> Any:
        """Take what the stream states out of the messages of a pipeline."""
        reply = gstreamer.load().BusSyncReply
        found = message.get_structure()
        if found is None or found.get_name() != "tsdemux":
            return reply.PASS
        for name in ("dts", "pts"):
            known, ticks = found.get_uint64(name)
            if known and found.get_uint("pid")[1] == self._pid:
                self._stated[name] = ticks
        return reply.DROP

    def _follow(self, _: Any, pad: Any) -> None:
        """Follow the first video."""
        kind, _, pid = pad.get_name().partition("_")
        if kind == "video" and self._pid < 0:
            self._pid = int(pid.rpartition("_")[2], 16)
            pad.add_probe(gstreamer.load().PadProbeType.BUFFER, self._correct)

    def _correct(self, _: Any, info: Any) -> Any:
        gst = gstreamer.load()
        buffer, stated, self._stated = info.get_buffer(), self._stated, {}
        pts_ns, dts_ns = buffer.pts, buffer.dts
        if not stated or gst.CLOCK_TIME_NONE in (pts_ns, dts_ns):
            return gst.PadProbeReturn.OK
        ticks = stated["dts"] if "dts" in stated else stated["pts"]
        if self._last is not None:
            step_ns = _ns(ticks - self._last[0])
            lost_ns = step_ns - (dts_ns - self._last[1])
            if lost_ns > _LEAST_NS and step_ns <= FORTH_NS:
                self._missing_ns += lost_ns
        self._last = ticks, dts_ns
        waits_ns = _ns(stated.get("pts", ticks) - ticks)
        buffer.dts = dts_ns + self._missing_ns
        buffer.pts = buffer.dts + (waits_ns if 0 <= waits_ns <= FORTH_NS else max(0, pts_ns - dts_ns))
        return gst.PadProbeReturn.OK


def _ns(ticks: int) -> int:
    """Return a difference of two times, the shorter way around the clock, nanoseconds."""
    return ((ticks + _WRAP // 2) % _WRAP - _WRAP // 2) * 10**9 // _TICKS
