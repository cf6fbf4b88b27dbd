"""Cameras by HTTP whose answer is not MJPEG as GStreamer knows it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest

from tests.stages.capture.watching import is_state, needs_gstreamer, until, watch

pytestmark = [pytest.mark.slow, needs_gstreamer]

PICTURE = cv2.imencode(".jpg", np.full((120, 160, 3), 90, np.uint8))[1].tobytes()
PLAYLIST = b"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\n0.ts\n"


@contextmanager
def _answering(kind: str, body: bytes) -> Iterator[str]:
    """Answer each request with one body; yield the address."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name is given
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/video"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("kind", ["image/jpg", "IMAGE/JPG; q=1", "image/pjpeg", "application/octet-stream"])
def test_jpeg_by_any_name(kind: str) -> None:
    """Many cameras call their frames image/jpg, which is no registered type."""
    part = b"--frame\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s\r\n" % (kind.encode(), len(PICTURE), PICTURE)
    with _answering("multipart/x-mixed-replace; boundary=frame", part * 9) as source, watch(source) as frames:
        assert until(frames, is_state("live"))[-1].width == 160


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("image/jpeg", PICTURE, "expected a stream, found a single picture: enter the address of the stream"),
        ("application/vnd.apple.mpegurl", PLAYLIST, "expected video, found a playlist (HLS): enter the camera's rtsp:"),
        ("text/html", b"<html><body>Welcome</body></html>", "expected video, found HTML"),
    ],
)
def test_what_is_no_stream_is_named(kind: str, body: bytes, said: str) -> None:
    """A snapshot's address seemed to be a camera whose connection was lost again and again."""
    with _answering(kind, body) as source, watch(source) as frames:
        last = until(frames, is_state("offline"))[-1]

    assert (last.error or "").startswith(said)
    assert last.fault == "format"
