"""Decoding with GStreamer: it finds demuxer and decoder itself, in hardware where there is one."""

import logging
import re
import time
import weakref
from typing import Any, Literal

import numpy as np

from pipeline.errors import ConfigError
from stages.media import gstreamer
from stages.media.address import UNTRUSTED, Address
from stages.media.gst.keep_up import KeepUp
from stages.media.mp4 import hide_duration
from stages.media.mpegts import video_delay_ns
from stages.media.reader import LARGEST, Picture, Reader

_MOST = 16_384
"""Larger pictures are not decoded: 400 MB each."""
_WAIT_S = 0.05
_EASY_PIXELS = 1920 * 1088
"""Pictures up to this size are decoded faster than they come by one thread, at a tenth less cost than by several."""
_TRY, _SKIP = 0, 2  # GstAutoplugSelectResult
_I420 = f"video/x-raw,format=I420,width=[1,{_MOST}],height=[1,{_MOST}]"

log = logging.getLogger(__name__)


class GstReader(Reader):
    """One file, URL, device or launch fragment.

    Args:
        address: What to read; of files the first path.
        transport: How RTSP carries its packets.
        latency_ms: How long RTSP waits for packets that come late or out of order.
        width: Shrink to at most so many columns, in proportion; ask a V4L2 camera for so many. 0 leaves it.
        height: The same for rows.
        fps: Leave out pictures that come faster; ask a V4L2 camera for so many. 0 keeps all.
        paced: The pictures of a file will be asked for at its own speed.
        verify_tls: Refuse certificates nobody vouches for.

    Raises:
        ConfigError: The launch fragment cannot be parsed, or GStreamer lacks an element it needs.
    """

    def __init__(
        self,
        address: Address,
        *,
        transport: Literal["tcp", "udp"] = "tcp",
        latency_ms: int = 100,
        width: int = 0,
        height: int = 0,
        fps: float = 0.0,
        paced: bool = False,
        verify_tls: bool = True,
    ) -> None:
        super().__init__(fps, address.paths[0] if address.kind == "file" else None)
        self._name = address.text
        self._verify_tls = verify_tls
        self._hint = UNTRUSTED if address.encrypted and verify_tls else ""
        self._gst = gstreamer.load()
        gstreamer.give_memory_back()
        self._live = address.kind != "file"
        self._created_ns = 0
        self._start_ns = time.monotonic_ns()
        self._pipeline = self._gst.Pipeline.new()
        self._keep_up = KeepUp() if self._live else None
        tail = self._parse(
            # everything passes through untouched where nothing is to do
            f"videoconvert name=convert ! capsfilter name=i420 caps={_I420} !"
            " videoscale !"
            f" video/x-raw,format=I420,pixel-aspect-ratio=1/1,width=[2,{width or LARGEST}],"
            f"height=[2,{height or LARGEST}] !"
            # A launch fragment may come faster than real time.
            f" appsink name=pictures max-buffers=2 enable-last-sample=false sync={str(address.kind == 'gst').lower()}"
        )
        event = self._gst.PadProbeType.EVENT_DOWNSTREAM
        full_range = self._index is not None and self._index.full_range
        tail.get_by_name("i420").get_static_pad("src").add_probe(event, _turn)
        tail.get_by_name("convert").get_static_pad("sink").add_probe(event, _keep_levels, full_range)
        decoder = self._make("decodebin", caps=self._gst.Caps.from_string("video/x-raw(ANY)"))
        decoder.set_property("expose-all-streams", False)  # neither sound nor subtitles are decoded
        if self._live:
            decoder.connect("pad-added", _link, tail.get_static_pad("sink"))
        else:
            decoder.connect("no-more-pads", _link_default, tail.get_static_pad("sink"), self._name)
        self._demuxers: list[Any] = []
        self._found: list[Any] = []
        """Caps of all that was found in the file or stream."""
        decoder.connect("autoplug-continue", _remember, self._found)
        decoder.connect("autoplug-select", _choose)
        edited = self._index is not None and self._index.has_edits
        decoder.connect("deep-element-added", _configure, self._demuxers, self._keep_up, self._live or paced, edited)
        self._pipeline.add(tail)
        self._pipeline.add(decoder)
        head = self._head(address, transport, latency_ms, (width, height, fps))
        self._pipeline.add(head)
        if address.kind == "rtsp":
            head.connect("pad-added", _link, decoder.get_static_pad("sink"))
        elif not head.link(decoder):
            raise ConfigError(f"expected a launch fragment that ends in video, found {address.text!r}")
        self._sink = tail.get_by_name("pictures")
        self._bus = self._pipeline.get_bus()
        # Also where nobody calls close(): GStreamer may not be dropped while it runs.
        self._stop = weakref.finalize(self, self._pipeline.set_state, self._gst.State.NULL)
        self._pipeline.set_state(self._gst.State.PLAYING)

    def _head(self, address: Address, transport: str, latency_ms: int, request: tuple[int, int, float]) -> Any:
        """Return the element or bin that fetches the bytes."""
        login = {"user-id": address.user, "user-pw": address.password} if address.user else {}
        match address.kind:
            case "file":
                return self._make("filesrc", location=str(address.paths[0]))
            case "rtsp":
                source = self._make("rtspsrc", location=address.text, latency=latency_ms, **login)
                self._gst.util_set_object_arg(source, "protocols", transport)
                if not self._verify_tls:
                    self._gst.util_set_object_arg(source, "tls-validation-flags", "no-flags")
                source.connect("select-stream", _is_video)
                return source
            case "http":
                source = self._make("souphttpsrc", location=address.text, **login)
                source.set_property("is-live", True)
                source.set_property("do-timestamp", True)
                source.set_property("ssl-strict", self._verify_tls)
                source.get_static_pad("src").add_probe(self._gst.PadProbeType.BUFFER, _begin_part)
                return source
            case "v4l2":
                kinds = "video/x-raw", "image/jpeg", "video/x-h264"
                wish = "".join(
                    f",{key}={value}" for key, value in zip(("width", "height"), request, strict=False) if value
                )
                wish += f",framerate={round(request[2] * 1000)}/1000" if request[2] else ""
                # A camera that cannot do what is wished for does what it can.
                caps = ";".join([f"{kind}{wish}" for kind in kinds] + list(kinds))
                bin_ = self._parse(f"v4l2src name=camera ! {caps} ! identity")
                bin_.get_by_name("camera").set_property("device", address.text)
                return bin_
            case "gst":
                return self._parse(f"{address.text} ! identity")  # a bin cannot end in caps

    def _decode(self, timeout_s: float) -> Picture | None:
        end_s = time.monotonic() + timeout_s
        # In short waits: an error on the bus does not wake the sink.
        while (sample := self._sink.try_pull_sample(int(min(timeout_s, _WAIT_S) * 1e9))) is None:
            ended = self._sink.is_eos()
            if self._heard_error() or ended or (not self._count and self._is_stuck()):
                self._expect_all()
                raise self._end()
            if time.monotonic() >= end_s:
                return None
        buffer, segment = sample.get_buffer(), sample.get_segment()
        if not self._decoded:
            self._learn(sample, segment)
        if self._index and buffer.pts == segment.start and buffer.pts in self._index.partial_ns:
            return self._decode(max(0.0, end_s - time.monotonic()))
        caps = sample.get_caps()
        pixels = gstreamer.pixels_of(buffer, caps)
        colorimetry, full_range = gstreamer.colorimetry_of(caps)
        if self._keep_up is None:
            return Picture(
                pixels=pixels,
                pts_ns=self._position(buffer.pts, segment),
                colorimetry=colorimetry,
                full_range=full_range,
            )
        waited_ns = self._keep_up.note(buffer, segment)
        self._miss(self._keep_up.take_skipped())
        pts_ns = time.monotonic_ns() - self._start_ns - waited_ns
        return Picture(
            pixels=pixels, pts_ns=pts_ns, waited_ns=waited_ns, colorimetry=colorimetry, full_range=full_range
        )

    def _position(self, pts: int, segment: Any) -> int:
        if pts == self._gst.CLOCK_TIME_NONE:
            return self._first_ns + self._last_ns + round(1e9 / (self._rate or 25.0))
        time_ns = segment.to_running_time(self._gst.Format.TIME, pts)
        return int(pts if time_ns == self._gst.CLOCK_TIME_NONE else time_ns)

    def _learn(self, sample: Any, segment: Any) -> None:
        known, numerator, denominator = sample.get_caps().get_structure(0).get_fraction("framerate")
        rate = numerator / denominator if known and denominator else 0.0
        self._rate = rate if rate <= 1000 else 0.0  # some demultiplexers make up 10^9
        if not self._live:
            known, duration_ns = self._pipeline.query_duration(self._gst.Format.TIME)
            self._duration_ns = max(0, duration_ns) if known else self._index.duration_ns if self._index else 0
            # the clock of a broadcast or an FLV need not begin at 0
            self._duration_ns = max(0, self._duration_ns - int(segment.start if segment.time == segment.start else 0))
            kinds = {demuxer.get_factory().get_name() for demuxer in self._demuxers}
            self._jumps = bool(kinds & {"tsdemux", "mpegpsdemux"})
            if self._jumps:
                self._duration_ns = 0  # guessed from a clock that may jump
            if "tsdemux" in kinds and self._path is not None:
                # tsdemux counts from its first frame
                self._first_ns = -video_delay_ns(self._path)
            self._created_ns = self._created()
        if hdr := gstreamer.HDR.get(gstreamer.transfer_of(sample.get_caps())):
            log.warning("%s: HDR video (%s): levels are not tone-mapped, so faces look flat", self._name, hdr)

    def _created(self) -> int:
        """Return when the recording was begun as its tags say, UNIX ns; 0 where they do not."""
        pad, number = self._sink.get_static_pad("sink"), 0
        while event := pad.get_sticky_event(self._gst.EventType.TAG, number):
            number += 1
            known, moment = event.parse_tag().get_date_time(self._gst.TAG_DATE_TIME)
            if known and moment.has_second() and (utc := moment.to_g_date_time()):
                return int(utc.to_unix()) * 10**9
        return 0

    def _started_ns(self) -> int:
        return super()._started_ns() or self._created_ns

    def _heard_error(self) -> bool:
        """Note the first thing that went wrong; return whether the pipeline gave up."""
        kinds = self._gst.MessageType.ERROR | self._gst.MessageType.WARNING
        while (message := self._bus.pop_filtered(kinds)) is not None:
            failed = message.type == self._gst.MessageType.ERROR
            error = (message.parse_error() if failed else message.parse_warning())[0]
            # Warnings of other domains speak of resources and missing plugins for streams nobody asked for.
            if failed or error.domain == "gst-stream-error-quark":
                fault = gstreamer.fault_of(error, live=self._live, began=self._count > 0)
                hint = self._hint if fault == "unreachable" else ""
                unknown = "" if self._live or self._count else gstreamer.describe_found(error, self._found)
                self._fail(unknown or gstreamer.describe(message) + hint, fault)
            if failed:
                return True
        return False

    def _is_stuck(self) -> bool:
        """Return whether a demultiplexer gave up without a word.

        Decodebin drops the error of an element that fails while it is still being plugged in, as qtdemux may, in its
        own thread, for a file without an index. What is left to see is that its task stands still and has no outputs.
        """
        for demuxer in self._demuxers:
            sink = demuxer.get_static_pad("sink")
            if sink and sink.get_task_state() == self._gst.TaskState.PAUSED and not demuxer.srcpads:
                self._fail(f"expected video, found what {demuxer.get_factory().get_name()} cannot read", "format")
                return True
        return False

    def close(self) -> None:
        """Stop the pipeline and its threads."""
        self._stop()
        if self._keep_up is not None:
            self._keep_up.close()

    def _make(self, factory: str, **properties: Any) -> Any:
        element = self._gst.ElementFactory.make(factory)
        if element is None:
            raise ConfigError(f"expected the GStreamer element {factory}, found none: install its plugin")
        for name, value in properties.items():
            element.set_property(name, value)
        return element

    def _parse(self, fragment: str) -> Any:
        from gi.repository import GLib

        try:
            return self._gst.parse_bin_from_description(fragment, True)
        except GLib.Error as error:
            raise ConfigError(f"expected a GStreamer launch fragment, found {fragment!r}: {error.message}") from None


