"""What a source's streams are encoded with, by the caps that were found in it."""

import warnings
from collections.abc import Sequence
from typing import Any

from stages.media import gstreamer

_CONTAINERS = {"video/quicktime", "video/webm", "video/x-matroska", "video/x-flv", "video/mpegts", "video/x-msvideo"}
"""Caps of containers that may hold only sound."""

_OTHERS = {
    "text/html": "HTML",
    "application/x-hls": "a playlist (HLS): enter the camera's rtsp:// or MJPEG address",
}
"""Names of what is no video, by its caps."""


def describe_found(error: Any, found: Sequence[Any]) -> str:
    """Return what a file holds instead of video that can be decoded, in one line; "" for any other kind of error.

    Args:
        error: The `GError` of the message.
        found: Caps of the streams in the file.
    """
    gst = gstreamer.load()
    stream = gst.StreamError
    kinds = {("gst-core-error-quark", int(gst.CoreError.MISSING_PLUGIN))}
    kinds |= {("gst-stream-error-quark", int(code)) for code in (stream.TYPE_NOT_FOUND, stream.CODEC_NOT_FOUND)}
    kinds |= {("gst-stream-error-quark", int(stream.WRONG_TYPE))}
    if (error.domain, error.code) not in kinds:
        return ""
    found = [caps for caps in found if caps.get_size() and not caps.get_structure(0).get_name().endswith("/x-raw")]
    names = [caps.get_structure(0).get_name() for caps in found]
    videos = video_streams(found)
    sounds = [caps for caps, name in zip(found, names, strict=True) if name.startswith("audio/")]
    packets = [caps.get_structure(0) for caps in found if caps.get_structure(0).has_field("media")]
    kinds_of_packets = {str(packet.get_string("media")) for packet in packets}
    if packets and not sounds and not videos and "video" not in kinds_of_packets:
        heard = "sound" if "audio" in kinds_of_packets else "other data"
        return f"expected video, found {heard} ({packets[-1].get_string('encoding-name') or 'RTP'})"
    if packets and not sounds and not videos:
        return f"expected video that can be decoded here, found {packets[-1].get_string('encoding-name') or 'RTP'}"
    if sounds and not videos:
        return f"expected video, found sound ({codec_name(sounds[-1])})"
    if videos:
        alpha = " with an alpha channel" if videos[-1].get_structure(0).has_field("codec-alpha") else ""
        return f"expected video that can be decoded here, found {codec_name(videos[-1])}{alpha}"
    return f"expected video, found {codec_name(found[-1])}" if found else "expected video, found something else"


def video_streams(found: Sequence[Any]) -> list[Any]:
    """Return those of the caps found in a source that are encoded video."""
    kinds = [(caps, str(caps.get_structure(0).get_name())) for caps in found if caps.get_size()]
    return [
        caps
        for caps, name in kinds
        if name.startswith(("video/", "image/")) and name not in _CONTAINERS and not name.endswith("/x-raw")
    ]


def codec_name(caps: Any) -> str:
    """Return the name of what a stream is encoded with."""
    import gi

    video = caps.get_structure(0)
    name = str(video.get_name())
    try:
        gi.require_version("GstPbutils", "1.0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImportWarning)
            from gi.repository import GstPbutils
        text = GstPbutils.pb_utils_get_codec_description(caps) or name
    except (ImportError, ValueError):
        text = name
    if name in _OTHERS:
        return _OTHERS[name]
    return "AAC" if "AAC" in text else str(text)
