"""Network cameras that ask for a login or use TLS."""

import base64
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from stages.media import gstreamer
from stages.web.access.tls import load_context


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
            # some cameras send no boundary before their first frame
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


@contextmanager
def rtsps(pem: Path) -> Iterator[int]:
    """Serve a picture by RTSP over TLS; yield the port."""
    server, gst = _load(), gstreamer.load()
    from gi.repository import Gio

    permissions = "anonymous,media.factory.access=(boolean)true,media.factory.construct=(boolean)true"
    token = server.RTSPToken()
    token.set_string("media.factory.role", "anonymous")
    auth = server.RTSPAuth()
    auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(str(pem)))
    auth.set_default_token(token)
    factory = _factory()
    factory.add_role_from_structure(gst.Structure.from_string(permissions)[0])
    with _rtsp_server(factory, auth) as port:
        yield port


@contextmanager
def reporting(time_source: str) -> Iterator[int]:
    """Serve a picture by RTSP, with RTCP sender reports each half second; yield the port.

    Args:
        time_source: The clock of the reports, as `rtpbin` names it: `ntp`, or `running-time`, which began just now.
    """
    gst = gstreamer.load()

    def prepare(media: object, pipeline: object) -> None:
        for element in pipeline.iterate_elements():  # type: ignore[attr-defined]
            if element.get_factory().get_name() == "rtpbin":
                gst.util_set_object_arg(element, "ntp-time-source", time_source)
                session = element.emit("get-internal-session", 0)
                session.set_property("rtcp-min-interval", gst.SECOND // 2)

    factory = _factory()
    factory.connect(
        "media-configure", lambda _, media: media.connect("prepared", prepare, media.get_element().get_parent())
    )
    with _rtsp_server(factory) as port:
        yield port


def _load() -> Any:
    gstreamer.load()
    import gi

    gi.require_version("GstRtspServer", "1.0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # PyGObject still loads modules the old way
        from gi.repository import GstRtspServer
    return GstRtspServer


def _factory() -> Any:
    factory = _load().RTSPMediaFactory()
    factory.set_launch(
        "( videotestsrc is-live=true ! video/x-raw,width=160,height=120"
        " ! x264enc tune=zerolatency key-int-max=15 ! rtph264pay name=pay0 )"
    )
    return factory


@contextmanager
def _rtsp_server(factory: Any, auth: Any = None) -> Iterator[int]:
    from gi.repository import GLib

    server = _load().RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    if auth:
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
        server.client_filter(lambda *_: _load().RTSPFilterResult.REMOVE)
        source.destroy()
        stop.set()
        context.wakeup()
        thread.join()
