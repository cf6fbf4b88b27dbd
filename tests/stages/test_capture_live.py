"""A camera is opened again for ever, says what it does, and never shows an old picture as a new one."""

import base64
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pipeline.errors import ConfigError
from pipeline.messages import Frame
from stages.capture import Capture
from stages.media import gstreamer
from stages.media.address import parse_address
from stages.media.backoff import Backoff
from stages.media.reader import Reader
from stages.rtsp import Rtsp
from stages.synthetic import Synthetic, read_clock
from stages.web.access.certificate import own_certificate
from stages.web.access.tls import load_context

pytestmark = pytest.mark.slow

needs_gstreamer = pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")
decoders = pytest.mark.parametrize("gst", [pytest.param(True, marks=needs_gstreamer), False])


@contextmanager
def serving(port: int = 0) -> Iterator[tuple[int, threading.Event]]:
    """Serve a synthetic camera; yield the port and an event that, once set, stops the pictures."""
    stop, silent = threading.Event(), threading.Event()

    def work() -> None:
        for frame in Synthetic(name="hall", width=320, height=240, faces=0, clock=True).process(()):
            if not silent.is_set():
                rtsp.process([frame])
            if stop.is_set():
                return

    with closing(Rtsp(port=port)) as rtsp:
        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield rtsp.port, silent
        finally:
            stop.set()
            thread.join()


def watch(source: str, **options: Any) -> Any:
    """Return what yields a camera's frames, and can be closed."""
    options = {"max_backoff_s": 0.5, **options}
    return closing(Capture(name="hall", source=source, **options).process(()))  # type: ignore[type-var]


def until(frames: Iterator[Frame], is_it: Callable[[Frame], bool], seconds: float = 15) -> list[Frame]:
    """Return the frames up to the first that `is_it`, and see that silence never lasts."""
    seen = []
    last_s = time.monotonic()
    for frame in frames:
        assert time.monotonic() - last_s < 10
        last_s = time.monotonic()
        if frame.state == "live" and frame.pixels is None:
            continue  # it waits for the next picture
        assert (frame.pixels is not None) == (frame.state == "live")
        assert "\n" not in (frame.error or "")
        seen.append(frame)
        if is_it(frame):
            return seen
        seconds -= 0.5 if frame.state != "live" else 0.03
        assert seconds > 0, f"found only {[(f.state, f.error) for f in seen[-5:]]}"
    raise AssertionError("a camera never ends")


def is_state(state: str) -> Callable[[Frame], bool]:
    return lambda frame: frame.state == state


@needs_gstreamer
def test_a_camera_that_comes_back_goes_on() -> None:
    """When a server dies and returns, the state tells it, and numbers and times go on in the same run."""
    with serving() as (port, _):
        pass
    with watch(f"rtsp://127.0.0.1:{port}/hall") as frames:
        seen = until(frames, is_state("offline"))
        for _ in range(3):
            with serving(port):
                seen += until(frames, is_state("live"))
                seen += until(frames, lambda frame: frame.seq % 5 == 4)
            seen += until(frames, is_state("offline"))

    states = [frame.state for i, frame in enumerate(seen) if i == 0 or seen[i - 1].state != frame.state]
    live = [frame for frame in seen if frame.state == "live"]
    assert states == ["connecting", *["offline", "live"] * 3, "offline"]
    assert [frame.seq for frame in live] == sorted({frame.seq for frame in live})
    assert [frame.pts_ns for frame in live] == sorted({frame.pts_ns for frame in live})
    assert {frame.run for frame in seen} == {live[0].run}
    assert not any(frame.lossless for frame in seen)
    assert all(frame.error for frame in seen if frame.state == "offline")
    clocks = [read_clock(frame.pixels) for frame in live]  # type: ignore[arg-type]
    assert None not in clocks
    assert clocks == sorted(set(clocks))  # type: ignore[type-var]


@needs_gstreamer
def test_a_camera_that_falls_silent_is_stalled() -> None:
    """Connected but without pictures for `stall_s` it is stalled, until they come again."""
    with serving() as (port, silent), watch(f"rtsp://127.0.0.1:{port}/hall", stall_s=0.4) as frames:
        until(frames, is_state("live"))
        silent.set()
        *_, last = until(frames, is_state("stalled"))
        assert (last.error, last.fault) == ("no frame for 0.4 s", "silent")

        silent.clear()
        *_, last = until(frames, is_state("live"), 30)
        clock = read_clock(last.pixels)  # type: ignore[arg-type]
        assert clock is not None
        assert last.captured_ns - clock < 3e9