def _link(_: Any, pad: Any, sink: Any) -> None:
    if not sink.is_linked():
        pad.link(sink)


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
    _link(decoder, chosen or tracks[0], sink)


def _flags(pad: Any) -> Any:
    event = pad.get_sticky_event(gstreamer.load().EventType.STREAM_START, 0)
    return event.parse_stream_flags() if event else gstreamer.load().StreamFlags.NONE


def _remember(_: Any, __: Any, caps: Any, found: list[Any]) -> bool:
    found.append(caps)
    return True


def _choose(_: Any, __: Any, ___: Any, factory: Any) -> int:
    """Follow no playlist (HLS, DASH): one from the network may name files of this machine, which it would show."""
    return _SKIP if "Adaptive" in factory.get_metadata("klass") else _TRY


def _configure(
    _: Any, __: Any, element: Any, demuxers: list[Any], keep_up: KeepUp | None, paced: bool, edited: bool
) -> None:
    factory = element.get_factory()
    kind = factory.get_metadata("klass") if factory else ""
    if edited and factory and factory.get_name() == "qtdemux":
        probe = gstreamer.load().PadProbeType
        element.get_static_pad("sink").add_probe(probe.PULL | probe.BUFFER, _hide_duration)
    if "Demux" in kind:
        demuxers.append(element)
    # Pictures before the first key frame of a recording cut out of another are gray smears; no player shows them.
    if element.find_property("output-corrupt"):
        element.set_property("output-corrupt", False)
    # An MJPEG stream has one part; without this the demuxer waits for others before it lets pictures through.
    if factory and factory.get_name() == "multipartdemux":
        element.set_property("single-stream", True)
    if "Codec/Decoder" in kind:
        probe = gstreamer.load().PadProbeType
        sink = element.get_static_pad("sink")
        if paced and element.find_property("max-threads"):
            sink.add_probe(probe.EVENT_DOWNSTREAM, _choose_threads)
        # Who joins a stream between two key frames would see gray smears at first.
        if keep_up is not None:
            sink.add_probe(probe.BUFFER, _await_key_frame)
            keep_up.watch(sink)
        elif not edited:
            sink.add_probe(probe.EVENT_DOWNSTREAM, _open_end)


