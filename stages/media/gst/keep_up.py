"""Keeps a live stream's latency low when this machine cannot decode it in real time.

Queues in front of a decoder are unbounded and invisible behind it. A live frame's timestamp gives its arrival: one that
is decoded later than the promptest frame has waited for the difference.
"""

import time
from typing import Any

from stages.media import gstreamer
from stages.media.gst.native import NO_TIME

LATE_S, PATIENCE_S = 0.25, 0.5
"""Seconds that every frame must have waited, and for how long, before waiting frames are skipped up to a key frame.
After a network stall many frames arrive at once too, but a machine that keeps up decodes them quickly."""
DRAIN_S, GIVE_UP_S = 0.1, 1.0
"""Seconds for which everything is skipped, which empties any queue; and after which frames that are still late do not
wait: the camera's clock jumped."""
SETTLE_S = 5.0
"""Seconds before a new connection is judged. Some cameras begin with a burst of buffered frames, and GStreamer then
takes two seconds to estimate their clock's rate."""
DRIFT = 1000
"""Inverse of the largest drift between two clocks."""


class KeepUp:
    """Watches the decoder of one connection to a camera, where it has one."""

    def __init__(self) -> None:
        self.early = 0
        """Frames in front of the first key frame, without which they cannot be decoded."""
        self._gst = gstreamer.load()
        self._pad: Any = None
        self._least_ns: int | None = None
        self._noted_ns = 0
        self._settled_s = 0.0
        self._late_since_s = 0.0
        self._skip_since_s = 0.0
        self._skipped = 0

    def watch(self, pad: Any) -> None:
        """Set the decoder's sink pad."""
        self._pad = pad

    def close(self) -> None:
        """Release the decoder, which no longer runs."""
        self._pad = None

    def note(self, running_ns: int) -> int:
        """Return how long, in ns, a decoded frame has waited; if that is too long, start to skip.

        Args:
            running_ns: The running time of its timestamp, or `NO_TIME`.
        """
        if self._pad is None:
            return 0
        waited_ns, now_s = self._waited_ns(running_ns), time.monotonic()
        if waited_ns < LATE_S * 1e9:
            self._late_since_s = 0.0
        elif not self._late_since_s:
            self._late_since_s = now_s
        elif now_s - self._late_since_s > PATIENCE_S and not self._skip_since_s:
            self._skip_since_s = now_s
            self._pad.add_probe(self._gst.PadProbeType.BUFFER, self._skip)
        return waited_ns

    def take_skipped(self) -> int:
        """Return how many frames were skipped since the last call."""
        skipped = self._skipped
        self._skipped -= skipped
        return skipped

    def _skip(self, pad: Any, info: Any) -> Any:
        """Drop frames in front of the decoder until they no longer wait, and then until a key frame."""
        buffer = info.get_buffer()
        event = pad.get_sticky_event(self._gst.EventType.SEGMENT, 0)
        skipped_s = time.monotonic() - self._skip_since_s
        if skipped_s > GIVE_UP_S:
            self._least_ns = None
        is_late = event and self._waited_ns(self._running_ns(buffer, event.parse_segment())) > LATE_S * 1e9 / 2
        if is_late or skipped_s < DRAIN_S or buffer.has_flags(self._gst.BufferFlags.DELTA_UNIT):
            self._skipped += 1
            return self._gst.PadProbeReturn.DROP
        self._skip_since_s = self._late_since_s = 0.0
        return self._gst.PadProbeReturn.REMOVE

    def _running_ns(self, buffer: Any, segment: Any) -> int:
        pts = buffer.pts
        return NO_TIME if pts == NO_TIME else int(segment.to_running_time(self._gst.Format.TIME, pts))

    def _waited_ns(self, came_ns: int) -> int:
        if came_ns == NO_TIME:
            return 0
        now_ns = time.monotonic_ns()  # the zero of this clock and of the pipeline's does not matter
        behind_ns = now_ns - came_ns
        if self._least_ns is None:
            self._settled_s = time.monotonic() + SETTLE_S
        if self._least_ns is None or time.monotonic() < self._settled_s:
            self._least_ns = behind_ns
        self._least_ns = min(self._least_ns + max(0, now_ns - self._noted_ns) // DRIFT, behind_ns)
        self._noted_ns = now_ns
        return behind_ns - self._least_ns