@decoders
def test_a_refusing_host_is_offline_and_tried_again(monkeypatch: pytest.MonkeyPatch, gst: bool) -> None:
    """Each attempt that is refused says so; credentials are not told."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    with watch("rtsp://admin:secret@127.0.0.1:9/cam") as frames:
        seen = until(frames, is_state("offline"))
        seen += [next(frames) for _ in range(3)]

    assert seen[0].state == "connecting"
    assert {(frame.state, frame.fault) for frame in seen[-4:]} == {("offline", "unreachable")}
    assert all(frame.error and "secret" not in frame.error for frame in seen[-4:])


def test_waits_grow_and_are_limited() -> None:
    """From failure to failure the wait doubles up to the limit, shortened by chance; a success starts it anew."""
    backoff = Backoff(4.0)
    waits = [backoff.wait_s(lived_s=0.0) for _ in range(8)]
    limits = [0.5, 1, 2, 4, 4, 4, 4, 4]

    assert all(limit / 2 <= wait <= limit for wait, limit in zip(waits, limits, strict=True))
    assert len(set(waits)) == 8
    assert backoff.wait_s(lived_s=1.0) > 1.9
    assert backoff.wait_s(lived_s=60.0) <= 0.5
    assert Backoff(0.1).wait_s(lived_s=0.0) <= 0.1


@needs_gstreamer
def test_a_launch_fragment_is_a_camera() -> None:
    """What GStreamer can fetch is a source; one that ends is opened again, and its pictures come in its own pace."""
    source = "gst:videotestsrc pattern=ball num-buffers=12 ! video/x-raw,width=160,height=120,framerate=100/1"
    with watch(source) as frames:
        first = until(frames, is_state("offline"))
        again = until(frames, is_state("live"))

    live = [frame for frame in first if frame.state == "live"]
    assert (first[-1].error, first[-1].fault) == ("the camera ended the stream", "closed")
    assert 3 <= len(live) <= 12
    assert live[-1].pts_ns - live[0].pts_ns > 50_000_000
    assert again[-1].seq > live[-1].seq
    assert (again[-1].width, again[-1].height) == (160, 120)


@needs_gstreamer
def test_a_fragment_may_end_in_something_encoded() -> None:
    """A fragment that yields H.264 is decoded."""
    with watch("gst:videotestsrc is-live=true ! video/x-raw,width=160,height=120 ! x264enc tune=zerolatency") as frames:
        assert until(frames, is_state("live"))[-1].width == 160


@needs_gstreamer
def test_a_slow_reader_gets_the_newest() -> None:
    """Pictures nobody took are left out, and counted by their numbers."""
    with watch("gst:videotestsrc is-live=true ! video/x-raw,width=64,height=64,framerate=100/1") as frames:
        first = until(frames, is_state("live"))[-1]
        threading.Event().wait(0.4)
        late = [next(frames), next(frames)]

    assert late[0].seq > first.seq + 20
    assert late[1].captured_ns - first.captured_ns > 300_000_000
    assert time.time_ns() - late[1].captured_ns < 5_000_000_000


@needs_gstreamer
@pytest.mark.parametrize("fragment", ["nosuchelement", "videotestsrc !", "fakesink", "videotestsrc pattern=nosuch"])
def test_a_fragment_that_cannot_be_is_refused(fragment: str) -> None:
    """A launch fragment with a mistake is a configuration error of one line, when it is checked and when it is read."""
    with pytest.raises(ConfigError, match="GStreamer launch fragment"):
        Capture.check(source=f"gst:{fragment}")
    with pytest.raises(ConfigError, match="expected a launch fragment|GStreamer launch fragment") as caught:
        until(Capture(name="hall", source=f"gst:{fragment}").process(()), is_state("live"))

    assert "\n" not in str(caught.value)


def test_without_gstreamer_a_fragment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What only GStreamer can do says so."""
    monkeypatch.setattr(gstreamer, "available", lambda: False)
    with pytest.raises(ConfigError, match="expected GStreamer"):
        until(Capture(name="hall", source="gst:videotestsrc").process(()), is_state("live"))


def test_a_missing_device_is_offline() -> None:
    """A V4L2 camera that is not plugged in is waited for."""
    with watch("/dev/v4l/by-id/usb-nobody-index0") as frames:
        last = until(frames, is_state("offline"))[-1]

    assert last.error is not None
    assert last.fault == ("absent" if gstreamer.available() else "unreachable")


