"""The part of a reader's pipeline that finds and configures demuxer and decoder."""

import logging
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np

from pipeline.errors import ConfigError
from stages.media import gstreamer
from stages.media.containers.mp4 import hide_duration
from stages.media.gst.early import Early
from stages.media.gst.elements import link_pad, make_element
from stages.media.gst.gaps import Gaps
from stages.media.gst.keep_up import KeepUp
from stages.media.gst.network.parts import PARSER, name_part
from stages.media.gst.order import Order

_EASY_PIXELS = 1920 * 1088
"""Pixels of a frame up to which one thread decodes in real time, at a tenth less cost than several threads."""
_TRY, _SKIP = 0, 2  # GstAutoplugSelectResult
AUTO, SOFTWARE = "auto", "software"
RAW = "none"
"""Name of the decoder of video that comes without compression."""
_FIRST = 1024
"""Rank above GStreamer's `PRIMARY` of a decoder that the config names: hardware decoders have up to 256 more."""

_ranks: dict[str, int] = {}
"""Ranks of the decoders that `_prefer` has changed, before that."""

log = logging.getLogger(__name__)


class Decoder(NamedTuple):
    """A decodebin, and what it has found so far."""

    element: Any
    demuxers: list[Any]
    found: list[Any]
    """Caps of all that was found in the file or stream."""
    decoders: list[str]
    """Names of the elements that were tried as decoders of video; the last one decodes."""


def make_decoder(
    behind: Any,
    name: str,
    *,
    live: bool,
    paced: bool,
    edited: bool,
    keep_up: KeepUp | None,
    clock: Gaps | Early | Order | None,
    images: bool = False,
    wanted: str = AUTO,
) -> Decoder:
    """Return a decoder of video alone.

    Args:
        behind: The pad that takes the frames, linked as soon as there are some.
        name: What is read, for messages.
        live: It is a camera, not a file.
        paced: A file is read at its own speed.
        edited: The index of the file has edits.
        keep_up: Watches a camera's decoder.
        clock: Corrects times behind the demultiplexer of a recording.
        images: It may be a stream of JPEG images, with other data between them.
        wanted: Which decoder to use, see `check_decoder`.

    Raises:
        ConfigError: GStreamer lacks decodebin, or has no such decoder.
    """
    gst = gstreamer.load()
    decoder = make_element("decodebin", caps=gst.Caps.from_string("video/x-raw(ANY)"))
    decoder.set_property("expose-all-streams", False)  # neither sound nor subtitles are decoded
    if live:
        decoder.connect("pad-added", link_pad, behind)
    else:
        decoder.connect("no-more-pads", _link_default, behind, name)
    demuxers: list[Any] = []
    found: list[Any] = []
    decoder.connect("autoplug-continue", _remember, found)
    decoder.connect("autoplug-select", _choose, demuxers)
    decoders: list[str] = []
    more = found, demuxers, decoders, keep_up, clock, live or paced, edited
    decoder.connect("deep-element-added", _configure, *more)
    _prefer(wanted, images=images)
    return Decoder(decoder, demuxers, found, decoders)


def check_decoder(wanted: str) -> Any:
    """Return the factory of a decoder by its name; None for `auto` and `software`.

    Args:
        wanted: `auto`: the one of the highest rank that works, which is hardware if there is any; `software`: no
            hardware; else the name of an element, which is tried first.

    Raises:
        ConfigError: GStreamer has no decoder of video of this name.
    """
    if wanted in (AUTO, SOFTWARE):
        return None
    found = decoders_here()
    if wanted not in found:
        near = [one for one in found if is_hardware(found[one])] + get_close_matches(wanted, found, 3, 0.5)
        expected = (
            f"auto, software or a decoder of GStreamer on this machine, such as {', '.join(near or [*found][:3])}"
        )
        raise ConfigError(f"decoder: expected {expected}, found {wanted!r}")
    return found[wanted]


