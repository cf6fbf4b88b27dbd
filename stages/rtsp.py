"""Serves each camera's annotated frames as an RTSP stream, for VLC, ffmpeg, recorders and other programs."""

import logging
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence, Set
from functools import partial
from typing import Annotated, Any

from msgspec import Meta

from pipeline.errors import ConfigError, MissingPart
from pipeline.messages import Array, Frame
from pipeline.stage import Stage
from stages.media import gstreamer
from stages.media.encoders import check_encoder, choose_encoder, describe_encoder

THREADS = 16
"""Viewers that can wait for silent cameras at the same time without delaying others."""

log = logging.getLogger(__name__)


class Rtsp(Stage):
    """A sink: `rtsp://host:port/<camera>`, from the camera's first frame on until the camera is removed.

    All viewers of a camera share one encoder. Nothing is encoded without viewers.

    Args:
        host: Address to listen on; `0.0.0.0` opens the stream to the whole network.
        port: Port to listen on; 0 takes any free port, see the attribute `port`.
        encoder: A GStreamer H.264 encoder such as `x264enc`, or `auto`: hardware if it works, else x264.
        bitrate_kbps: Bitrate, kilobits per second; 0 for constant quality, of a live camera up to 0.08 bits per pixel
            (at least 2048 kbit/s).
        gop_s: Seconds between key frames; the longest a new viewer waits.

    Raises:
        ConfigError: The port is in use.
        MissingPart: GStreamer or its RTSP server is not installed.
    """

    alone = (("host", "port"),)
    pixels = "read"

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: Annotated[int, Meta(ge=0, le=65_535)] = 8554,
        encoder: str = "auto",
        bitrate_kbps: Annotated[int, Meta(ge=0, le=1_000_000)] = 0,
        gop_s: Annotated[float, Meta(ge=0.1, le=60)] = 1.0,
    ) -> None:
        self._rtsp, self._glib = _load()
        self._encoder = choose_encoder(encoder)
        self._bitrate_kbps = bitrate_kbps
        self._gop_s = gop_s
        self._mounts: dict[str, _Mount] = {}
        self._context = self._glib.MainContext.new()
        self._closing = threading.Event()
        self._server: Any = self._rtsp.RTSPServer.new()
        self._server.set_address(host)
        self._server.set_service(str(port))
        self._server.get_thread_pool().set_max_threads(THREADS)
        source = self._server.attach(self._context)
        if not source:
            raise ConfigError(f"expected a free port on this machine, found {host}:{port} not available, in rtsp")
        self._source = self._context.find_source_by_id(source)
        self.port: int = self._server.get_bound_port()
        self._url = f"rtsp://{host}:{self.port}"
        self._thread = threading.Thread(target=self._work, daemon=True, name="rtsp")
        self._thread.start()

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse an unknown encoder.

        Raises:
            ConfigError: There is none of this name.
        """
        check_encoder(options.get("encoder", "auto"))

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Send the frames to the viewers."""
        for frame in frames:
            if frame.state != "live" or frame.pixels is None:
                continue
            mount = self._mounts.get(frame.camera)
            if mount is None:
                mount = self._mounts[frame.camera] = self._mount(frame)
            mount.show(frame.pixels, frame.colorimetry, partial(self.intact, frame))
        return iter(())

    def keep(self, cameras: Set[str]) -> None:
        """End the streams of the other cameras, which would leave their viewers waiting."""
        for gone in self._mounts.keys() - cameras:
            self._server.get_mount_points().remove_factory(f"/{gone}")
            self._mounts.pop(gone).finish()
            log.info("%s/%s has ended: the camera was removed", self._url, gone)

    def close(self) -> None:
        """Disconnect the viewers and release the port."""
        if self._server is None:
            return
        self._server.client_filter(lambda *_: self._rtsp.RTSPFilterResult.REMOVE)
        self._source.destroy()
        self._closing.set()
        self._context.wakeup()
        self._thread.join(5.0)
        # The server keeps its socket open until it is deleted.
        self._server = self._source = None

    def _work(self) -> None:
        while not self._closing.is_set():
            self._context.iteration(True)

    def _mount(self, frame: Frame) -> "_Mount":
        h264 = describe_encoder(
            self._encoder,
            width=frame.width,
            height=frame.height,
            fps=frame.fps,
            bitrate_kbps=self._bitrate_kbps,
            gop_s=self._gop_s,
            live=True,
        )
        factory = self._rtsp.RTSPMediaFactory.new()
        factory.set_shared(True)
        factory.set_launch(
            # Timestamps are arrival times; a newer frame replaces one that still waits for the encoder.
            "( appsrc name=pictures is-live=true do-timestamp=true format=time max-buffers=2 leaky-type=downstream"
            # Every key frame repeats the parameters, for viewers that join later.
            f" ! videoconvert ! {h264} ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
        )
        mount = _Mount(frame.fps or 25.0)
        factory.connect("media-configure", mount.begin)
        self._server.get_mount_points().add_factory(f"/{frame.camera}", factory)
        log.info("%s/%s", self._url, frame.camera)
        return mount


class _Mount:
    """One camera's stream; the server's threads call `begin` and `end`."""

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._source: Any = None
        self._shape: tuple[int, ...] = ()

    def begin(self, _: Any, media: Any) -> None:
        media.connect("unprepared", self.end)
        self._shape = ()
        self._source = media.get_element().get_by_name("pictures")

    def end(self, _: Any) -> None:
        self._source = None

    def show(self, pixels: Array, colorimetry: str, intact: Callable[[], bool]) -> None:
        source = self._source
        if source is None:
            return
        buffer = gstreamer.buffer_of(pixels)
        if not intact():
            return
        if pixels.shape != self._shape:
            self._shape = pixels.shape
            columns, rows = pixels.shape[1], pixels.shape[0] * 2 // 3
            source.set_property("caps", gstreamer.video_caps(columns, rows, self._fps, colorimetry))
        source.push_buffer(buffer)

    def finish(self) -> None:
        """Let the viewers know that nothing follows (RTCP BYE)."""
        if source := self._source:
            source.emit("end-of-stream")


def _load() -> tuple[Any, Any]:
    """Return the modules GstRtspServer and GLib."""
    gstreamer.load()
    try:
        import gi

        gi.require_version("GstRtspServer", "1.0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImportWarning)
            from gi.repository import GLib, GstRtspServer
    except (ImportError, ValueError) as error:
        raise MissingPart(
            f"expected GStreamer's RTSP server, found: {error} (apt-get install gir1.2-gst-rtsp-server-1.0)"
        ) from error
    return GstRtspServer, GLib