class _Mjpeg(BaseHTTPRequestHandler):
    """A camera that sends JPEG over HTTP to those who know its password."""

    def do_GET(self) -> None:  # noqa: N802 - the name is given
        expected = "Basic " + base64.b64encode(b"me:p@ss:word").decode()
        if self.headers.get("Authorization") != expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
        self.end_headers()
        stop: threading.Event = self.server.stop  # type: ignore[attr-defined]
        for i in range(1000):
            picture = np.full((120, 160, 3), 10 * (i % 20), np.uint8)
            jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
            # some cameras send no boundary before their first picture
            boundary = "" if self.path == "/bare" and i == 0 else "--picture\r\n"
            head = f"{boundary}Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            try:
                self.wfile.write(head.encode() + jpeg + b"\r\n")
            except OSError:
                return
            if stop.wait(0.03):
                return

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of those who leave because of the certificate."""


@contextmanager
def mjpeg(pem: Path | None = None) -> Iterator[int]:
    """Serve MJPEG, by https where there is a file with certificate and key; yield the port."""
    with _Server(("127.0.0.1", 0), _Mjpeg) as server:
        if pem:
            # the handshake is done by the threads, so that one that fails does not keep the others waiting
            server.socket = load_context(pem, pem).wrap_socket(server.socket, True, do_handshake_on_connect=False)
        server.stop = threading.Event()  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.stop.set()  # type: ignore[attr-defined]
            server.shutdown()
            thread.join()


@decoders
@pytest.mark.parametrize("login", ["me:p%40ss%3Aword@", ""])
def test_mjpeg_with_a_password(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, gst: bool, login: str
) -> None:
    """Credentials from the URL or from the environment open the camera, and are told nobody."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    monkeypatch.setenv("HALL_LOGIN", "me:p@ss:word")
    with (
        mjpeg() as port,
        watch(f"http://{login}127.0.0.1:{port}/video", credentials_env="" if login else "HALL_LOGIN") as frames,
    ):
        live = [until(frames, is_state("live"))[-1] for _ in range(5)]

    assert {(frame.width, frame.height) for frame in live} == {(160, 120)}
    assert "word" not in caplog.text


@needs_gstreamer
def test_mjpeg_without_a_first_boundary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boundaries may come behind the pictures only."""
    monkeypatch.setenv("HALL", "me:p@ss:word")
    with mjpeg() as port, watch(f"http://127.0.0.1:{port}/bare", credentials_env="HALL") as frames:
        live = until(frames, is_state("live"))[-1]

    assert live.full_range


@decoders
def test_a_wrong_password_is_offline(monkeypatch: pytest.MonkeyPatch, gst: bool) -> None:
    """A camera that refuses the credentials is offline, and the reason does not hold them."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    with mjpeg() as port, watch(f"http://me:hushhush@127.0.0.1:{port}/video") as frames:
        last = until(frames, is_state("offline"))[-1]

    assert last.error
    assert "hushhush" not in last.error
    assert last.fault == ("login" if gst else "unreachable")


@pytest.fixture
def pem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the file of a self-signed certificate and its key."""
    monkeypatch.setenv("EMOBOT_CACHE", str(tmp_path))
    return own_certificate(())


@decoders
def test_a_certificate_nobody_vouches_for(monkeypatch: pytest.MonkeyPatch, pem: Path, gst: bool) -> None:
    """A camera with its own certificate is refused, which says what to do, and taken where that is done."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    with mjpeg(pem) as port:
        source = f"https://me:p%40ss%3Aword@127.0.0.1:{port}/video"
        with watch(source) as frames:
            last = until(frames, is_state("offline"))[-1]
        assert last.fault == "unreachable"
        assert (last.error or "").endswith("if its certificate is self-signed: verify_tls = false")
        with watch(source, verify_tls=False) as frames:
            assert until(frames, is_state("live"))[-1].width == 160


def test_opencv_asks_who_vouches_for_a_certificate(monkeypatch: pytest.MonkeyPatch, pem: Path) -> None:
    """Those this machine trusts are trusted, by the name that is in the certificate."""
    monkeypatch.setattr(gstreamer, "available", lambda: False)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with mjpeg(pem) as port, watch(f"https://me:p%40ss%3Aword@localhost:{port}/video") as frames:
        assert until(frames, is_state("live"))[-1].width == 160