def decoders_here() -> dict[str, Any]:
    """Return the factories of all decoders of video that GStreamer finds on this machine, by name."""
    gst = gstreamer.load()
    kinds = gst.ELEMENT_FACTORY_TYPE_DECODER | gst.ELEMENT_FACTORY_TYPE_MEDIA_VIDEO
    kinds |= gst.ELEMENT_FACTORY_TYPE_MEDIA_IMAGE
    return {one.get_name(): one for one in gst.ElementFactory.list_get_elements(kinds, gst.Rank.NONE)}


def is_hardware(factory: Any) -> bool:
    """Return whether a decoder runs in hardware."""
    return "Hardware" in factory.get_metadata("klass")


def _link_default(decoder: Any, sink: Any, name: str) -> None:
    """Link the default video track of a file, the first one where none is."""
    flags = gstreamer.load().StreamFlags
    tracks = list(decoder.srcpads)
    if not tracks:
        return
    chosen = next((pad for pad in tracks if _flags(pad) & flags.SELECT), None)
    if len(tracks) > 1:
        log.warning(
            "%s: found %d video tracks, the %s one is read", name, len(tracks), "default" if chosen else "first"
        )
    link_pad(decoder, chosen or tracks[0], sink)


def _flags(pad: Any) -> Any:
    event = pad.get_sticky_event(gstreamer.load().EventType.STREAM_START, 0)
    return event.parse_stream_flags() if event else gstreamer.load().StreamFlags.NONE


def _remember(_: Any, __: Any, caps: Any, found: list[Any]) -> bool:
    # its own copy: those of a signal may be gone once other threads look at them
    found.append(caps.copy())
    return True


def _choose(_: Any, __: Any, ___: Any, factory: Any, demuxers: list[Any]) -> int:
    """Follow no playlist (HLS, DASH): one from the network may name files of this machine, which it would show.

    Behind a demultiplexer images are whole, and the decoder accepts damaged ones that their parser refuses.
    """
    is_needless = demuxers and factory.get_name() == PARSER
    return _SKIP if is_needless or "Adaptive" in factory.get_metadata("klass") else _TRY


def _prefer(wanted: str, *, images: bool) -> None:
    """Set the ranks of this process's decoders; those of the last call count, and a camera has its own process.

    Skipping hardware while decodebin plugs would be too late: the parser before it has agreed on its format.
    """
    gst = gstreamer.load()
    named = check_decoder(wanted)
    for name, rank in _ranks.items():
        gst.ElementFactory.find(name).set_rank(rank)
    _ranks.clear()
    first = gst.Rank.PRIMARY + _FIRST
    changed = {one: gst.Rank.NONE for one in decoders_here().values() if wanted == SOFTWARE and is_hardware(one)}
    # before every other one that can read the stream; these remain for the streams that it cannot read
    if images and (parser := gst.ElementFactory.find(PARSER)):
        changed[parser] = first
    for factory, rank in (changed | ({named: first} if named else {})).items():
        _ranks[factory.get_name()] = factory.get_rank()
        factory.set_rank(rank)


def _configure(
    _: Any,
    __: Any,
    element: Any,
    found: list[Any],
    demuxers: list[Any],
    decoders: list[str],
    keep_up: KeepUp | None,
    clock: Gaps | Early | Order | None,
    paced: bool,
    edited: bool,
) -> None:
    factory = element.get_factory()
    kind = factory.get_metadata("klass") if factory else ""
    if edited and factory and factory.get_name() == "qtdemux":
        probe = gstreamer.load().PadProbeType
        element.get_static_pad("sink").add_probe(probe.PULL | probe.BUFFER, _hide_duration)
    if "Demux" in kind:
        demuxers.append(element)
        if clock is not None and factory.get_name() == clock.demuxer:
            clock.watch(element)
    # Frames before the first key frame of a recording cut out of another are gray smears; no player shows them.
    if element.find_property("output-corrupt"):
        element.set_property("output-corrupt", False)
    # An MJPEG stream has one part; without this the demuxer waits for others before it lets frames through.
    if factory and factory.get_name() == "multipartdemux":
        element.set_property("single-stream", True)
        element.connect("pad-added", name_part, found)
    if "Decoder" in kind:
        decoders.append(factory.get_name())
        probe = gstreamer.load().PadProbeType
        sink = element.get_static_pad("sink")
        if paced and element.find_property("max-threads"):
            sink.add_probe(probe.EVENT_DOWNSTREAM, _choose_threads)
        # Who joins a stream between two key frames would see gray smears at first.
        if keep_up is not None:
            sink.add_probe(probe.BUFFER, _await_key_frame, keep_up)
            keep_up.watch(sink)
        elif not edited:
            sink.add_probe(probe.EVENT_DOWNSTREAM, _open_end)
            if any(demuxer.get_factory().get_name() == "mpegpsdemux" for demuxer in demuxers):
                sink.add_probe(probe.BUFFER, _begin_with_frame)


