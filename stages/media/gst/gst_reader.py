"""Decodes with GStreamer, which finds demuxer and decoder itself, in hardware if there is one."""

import logging
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pipeline.errors import ConfigError
from stages.media import gstreamer
from stages.media.address import UNTRUSTED, Address
from stages.media.containers.beginning import Beginning, beginning_of
from stages.media.containers.kinds import kind_of_file
from stages.media.containers.mpegts import video_delay_ns
from stages.media.gst.conversion import SINK, direction, make_converter
from stages.media.gst.damage import Damage
from stages.media.gst.decoding import AUTO, RAW, make_decoder
from stages.media.gst.early import Early
from stages.media.gst.gaps import Gaps
from stages.media.gst.keep_up import KeepUp
from stages.media.gst.native import NO_TIME
from stages.media.gst.network.parts import is_jpeg_in_parts
from stages.media.gst.network.reports import camera_ns
from stages.media.gst.network.requests import link_stream
from stages.media.gst.order import Order
from stages.media.gst.plain import in_plain_words
from stages.media.gst.samples import Sample, Samples
from stages.media.gst.sources import make_source
from stages.media.gst.streams import codec_name, describe_found, video_streams
from stages.media.reader import ROUNDED_NS, Picture, Reader

_WAIT_S = 0.05

log = logging.getLogger(__name__)