def _choose_threads(pad: Any, info: Any) -> Any:
    """Let a decoder work in one thread once it is known that the pictures are small enough, before it begins."""
    gst = gstreamer.load()
    event = info.get_event()
    if event.type != gst.EventType.CAPS:
        return gst.PadProbeReturn.OK
    caps = event.parse_caps().get_structure(0)
    (has_width, width), (has_height, height) = caps.get_int("width"), caps.get_int("height")
    if has_width and has_height and width * height <= _EASY_PIXELS:
        pad.get_parent_element().set_property("max-threads", 1)
    return gst.PadProbeReturn.OK


def _await_key_frame(_: Any, info: Any) -> Any:
    gst = gstreamer.load()
    is_delta = info.get_buffer().has_flags(gst.BufferFlags.DELTA_UNIT)
    return gst.PadProbeReturn.DROP if is_delta else gst.PadProbeReturn.REMOVE


def _hide_duration(_: Any, info: Any) -> Any:
    """Let qtdemux not know how long an edited film is.

    It takes that for the end of the track, whose clock is another one: of 6 s from the 5th second on it would show one
    (GStreamer 1.22). Each edit ends by itself.
    """
    gst = gstreamer.load()
    if (buffer := info.get_buffer()) is None or buffer.n_memory() != 1:
        return gst.PadProbeReturn.OK
    # of the buffer there is a second reference, PyGObject's, so it could not be mapped for writing
    memory = buffer.peek_memory(0)
    mapped, view = memory.map(gst.MapFlags.READ | gst.MapFlags.WRITE)
    if not mapped:
        return gst.PadProbeReturn.OK
    try:
        found = hide_duration(np.frombuffer(view.data, np.uint8))
    finally:
        memory.unmap(view)
    return gst.PadProbeReturn.REMOVE if found else gst.PadProbeReturn.OK


