"""Making GStreamer elements, with an error of ours if one is missing or a launch fragment is wrong."""

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


def parse_bin(fragment: str) -> Any:
    """Return the bin that a launch fragment describes.

    Raises:
        ConfigError: It cannot be parsed.
    """
    gst = gstreamer.load()
    from gi.repository import GLib

    try:
        return gst.parse_bin_from_description(fragment, True)
    except GLib.Error as error:
        raise ConfigError(f"expected a GStreamer launch fragment, found {fragment!r}: {error.message}") from None


def link_pad(_: Any, pad: Any, sink: Any) -> None:
    """Link a pad that an element has added, if nothing is linked to the sink yet."""
    if not sink.is_linked():
        pad.link(sink)
