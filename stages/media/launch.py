"""Parsing of GStreamer launch fragments."""

from typing import Any

from pipeline.errors import ConfigError
from stages.media import gstreamer


def parse_fragment(fragment: str, end: str = "") -> Any:
    """Return the `Gst.Bin` that a launch fragment describes, its unlinked pads as its own.

    Args:
        fragment: Elements, as `gst-launch-1.0` takes them.
        end: Elements behind those of `fragment`; the message does not name them.

    Raises:
        ConfigError: It cannot be parsed, or names an element that is not installed.
        MissingPart: GStreamer is not installed.
    """
    gst = gstreamer.load()
    from gi.repository import GLib

    try:
        return gst.parse_bin_from_description(fragment + end, True)
    except GLib.Error as error:
        raise ConfigError(f"expected a GStreamer launch fragment, found {fragment!r}: {error.message}") from None


def parse_source(fragment: str) -> Any:
    """Return the `Gst.Bin` of a source that a user describes, see `parse_fragment`; a bin cannot end in caps."""
    return parse_fragment(fragment, " ! identity")