def _begin_part(pad: Any, info: Any) -> Any:
    """Put a boundary before an MJPEG stream that begins with the headers of its first part.

    Boundaries belong before parts; some cameras send them behind, and by its first bytes the stream is recognised.
    """
    gst = gstreamer.load()
    head = info.get_buffer().extract_dup(0, 64)
    if not re.match(rb"\s*(content-|x-)[\w-]+:", head, re.IGNORECASE):
        return gst.PadProbeReturn.REMOVE
    number = 0
    while event := pad.get_sticky_event(gst.EventType.CUSTOM_DOWNSTREAM_STICKY, number):
        number += 1
        headers = event.get_structure().to_string()  # nested, with escapes of escapes
        if found := re.search(r'boundary[\s"\\=]+([^\s"\\;,)]+)', headers, re.IGNORECASE):
            pad.push(gst.Buffer.new_wrapped(b"--" + found[1].removeprefix("--").encode() + b"\r\n"))
            break
    return gst.PadProbeReturn.REMOVE


def _keep_levels(pad: Any, info: Any, full_range: bool) -> Any:
    """Let video keep its range, matrix and transfer where it is converted to I420."""
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


def _open_end(pad: Any, info: Any) -> Any:
    """Let a file's last pictures through, though its header says that it ends before them.

    The duration in the header of a fragmented MP4 leaves out the time by which B-frames delay the first picture.
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


def _turn(pad: Any, info: Any) -> Any:
    """Turn the pictures of a camera that lay on its side or stood on its head, before they are shrunk.

    Only these: `videoflip` copies pictures twice that stand upright already (GStreamer 1.22).
    """
    gst = gstreamer.load()
    event = info.get_event()
    if event.type != gst.EventType.TAG:
        return gst.PadProbeReturn.OK
    known, orientation = event.parse_tag().get_string(gst.TAG_IMAGE_ORIENTATION)
    if not known or orientation == "rotate-0":
        return gst.PadProbeReturn.OK
    pad.add_probe(gst.PadProbeType.BUFFER, _insert_flip)
    return gst.PadProbeReturn.REMOVE


def _insert_flip(pad: Any, _: Any) -> Any:
    # before a buffer: it and all events are sent through what is linked here now
    gst = gstreamer.load()
    flip = gst.ElementFactory.make("videoflip")
    gst.util_set_object_arg(flip, "video-direction", "auto")
    pad.get_parent_element().get_parent().add(flip)
    flip.sync_state_with_parent()
    behind = pad.get_peer()
    pad.unlink(behind)
    pad.link(flip.get_static_pad("sink"))
    flip.get_static_pad("src").link(behind)
    return gst.PadProbeReturn.REMOVE


def _is_video(_: Any, __: int, caps: Any) -> bool:
    return bool(caps.get_structure(0).get_string("media") == "video")
