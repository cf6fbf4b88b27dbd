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


def _parts(before: bytes, head: bytes = b"", first: bytes | None = None) -> bytes:
    """Return nine images, each behind a line and headers; `first` is what the first one has instead of these."""
    image = PICTURE + b"\r\n"
    return (before + head + b"\r\n" if first is None else first) + image + (before + head + b"\r\n" + image) * 8


@pytest.mark.parametrize(
    "kind", ["image/jpg", "IMAGE/JPG; q=1", "image/pjpeg", "application/octet-stream", "text/plain"]
)
def test_jpeg_by_any_name(kind: str) -> None:
    """Many cameras call their frames image/jpg, which is no registered type."""
    body = _parts(b"--frame\r\n", b"Content-Type: %s\r\nContent-Length: %d\r\n" % (kind.encode(), len(PICTURE)))
    with _answering("multipart/x-mixed-replace; boundary=frame", body) as source, watch(source) as frames:
        assert until(frames, is_state("live"))[-1].width == 160


TYPE, LENGTH = b"Content-Type: image/jpeg\r\n", b"Content-Length: %d\r\n" % len(PICTURE)


@pytest.mark.parametrize(
    "body",
    [
        _parts(b"--frame\r\n", LENGTH),
        _parts(b"--frame\r\n"),
        _parts(b"--frame\n", LENGTH.lower()).replace(b"\r\n", b"\n"),
        _parts(b"--frame\r\n", b"X-Time: 12.5\r\n" + LENGTH),
        _parts(b"--frame\r\n", b"X-Long: %s\r\n" % (b"x" * 900) + TYPE),
        _parts(b"----frame\r\n", LENGTH),
        _parts(b"frame\r\n", TYPE + LENGTH),
        _parts(b"--frame\r\n", TYPE + b"Content-Length: 0\r\n"),
        _parts(b"--frame\r\n", LENGTH, first=b"A camera.\r\n\r\n--frame\r\n\r\n"),
        _parts(b"--frame\r\n", LENGTH, first=LENGTH + b"\r\n"),
        _parts(b"--frame\r\n", LENGTH, first=b""),
    ],
    ids=["length", "nothing", "LF", "more", "long", "dashes", "no dashes", "wrong", "text", "bare", "image first"],
)
def test_parts_without_what_belongs_there(body: bytes) -> None:
    """Many cameras send no type, and their frames never came."""
    with _answering('multipart/x-mixed-replace; boundary="frame"', body) as source, watch(source) as frames:
        seen = until(frames, lambda frame: frame.seq >= 4 or frame.state == "offline")

    assert {frame.width for frame in seen if frame.state == "live"} == {160}


def test_images_that_end_early_are_shown() -> None:
    """As before: a decoder accepts them, the parser of images does not."""
    body = _parts(b"--frame\r\n", TYPE).replace(PICTURE, PICTURE[:-2])
    with _answering("multipart/x-mixed-replace; boundary=frame", body) as source, watch(source) as frames:
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