def _choose_threads(pad: Any, info: Any) -> Any:
    """Limit a decoder to one thread before it starts, if the frames are small enough."""
    gst = gstreamer.load()
    event = info.get_event()
    if event.type != gst.EventType.CAPS:
        return gst.PadProbeReturn.OK
    caps = event.parse_caps().get_structure(0)
    (has_width, width), (has_height, height) = caps.get_int("width"), caps.get_int("height")
    if has_width and has_height and width * height <= _EASY_PIXELS:
        pad.get_parent_element().set_property("max-threads", 1)
    return gst.PadProbeReturn.OK


def _await_key_frame(_: Any, info: Any, keep_up: KeepUp) -> Any:
    gst = gstreamer.load()
    is_delta = info.get_buffer().has_flags(gst.BufferFlags.DELTA_UNIT)
    keep_up.early += is_delta
    return gst.PadProbeReturn.DROP if is_delta else gst.PadProbeReturn.REMOVE


def _hide_duration(_: Any, info: Any) -> Any:
    """Hide the duration of an edited film from qtdemux.

    It would end the track there, although the track has another clock: of 6 s from the 5th second on it would show one
    (GStreamer 1.22). Each edit ends by itself.
    """
    gst = gstreamer.load()
    if (buffer := info.get_buffer()) is None or buffer.n_memory() != 1:
        return gst.PadProbeReturn.OK
    # PyGObject holds a second reference to the buffer, so the buffer itself cannot be mapped for writing
    memory = buffer.peek_memory(0)
    mapped, view = memory.map(gst.MapFlags.READ | gst.MapFlags.WRITE)
    if not mapped:
        return gst.PadProbeReturn.OK
    try:
        found = hide_duration(np.frombuffer(view.data, np.uint8))
    finally:
        memory.unmap(view)
    return gst.PadProbeReturn.REMOVE if found else gst.PadProbeReturn.OK


def _open_end(pad: Any, info: Any) -> Any:
    """Let a file's last frames pass, though its header gives an earlier end.

    The duration in the header of a fragmented MP4 omits the time by which B-frames delay the first frame.
    """
    gst = gstreamer.load()
    event = info.get_event()
    if event.type != gst.EventType.SEGMENT:
        return gst.PadProbeReturn.OK
    segment = event.parse_segment()
    if segment.stop == gst.CLOCK_TIME_NONE:
        return gst.PadProbeReturn.OK
    segment.stop = gst.CLOCK_TIME_NONE
    pad.send_event(gst.Event.new_segment(segment))
    return gst.PadProbeReturn.DROP


def _begin_with_frame(pad: Any, info: Any) -> Any:
    """Let the first frames of a program stream pass, though they are shown before its clock begins.

    `mpegpsdemux` begins the segment with the clock (GStreamer 1.22), and decoders drop what is before it.
    """
    gst = gstreamer.load()
    first_ns, event = info.get_buffer().pts, pad.get_sticky_event(gst.EventType.SEGMENT, 0)
    segment = event.parse_segment() if event else None
    if segment is not None and first_ns < segment.start:
        segment.start = segment.time = segment.position = first_ns
        pad.send_event(gst.Event.new_segment(segment))
    return gst.PadProbeReturn.REMOVE