class GstReader(Reader):
    """One file, URL, device or launch fragment.

    Args:
        address: The source; of several files only the first is read.
        transport: RTSP transport, `tcp` or `udp`.
        latency_ms: Milliseconds that RTSP waits for late or reordered packets.
        width: Maximum width; larger frames are scaled down in proportion. A V4L2 camera is asked for it. 0: no limit.
        height: Maximum height, likewise.
        fps: Maximum frame rate; faster frames are skipped. A V4L2 camera is asked for it. 0 keeps all.
        paced: Whether a file is read at its own speed.
        verify_tls: Refuse certificates that no trusted authority signed.
        decoder: Which decoder to use, see `stages.media.gst.decoding.check_decoder`.

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
        decoder: str = AUTO,
    ) -> None:
        super().__init__(fps, address.paths[0] if address.kind == "file" else None)
        self._name, self._kind = address.text, address.kind
        self._hint = UNTRUSTED if address.encrypted and verify_tls else ""
        self._gst = gstreamer.load()
        gstreamer.give_memory_back()
        self._live = address.kind != "file"
        self._created_ns = 0
        self._start_ns = time.monotonic_ns()
        self.pipeline = self._gst.Pipeline.new()
        """The GStreamer pipeline."""
        self._keep_up = KeepUp() if self._live else None
        beginning = Beginning() if self._path is None else beginning_of(self._path)
        self._origin_ns = beginning.origin_ns
        clock = None if self._path is None else Early(beginning) if beginning.early_ns else _clock_of(self._path)
        self._order = clock if isinstance(clock, Order) else None
        self._damage = None if self._live else Damage()
        index = self._index
        tail = make_converter(
            width,
            height,
            full_range=index is not None and index.full_range,
            paced=address.kind == "gst",
            turn=direction(self._matrix, by_tag=index is not None),
        )
        decoding, self._demuxers, self._found, self._decoders = make_decoder(
            tail.get_static_pad("sink"),
            self._name,
            live=self._live,
            paced=paced,
            edited=index is not None and index.has_edits,
            keep_up=self._keep_up,
            clock=clock,
            images=address.kind == "http",
            wanted=decoder,
        )
        self.pipeline.add(tail)
        self.pipeline.add(decoding)
        wanted = width, height, fps
        head = make_source(
            address,
            transport=transport,
            latency_ms=latency_ms,
            wanted=wanted,
            verify_tls=verify_tls,
            offered=self._found,
        )
        self.pipeline.add(head)
        if address.kind == "rtsp":
            head.connect("pad-added", link_stream, decoding.get_static_pad("sink"))
        elif not head.link(decoding):
            raise ConfigError(f"expected a launch fragment that ends in video, found {address.text!r}")
        self._sink = tail.get_by_name(SINK)
        self._samples = Samples(self._sink)
        self._bus = self.pipeline.get_bus()
        if isinstance(clock, Gaps):
            self._bus.set_sync_handler(clock.hear)
        # Also without a call of close(): a running pipeline must not be freed.
        self._stop = weakref.finalize(self, self.pipeline.set_state, self._gst.State.NULL)
        self.pipeline.set_state(self._gst.State.PLAYING)

    def _decode(self, timeout_s: float) -> Picture | None:
        end_s = time.monotonic() + timeout_s
        # In short waits: an error on the bus does not wake the sink.
        while (sample := self._samples.pull(int(min(timeout_s, _WAIT_S) * 1e9))) is None:
            ended = self._sink.is_eos()
            if self._heard_error() or ended or (not self._count and self._is_stuck()):
                if self._kind == "http" and self._decoded == 1 and not is_jpeg_in_parts(self._found):
                    self._fail("expected a stream, found a single picture: enter the address of the stream", "format")
                self._expect_all()
                if self._damage is not None and (damage := self._damage.describe()):
                    self._fail(damage, "broken")
                raise self._end()
            if time.monotonic() >= end_s:
                return None
        if not self._decoded:
            self._learn(sample)
        if self._damage is not None and self.position_ns >= self._from_ns - ROUNDED_NS:
            self._damage.position_s = self.position_ns / 1e9
        if self._index and sample.pts in self._index.partial_ns and sample.pts == sample.segment.start:
            return self._decode(max(0.0, end_s - time.monotonic()))
        pixels = sample.pixels()
        colorimetry, full_range = gstreamer.colorimetry_of(sample.caps)
        if self._keep_up is None:
            return Picture(
                pixels=pixels,
                pts_ns=self._position(sample),
                colorimetry=colorimetry,
                full_range=full_range,
            )
        waited_ns = self._keep_up.note(sample.running_ns)
        self._miss(self._keep_up.take_skipped())
        pts_ns = time.monotonic_ns() - self._start_ns - waited_ns
        return Picture(
            pixels=pixels,
            pts_ns=pts_ns,
            waited_ns=waited_ns,
            camera_ns=camera_ns(sample),
            colorimetry=colorimetry,
            full_range=full_range,
        )

    @property
    def early(self) -> int:
        """Number of frames so far that arrived in front of the first key frame."""
        return self._keep_up.early if self._keep_up else 0

    @property
    def codec(self) -> str:
        """What the video is encoded with; empty if it is not, or not known yet."""
        videos = video_streams(self._found)
        return codec_name(videos[-1]) if videos else ""

    def _position(self, sample: Sample) -> int:
        decoded_ns = self._decoded_ns(sample)
        return self._order.shown_ns(decoded_ns) if self._order else decoded_ns

    def _decoded_ns(self, sample: Sample) -> int:
        pts = sample.pts
        if pts == NO_TIME:
            return self._first_ns + self._last_ns + round(1e9 / (self._rate or 25.0))
        if 0 < self._origin_ns <= pts and not sample.segment.base:
            # `matroskademux` counts its first frames from themselves, until it has found sound that begins earlier
            return pts - self._origin_ns
        time_ns = sample.running_ns
        return pts if time_ns == NO_TIME else time_ns

    def _learn(self, sample: Sample) -> None:
        segment = sample.segment
        self.decoder = self._decoders[-1] if self._decoders else RAW
        known, numerator, denominator = sample.caps.get_structure(0).get_fraction("framerate")
        rate = numerator / denominator if known and denominator else 0.0
        self._rate = rate if rate <= 1000 else 0.0  # some demultiplexers make up 10^9
        if not self._live:
            known, duration_ns = self.pipeline.query_duration(self._gst.Format.TIME)
            self._duration_ns = max(0, duration_ns) if known else self._index.duration_ns if self._index else 0
            # the clock of a broadcast or an FLV need not begin at 0
            self._duration_ns = max(0, self._duration_ns - (segment.start if segment.time == segment.start else 0))
            kinds = {demuxer.get_factory().get_name() for demuxer in self._demuxers}
            self._jumps = bool(kinds & {"tsdemux", "mpegpsdemux"})
            if self._jumps:
                self._duration_ns = 0  # guessed from a clock that may jump
            if "tsdemux" in kinds and self._path is not None:
                # tsdemux counts from its first frame, or from its clock's first value
                self._first_ns = self._decoded_ns(sample) - video_delay_ns(self._path)
            self._created_ns = self._created()
        if hdr := gstreamer.HDR.get(gstreamer.transfer_of(sample.caps)):
            log.warning("%s: HDR video (%s): levels are not tone-mapped, so faces look flat", self._name, hdr)

    def _created(self) -> int:
        """Return the start of the recording from its tags, UNIX nanoseconds; 0 without one."""
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
        """Record the first error on the bus; return whether the pipeline has failed."""
        kinds = self._gst.MessageType.ERROR | self._gst.MessageType.WARNING
        while (message := self._bus.pop_filtered(kinds)) is not None:
            failed = message.type == self._gst.MessageType.ERROR
            error = (message.parse_error() if failed else message.parse_warning())[0]
            # Warnings of other domains are about resources, or missing plugins for streams that are not read.
            if failed or error.domain == "gst-stream-error-quark":
                began = self._count > 0
                fault = gstreamer.fault_of(error, live=self._live, began=began)
                given = gstreamer.describe(message)
                text, fault = in_plain_words(given, fault, self._kind, began=began)
                unknown = "" if began or text != given else describe_found(error, self._found)
                text += self._hint if fault == "unreachable" else ""
                self._fail(unknown or text, "format" if unknown else fault)
            if failed:
                return True
        return False

    def _is_stuck(self) -> bool:
        """Return whether a demultiplexer stopped without an error.

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
        if self._damage is not None:
            self._damage.close()
        if self._keep_up is not None:
            self._keep_up.close()


def _clock_of(path: Path) -> Gaps | Order:
    """Return what corrects the times of a file behind its demultiplexer."""
    with suppress(OSError):  # who reads it reports it
        if kind_of_file(path) == "riff":
            return Order()
    return Gaps()
