"""GStreamer's H.264 encoders: which of them work on this machine, and how to configure each."""

import functools
from dataclasses import dataclass

from pipeline.errors import ConfigError, MissingPart
from stages.media import gstreamer

QUALITY = "pass=qual quantizer=23"
"""x264's options without a bitrate: a constant quality that is hard to tell from the original."""
UNLIMITED = "vbv-buf-capacity=0"
"""x264enc limits a constant quality to its property `bitrate`, 2048 kbit/s by default, unless it has no buffer."""
BITS_PER_PIXEL = 0.08
"""Bits per pixel of the other encoders without a bitrate, few of which have a comparable constant quality; and the
limit for a live camera with x264."""
LEAST_LIMIT_KBPS = 2048
"""Limit for a live camera with few pixels, of which each needs more bits."""


@dataclass(frozen=True)
class _Encoder:
    bitrate: str
    """Name of the property for the bitrate."""
    per_kbit: int
    """Units of that property per kilobit per second."""
    gop: str
    """Name of the property for the number of frames between key frames."""
    options: str = ""
    lossless: str = ""
    """More options for recordings, whose frames wait for the encoder."""
    live: str = ""
    """More options for live cameras, which must not wait for the encoder."""


_ENCODERS = {
    "nvh264enc": _Encoder("bitrate", 1, "gop-size", "zerolatency=true bframes=0"),
    "vah264enc": _Encoder("bitrate", 1, "key-int-max", "b-frames=0"),
    "vah264lpenc": _Encoder("bitrate", 1, "key-int-max", "b-frames=0"),
    "vaapih264enc": _Encoder("bitrate", 1, "keyframe-period", "max-bframes=0"),
    "qsvh264enc": _Encoder("bitrate", 1, "gop-size", "b-frames=0"),
    "x264enc": _Encoder(
        "bitrate",
        1,
        "key-int-max",
        "tune=zerolatency",
        # x264 spends a third of its time on parts of macroblocks, and most of its bits on the noise of flat areas
        'speed-preset=veryfast option-string="aq-strength=0.5:partitions=none"',
        'speed-preset=superfast threads=1 option-string="aq-mode=0:partitions=none:weightp=0"',
    ),
    "openh264enc": _Encoder("bitrate", 1000, "gop-size", "complexity=low rate-control=bitrate"),
}
"""Encoders in the order in which `auto` tries them: hardware first."""


def check_encoder(name: str) -> None:
    """Refuse the name of an encoder that is not known, without looking for it on this machine.

    Raises:
        ConfigError: It is neither `auto` nor one of GStreamer's H.264 encoders.
    """
    if name != "auto" and name not in _ENCODERS:
        raise ConfigError(f"expected encoder to be auto or one of {', '.join(_ENCODERS)}, found {name!r}")


def choose_encoder(name: str = "auto") -> str:
    """Return the name of an encoder that works on this machine.

    Args:
        name: One of GStreamer's H.264 encoders, or `auto` for the first that works.

    Raises:
        ConfigError: The encoder does not exist or does not work.
        MissingPart: `auto` found none.
    """
    check_encoder(name)
    for candidate in _ENCODERS if name == "auto" else [name]:
        if _works(candidate):
            return candidate
    if name != "auto":
        raise ConfigError(f"expected an encoder that works on this machine, found {name}, which does not")
    raise MissingPart("expected an H.264 encoder, found none (apt-get install gstreamer1.0-plugins-ugly)")


def describe_encoder(
    name: str, *, width: int, height: int, fps: float, bitrate_kbps: int, gop_s: float, live: bool
) -> str:
    """Return the encoder as part of a launch description.

    Args:
        name: What `choose_encoder` returned.
        width: Columns of a frame.
        height: Rows of a frame.
        fps: Frames per second; 0 if unknown.
        bitrate_kbps: Bitrate, kilobits per second; 0 for constant quality, which of a live camera has a limit.
        gop_s: Seconds between key frames.
        live: Encode in less time; files are larger by a fifth to a half.
    """
    encoder, rate = _ENCODERS[name], fps or 25.0
    parts = [
        name,
        encoder.options,
        encoder.live if live else encoder.lossless,
        f"{encoder.gop}={max(1, round(gop_s * rate))}",
    ]
    usual_kbps = round(width * height * rate * BITS_PER_PIXEL / 1000)
    if bitrate_kbps or name != "x264enc":
        parts.append(f"{encoder.bitrate}={(bitrate_kbps or max(200, usual_kbps)) * encoder.per_kbit}")
    else:
        parts += [QUALITY, f"bitrate={max(LEAST_LIMIT_KBPS, usual_kbps)}" if live else UNLIMITED]
    return " ".join(parts)


@functools.cache
def _works(name: str) -> bool:
    """Return whether the encoder is installed and encodes three frames."""
    gst = gstreamer.load()
    from gi.repository import GLib

    if gst.ElementFactory.find(name) is None:
        return False
    encoder = describe_encoder(name, width=320, height=240, fps=25, bitrate_kbps=500, gop_s=1, live=True)
    try:
        pipeline = gst.parse_launch(
            "videotestsrc num-buffers=3 ! video/x-raw,format=I420,width=320,height=240,framerate=25/1 ! videoconvert"
            f" ! {encoder} ! h264parse ! fakesink"
        )
    except GLib.Error:
        return False
    try:
        pipeline.set_state(gst.State.PLAYING)
        kinds = gst.MessageType.EOS | gst.MessageType.ERROR
        message = pipeline.get_bus().timed_pop_filtered(5 * gst.SECOND, kinds)
        return message is not None and bool(message.type == gst.MessageType.EOS)
    finally:
        pipeline.set_state(gst.State.NULL)
