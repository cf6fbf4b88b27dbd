"""What decoders of recordings report about damaged frames: only their debug messages tell it."""

import functools
import os
import re
import weakref
from typing import Any

from stages.media import gstreamer

_CATEGORIES = {"libav": "INFO", "videodecoder": "WARNING"}
"""Debug categories of GStreamer's decoders, and the level of their messages about damage."""
_DAMAGE = re.compile(
    r"concealing \d"  # H.264, MPEG-1, -2, -4, H.263, VC-1, WMV
    r"|Missing reference picture"  # H.264
    r"|Could not find ref with POC"  # HEVC
    r"|Requested reference \d+ not available"  # VP9
    r"|error: .*(?:[Cc]orrupt|[Dd]ecod|[Ii]nvalid)"  # what a decoder could not decode at all
)
_SAME_S = 1.0
"""Seconds up to which damage belongs to one place."""
_PLACES = 3
"""Most places that a line names."""

_listeners: "weakref.WeakSet[Damage]" = weakref.WeakSet()
"""Who listens. Messages do not name their decoder, so they count only while a single file is read."""


class Damage:
    """Collects where the frames of a file are damaged, until it is closed.

    FFmpeg repairs what it cannot decode from neighbours and earlier frames, and delivers it like other frames.
    """

    def __init__(self) -> None:
        self.position_s: float | None = None
        """Position of the last frame, seconds; None before the first: what precedes a key frame is never delivered."""
        self._places: list[tuple[float, float]] = []
        _hear()
        _listeners.add(self)

    def note(self, text: str) -> None:
        """Take a decoder's message, from any thread."""
        now_s = self.position_s
        if now_s is None or not _DAMAGE.match(text):
            return
        if self._places and now_s - self._places[-1][1] <= _SAME_S:
            self._places[-1] = self._places[-1][0], now_s
        else:
            self._places.append((now_s, now_s))

    def describe(self) -> str:
        """Return what is damaged, in one line; "" if nothing is."""
        if not self._places:
            return ""
        named = ", ".join(f"{first:.1f} s" for first, _ in self._places[:_PLACES])
        more = len(self._places) - _PLACES
        return f"expected whole frames, found damaged ones near {named}" + (f" and at {more} more places" * (more > 0))

    def close(self) -> None:
        """Stop listening."""
        _listeners.discard(self)


@functools.cache
def _hear() -> None:
    """Receive debug messages, without printing them unless GST_DEBUG asks for it."""
    gst = gstreamer.load()
    if not os.environ.get("GST_DEBUG"):
        gst.debug_remove_log_function(None)
    for name, level in _CATEGORIES.items():
        gst.debug_set_threshold_for_name(name, getattr(gst.DebugLevel, level))
    gst.debug_add_log_function(_forward, None)


def _forward(category: Any, *details: Any) -> None:
    if category.get_name() in _CATEGORIES and len(listening := list(_listeners)) == 1:
        listening[0].note(details[-2].get() or "")
