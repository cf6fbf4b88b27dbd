"""Captures frames from files, network cameras, V4L2 devices and GStreamer sources."""

import logging
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace as with_
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta
from msgspec.structs import replace

from pipeline.messages import Frame, Region, State
from pipeline.stage import Stage
from pipeline.standstill import Standstill
from stages.media import gstreamer
from stages.media.address import Address, parse_address
from stages.media.gst.decoding import AUTO, check_decoder
from stages.media.gst.elements import parse_source
from stages.media.live.backoff import Backoff
from stages.media.live.camera_clock import CameraClock
from stages.media.live.newest import Newest
from stages.media.live.patience import Patience
from stages.media.opening import Opener
from stages.media.part import WHOLE, check_part
from stages.media.reader import End, Picture, Reader

BEAT_S = 0.5
"""Seconds between state messages while no frame arrives."""
FILE_HANG_S = 30.0
"""Seconds without a frame after which reading a file is aborted."""

log = logging.getLogger(__name__)


class Capture(Stage):
    """A source: decodes video and sends its frames.

    A file is read without loss, as fast as its frames are processed. A camera, or a file with `realtime`, sends its
    newest frame and drops late ones. A lost camera is reopened, without a limit on attempts.

    Args:
        name: Name of the camera.
        source: A file; a folder or a glob, whose files are played in order as one stream; `rtsp://...`;
            `http://...` (MJPEG); a V4L2 device by number, path or `/dev/v4l/by-id/...`; or `gst:` and a GStreamer
            launch fragment that ends in video.
        realtime: Play a file at its own speed, like a camera.
        loop: Play files in an endless loop.
        stall_s: Seconds without a frame after which a camera is `stalled` and reopened.
        transport: RTSP transport: `tcp`, or `udp`, where each lost packet smears the frames up to the next key frame.
        latency_ms: Jitter buffer of RTSP, milliseconds: how long it waits for late packets.
        credentials_env: Environment variable with the camera's `user:password`, instead of a login in the URL.
        width: Maximum width, pixels; larger frames are scaled down in proportion. A V4L2 camera is asked for this
            width. 0: no limit below 8192.
        height: Maximum height, pixels, likewise.
        fps: Maximum frame rate; faster frames are skipped. A V4L2 camera is asked for this rate. 0 keeps all.
        max_backoff_s: Longest wait between two attempts to open a camera, seconds; also that after a refused password.
        started_at: Start of a recording, UNIX seconds; 0 takes it from the file.
        from_s: Start of the part of a recording to process, seconds; frame numbers and times stay those of the file.
        to_s: End of this part, seconds; 0 is the end of the file.
        rotate: Degrees clockwise by which frames are turned: 0, 90, 180 or 270, for a camera that is mounted on its
            side or upside down. `width`, `height`, `region` and zones are those of the turned frame.
        region: Part of the frame in which faces are detected: x, y, width and height as shares of the frame, 0 to 1.
        verify_tls: Refuse an `https://` or `rtsps://` camera whose certificate no trusted authority signed. With
            `false` a third party on the network can impersonate the camera.
        decoder: GStreamer's decoder: `auto` (hardware if there is any), `software`, or the name of an element that is
            tried first, such as `vah264dec`.

    Raises:
        ConfigError: `source` is none of these.
        InputError: The file does not exist.
    """

    def __init__(
        self,
        *,
        name: str,
        source: str,
        realtime: bool = False,
        loop: bool = False,
        stall_s: Annotated[float, Meta(ge=0.1, le=3600)] = 5.0,
        transport: Literal["tcp", "udp"] = "tcp",
        latency_ms: Annotated[int, Meta(ge=0, le=60_000)] = 100,
        credentials_env: str = "",
        width: Annotated[int, Meta(ge=0, le=16_384)] = 0,
        height: Annotated[int, Meta(ge=0, le=16_384)] = 0,
        fps: Annotated[float, Meta(ge=0, le=1000)] = 0.0,
        max_backoff_s: Annotated[float, Meta(ge=0.1, le=3600)] = 30.0,
        started_at: Annotated[float, Meta(ge=0)] = 0.0,
        verify_tls: bool = True,
        from_s: Annotated[float, Meta(ge=0)] = 0.0,
        to_s: Annotated[float, Meta(ge=0)] = 0.0,
        rotate: Literal[0, 90, 180, 270] = 0,
        region: Region = WHOLE,
        decoder: str = AUTO,
    ) -> None:
        self._address = parse_address(source, credentials_env)
        self._realtime = realtime
        self._loop = loop
        self._stall_s = stall_s
        self._max_backoff_s = max_backoff_s
        self._started_at = started_at
        self._from_ns, self._to_ns = round(from_s * 1e9), round(to_s * 1e9)
        self._rotate = rotate
        if rotate in (90, 270):
            width, height = height, width
        self._frame = Frame(camera=name, region=None if region == WHOLE else region)
        self._begin_ns = self._next_seq = 0
        self._clock = CameraClock(name)
        self.opener = Opener(
            gstreamer=gstreamer.available(),
            transport=transport,
            latency_ms=latency_ms,
            width=width,
            height=height,
            fps=fps,
            stall_s=stall_s,
            paced=realtime,
            verify_tls=verify_tls,
            decoder=decoder,
        )
        if not self.opener.gstreamer:
            log.info("%s: GStreamer is not installed, OpenCV decodes", name)

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse a source that is not valid.

        Raises:
            ConfigError: It is of no known kind, GStreamer cannot parse its launch fragment or has no such decoder, the
                environment has no credentials, a camera has a `from_s` or `to_s`, or a part or region is empty.
            MissingPart: A launch fragment needs GStreamer, which is not installed.
            InputError: The file does not exist.
        """
        address = parse_address(options["source"], options.get("credentials_env", ""))
        if address.kind == "gst":
            parse_source(address.text)
        if (wanted := options.get("decoder", AUTO)) != AUTO and gstreamer.available():
            check_decoder(wanted)
        check_part(options, is_file=address.kind == "file")

    def process(self, frames: Sequence[Frame] = ()) -> Iterator[Frame]:
        """Yield frames, and the camera's state in between, until the last file has ended."""
        is_file = self._address.kind == "file"
        self._frame = replace(self._frame, run=time.time_ns(), lossless=is_file and not self._realtime)
        yield from self._play() if is_file else self._watch()

    def _play(self) -> Iterator[Frame]:
        """Yield the frames of the files, numbered and timed as one stream, then the state `ended`."""
        paths = self._address.paths
        alone = len(paths) == 1 and not self._loop
        ends: dict[Path, End] = {}
        sent = next_seq = next_ns = 0
        cut_ns = 0 if alone else self._from_ns
        again = True
        while again:
            before = sent
            for path in paths:
                last: Picture | None = None
                skipped = 0
                for item in self._play_file(path):
                    if isinstance(item, End):
                        ends[path] = item
                        if not alone:  # else it is reported once, with the end
                            log.warning("%s: %s: %s", self._frame.camera, path, item)
                    elif isinstance(item, float):
                        stalled = "stalled" if item > self._stall_s else "live"
                        yield replace(self._frame, state=stalled if last else "connecting")
                    else:
                        if last is None and self._from_ns and (self._realtime or not alone):
                            # a gap in the numbers of a camera means lost frames, and parts of files have none
                            skipped = item.index
                        last = item
                        sent += 1
                        frame = self._show(item, next_seq + item.index - skipped, next_ns + item.pts_ns - cut_ns)
                        yield frame if alone else replace(frame, duration_ns=0, started_ns=0)
                if last is not None:
                    next_seq += last.index - skipped + 1
                    next_ns += last.pts_ns - cut_ns + round(1e9 / (last.rate or 25.0))
            again = self._loop and sent > before
        error = "; ".join(f"{path.name}: {end}" for path, end in ends.items())
        faults = {end.fault for end in ends.values()}
        fault = faults.pop() if len(faults) == 1 else ""
        yield replace(self._frame, state="ended", seq=sent, pts_ns=next_ns, error=error or None, fault=fault)

    def _play_file(self, path: Path) -> Iterator[Picture | End | float]:
        """Yield the frames of one file; the seconds without one, while they are late; and last the error, if any."""
        one = with_(self._address, paths=(path,))
        shown = False
        with closing(self._decode(one, self.opener)) as items:
            for item in items:
                shown |= isinstance(item, Picture)
                if not shown and isinstance(item, End) and (other := self.opener.other(one, item.fault)):
                    break
                yield item
            else:
                return
        yield from self._decode(one, other)

    def _decode(self, one: Address, opener: Opener) -> Generator[Picture | End | float]:
        begin = partial(self.open_reader, one, opener)
        with closing(Newest(begin, paced=True) if self._realtime else begin()) as reader:
            last_s, position_ns = time.monotonic(), 0
            try:
                while (silent_s := time.monotonic() - last_s) < FILE_HANG_S:
                    standstill = Standstill(time.monotonic())
                    picture = reader.read(BEAT_S)
                    # as after Ctrl-Z; the decoder's threads stood still, too
                    last_s += standstill.lasted_s(time.monotonic())
                    if picture is not None:
                        yield picture
                    else:
                        yield silent_s
                    if picture is not None or reader.position_ns != position_ns:
                        # frames before the part are skipped for as long as it takes
                        last_s, position_ns = time.monotonic(), reader.position_ns
                yield End(f"no frame for {FILE_HANG_S:.0f} s", "silent")
            except End as end:
                if end.error:
                    yield end.with_traceback(None)  # a traceback would keep the decoder alive as long as the error

    def _watch(self) -> Iterator[Frame]:
        """Yield the newest frames of a camera, and its state while there are none, without end."""
        silent = replace(self._frame, state="connecting")
        yield silent
        backoff = Backoff(self._max_backoff_s)
        leave = self._address.kind in ("rtsp", "http")
        self._begin_ns, self._next_seq = time.monotonic_ns(), 0
        while True:
            with closing(Newest(lambda: self.open_reader(self._address), leave=leave)) as reader:
                silent, lived_s = yield from self._connection(reader, silent)
                yield silent
            again_s = time.monotonic() + backoff.wait_s(lived_s, refused=silent.fault == "login")
            while (left_s := again_s - time.monotonic()) > 0:
                time.sleep(min(left_s, BEAT_S))
                yield silent

    def _connection(self, reader: Newest, silent: Frame) -> Generator[Frame, None, tuple[Frame, float]]:
        """Yield the frames of one connection, and `silent` until the first.

        Returns:
            The state to yield after the connection, and for how many seconds it delivered frames.
        """
        first_seq, first_ns, last_ns = self._next_seq, -1, -1
        self._clock.restart()
        patience = Patience(self._stall_s)
        try:
            while (left_s := patience.left_s) > 0:
                picture = reader.read(min(BEAT_S, left_s))
                if picture is not None:
                    # Each connection counts from zero; the stream's count continues.
                    first_ns = time.monotonic_ns() - self._begin_ns if first_ns < 0 else first_ns
                    last_ns = first_ns + picture.pts_ns
                    self._next_seq = first_seq + picture.index + 1
                    yield self._show(picture, self._next_seq - 1, last_ns)
                else:
                    # a `live` frame without pixels is only a heartbeat of this process
                    yield silent if first_ns < 0 else self._frame
                patience.note(reader.position_ns, reader.early, shown=picture is not None)
            state: State = "stalled" if first_ns >= 0 else "offline"
            silent = replace(self._frame, state=state, error=patience.error(), fault="silent")
        except End as end:
            error, fault = (end.error, end.fault) if end.error else ("the camera ended the stream", "closed")
            silent = replace(self._frame, state="offline", error=error, fault=fault)
        return silent, (last_ns - first_ns) / 1e9

    def _show(self, picture: Picture, seq: int, pts_ns: int) -> Frame:
        rows, columns = picture.pixels.shape
        if picture.decoder != self.decoder:
            log.info("%s is decoded by %s", self._frame.camera, picture.decoder)
            self.decoder = picture.decoder
        taken_ns, clock = self._clock.read(picture.camera_ns, picture.arrived_ns)
        return replace(
            self._frame,
            seq=seq,
            captured_ns=picture.arrived_ns,
            taken_ns=taken_ns,
            clock=clock,
            clock_offset_ns=self._clock.offset_ns,
            pts_ns=pts_ns,
            fps=picture.rate,
            duration_ns=picture.duration_ns,
            started_ns=round(self._started_at * 1e9) if self._started_at else picture.started_ns,
            full_range=picture.full_range,
            colorimetry=picture.colorimetry,
            width=columns,
            height=rows * 2 // 3,
            pixels=picture.pixels,
        )

    def open_reader(self, address: Address, opener: Opener | None = None) -> Reader:
        """Return the reader that decodes this address on this machine."""
        reader = (opener or self.opener).open(address)
        reader.cut(self._from_ns, self._to_ns)
        reader.turn(self._rotate)
        return reader
