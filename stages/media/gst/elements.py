"""Making GStreamer elements, with an error of ours if one is missing or a launch fragment is wrong."""

from collections.abc import Callable
from typing import Any

from pipeline.errors import ConfigError
from stages.media import gstreamer


def make_element(factory: str, **properties: Any) -> Any:
    """Return a new element.

    Raises:
        ConfigError: GStreamer lacks it.
    """
    element = gstreamer.load().ElementFactory.make(factory)
    if element is None:
        raise ConfigError(f"expected the GStreamer element {factory}, found none: install its plugin")
    for name, value in properties.items():
        element.set_property(name, value)
    return element


def parse_bin(fragment: str, end: str = "") -> Any:
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
    """Return the `Gst.Bin` of a source that a user describes, see `parse_bin`; a bin cannot end in caps."""
    return parse_bin(fragment, " ! identity")


def probe_first_video(demuxer: Any, probe: Callable[[Any, Any], Any]) -> None:
    """Add a probe for buffers to the first video that a demultiplexer will give; it has no outputs yet."""
    pads: list[Any] = []

    def follow(_: Any, pad: Any) -> None:
        if not pads and pad.get_name().startswith("video"):
            pads.append(pad)
            pad.add_probe(gstreamer.load().PadProbeType.BUFFER, probe)

    demuxer.connect("pad-added", follow)


def link_pad(_: Any, pad: Any, sink: Any) -> None:
    """Link a pad that an element has added, if nothing is linked to the sink yet.

    What cannot be linked (`avidemux` of GStreamer 1.22 gives some raw video pixels of a ratio below 0) gives no frame,
    of which the bus has an error.
    """
    if not sink.is_linked():
        pad.link_full(sink, gstreamer.load().PadLinkCheck.DEFAULT)
