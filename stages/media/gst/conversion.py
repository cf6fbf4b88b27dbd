"""The part of a reader's pipeline after the decoder: makes frames upright, I420, with square pixels, scaled."""

from typing import Any

from stages.media import gstreamer
from stages.media.containers.pose import Matrix
from stages.media.gst.elements import parse_bin
from stages.media.i420 import LARGEST

_MOST = 16_384
"""Maximum columns and rows of a decoded frame, pixels; larger ones would take 400 MB each."""
_I420 = f"video/x-raw,format=I420,width=[1,{_MOST}],height=[1,{_MOST}]"
_DIRECTIONS: dict[Matrix, str] = {
    (0, 1, -1, 0): "90r",
    (-1, 0, 0, -1): "180",
    (0, -1, 1, 0): "90l",
    (-1, 0, 0, 1): "horiz",
    (1, 0, 0, -1): "vert",
    (0, 1, 1, 0): "ul-lr",
    (0, -1, -1, 0): "ur-ll",
}
"""What `videoflip` calls the ways to lay a frame on a screen."""
_UNREPORTED = "ur-ll"
"""The one that qtdemux does not report (GStreamer 1.22)."""
SINK = "pictures"
"""Name of the appsink at its end."""


def direction(matrix: Matrix, *, by_tag: bool) -> str:
    """Return how `videoflip` must turn the frames of a file; empty: as its tags say.

    Args:
        matrix: The file's display matrix.
        by_tag: Whether the demultiplexer reports it by a tag, as that of MP4 does.
    """
    found = _DIRECTIONS.get(matrix, "")
    return found if found == _UNREPORTED or not by_tag else ""


def make_converter(width: int, height: int, *, full_range: bool, paced: bool, turn: str = "") -> Any:
    """Return a bin from decoded video to the appsink `SINK`.

    Args:
        width: Maximum columns; 0: `LARGEST`.
        height: Maximum rows, likewise.
        full_range: The index of the file says that luma ranges from 0 to 255.
        paced: Let frames through at their times: a launch fragment may come faster than real time.
        turn: See `direction`.

    Raises:
        ConfigError: GStreamer lacks an element.
    """
    converter = parse_bin(
        # everything passes through untouched where nothing is to do
        f"videoconvert name=convert ! capsfilter name=i420 caps={_I420} !"
        " videoscale !"
        f" video/x-raw,format=I420,pixel-aspect-ratio=1/1,width=[2,{width or LARGEST}],"
        f"height=[2,{height or LARGEST}] !"
        f" appsink name={SINK} max-buffers=2 enable-last-sample=false sync={str(paced).lower()}"
    )
    event, buffer = gstreamer.load().PadProbeType.EVENT_DOWNSTREAM, gstreamer.load().PadProbeType.BUFFER
    upright = converter.get_by_name("i420").get_static_pad("src")
    if turn:
        upright.add_probe(buffer, _insert_flip, turn)
    else:
        upright.add_probe(event, _turn)
    converter.get_by_name("convert").get_static_pad("sink").add_probe(event, _keep_levels, full_range)
    return converter


def _keep_levels(pad: Any, info: Any, full_range: bool) -> Any:
    """Keep the range, matrix and transfer of video that is converted to I420."""
    gst = gstreamer.load()
    event = info.get_event()
    if event.type != gst.EventType.CAPS:
        return gst.PadProbeReturn.OK
    caps = event.parse_caps()
    video = caps.get_structure(0)
    pixels, colorimetry = video.get_string("format") or "", video.get_string("colorimetry") or ""
    complete = gstreamer.complete_colorimetry(colorimetry, pixels, video.get_int("height")[1], full_range)
    if complete != colorimetry:
        named = caps.copy()
        named.set_value("colorimetry", complete)
        pad.send_event(gst.Event.new_caps(named))
        return gst.PadProbeReturn.DROP
    keep = colorimetry and pixels != "I420" and not gstreamer.is_rgb(colorimetry)
    behind = pad.get_parent_element().get_parent().get_by_name("i420")
    behind.set_property("caps", gst.Caps.from_string(_I420 + (f",colorimetry={colorimetry}" if keep else "")))
    return gst.PadProbeReturn.OK


def _turn(pad: Any, info: Any) -> Any:
    """Rotate the frames of a camera that was held sideways or upside down, before they are scaled.

    Only these: `videoflip` copies upright frames twice (GStreamer 1.22).
    """
    gst = gstreamer.load()
    event = info.get_event()
    if event.type != gst.EventType.TAG:
        return gst.PadProbeReturn.OK
    known, orientation = event.parse_tag().get_string(gst.TAG_IMAGE_ORIENTATION)
    if not known or orientation == "rotate-0":
        return gst.PadProbeReturn.OK
    pad.add_probe(gst.PadProbeType.BUFFER, _insert_flip, "auto")
    return gst.PadProbeReturn.REMOVE


def _insert_flip(pad: Any, _: Any, direction: str) -> Any:
    # before a buffer: it and all events are sent through what is linked here now
    gst = gstreamer.load()
    flip = gst.ElementFactory.make("videoflip")
    gst.util_set_object_arg(flip, "video-direction", direction)
    pad.get_parent_element().get_parent().add(flip)
    flip.sync_state_with_parent()
    behind = pad.get_peer()
    pad.unlink(behind)
    pad.link(flip.get_static_pad("sink"))
    flip.get_static_pad("src").link(behind)
    return gst.PadProbeReturn.REMOVE