@contextmanager
def rtsps(pem: Path) -> Iterator[int]:
    """Serve a picture by RTSP over TLS; yield the port."""
    import gi

    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import Gio, GLib, GstRtspServer

    gst = gstreamer.load()
    permissions = "anonymous,media.factory.access=(boolean)true,media.factory.construct=(boolean)true"
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "anonymous")
    auth = GstRtspServer.RTSPAuth()
    auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(str(pem)))
    auth.set_default_token(token)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(
        "( videotestsrc is-live=true ! video/x-raw,width=160,height=120"
        " ! x264enc tune=zerolatency key-int-max=15 ! rtph264pay name=pay0 )"
    )
    factory.add_role_from_structure(gst.Structure.from_string(permissions)[0])
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    server.set_auth(auth)
    server.get_mount_points().add_factory("/hall", factory)
    context, stop = GLib.MainContext.new(), threading.Event()
    source = context.find_source_by_id(server.attach(context))

    def work() -> None:
        while not stop.is_set():
            context.iteration(True)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield server.get_bound_port()
    finally:
        server.client_filter(lambda *_: GstRtspServer.RTSPFilterResult.REMOVE)
        source.destroy()
        stop.set()
        context.wakeup()
        thread.join()


@needs_gstreamer
@pytest.mark.filterwarnings("ignore::ImportWarning")  # PyGObject still loads modules the old way
def test_rtsp_with_a_certificate_nobody_vouches_for(pem: Path) -> None:
    """It is as with https."""
    with rtsps(pem) as port:
        with watch(f"rtsps://127.0.0.1:{port}/hall") as frames:
            last = until(frames, is_state("offline"))[-1]
        assert (last.error or "").endswith("if its certificate is self-signed: verify_tls = false")
        with watch(f"rtsps://127.0.0.1:{port}/hall", verify_tls=False) as frames:
            assert until(frames, is_state("live"))[-1].width == 160


def test_missing_credentials_are_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named, its value is not."""
    monkeypatch.delenv("HALL_LOGIN", raising=False)
    with pytest.raises(ConfigError, match="HALL_LOGIN, found no such variable"):
        Capture(name="hall", source="rtsp://127.0.0.1/cam", credentials_env="HALL_LOGIN")
    monkeypatch.setenv("HALL_LOGIN", "hushhush")
    with pytest.raises(ConfigError, match="HALL_LOGIN, found no colon") as caught:
        Capture(name="hall", source="rtsp://127.0.0.1/cam", credentials_env="HALL_LOGIN")

    assert "hushhush" not in str(caught.value)


def test_addresses_are_taken_apart() -> None:
    """Credentials leave the URL and come back decoded; devices and fragments are recognised."""
    url = parse_address("rtsp://ad%40min:p%3Aw@[::1]:8554/cam/1?channel=2")
    assert (url.text, url.user, url.password) == ("rtsp://[::1]:8554/cam/1?channel=2", "ad@min", "p:w")
    assert "p:w" not in repr(url)
    assert parse_address("0").text == "/dev/video0"
    assert parse_address("/dev/v4l/by-id/usb-x").kind == "v4l2"
    assert parse_address("gst: videotestsrc").text == "videotestsrc"


@needs_gstreamer
def test_leaving_and_reconnecting_leave_nothing_behind() -> None:
    """Sessions that end, whichever way, leave no thread and no open file."""

    def visit(port: int) -> None:
        with watch(f"rtsp://127.0.0.1:{port}/hall") as frames:
            until(frames, is_state("live"))

    with serving() as (port, _):
        for _ in range(3):
            visit(port)
        files = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(8):
            visit(port)

        # The server, which lives in this process too, lets go a moment later.
        for _ in range(100):
            if len(list(Path("/proc/self/fd").iterdir())) <= files:
                break
            threading.Event().wait(0.05)
        assert len(list(Path("/proc/self/fd").iterdir())) <= files
    assert not [thread for thread in threading.enumerate() if thread.name == "newest"]


@needs_gstreamer
def test_a_connection_that_has_ended_leaves_nothing_for_the_garbage_collector(
    readers: Callable[[], list[Reader | None]],
) -> None:
    """What ended a camera's connection does not keep its decoder."""
    with watch("gst: videotestsrc ! identity error-after=4 ! video/x-raw,width=64", max_backoff_s=0.01) as frames:
        for _ in range(3):
            until(frames, is_state("live"))
            until(frames, is_state("offline"))

        assert readers()[:2] == [None, None]
