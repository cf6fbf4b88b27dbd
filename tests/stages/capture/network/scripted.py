"""RTSP cameras that answer and send what a test says, over TCP."""

import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress

from stages.media import gstreamer

Packet = bytearray
Answer = Callable[[str], tuple[str, str]]
"""From the URL of a request to a status and further header lines."""

_TRACK = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 {}/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:track={}\r\n"
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=hall\r\nt=0 0\r\nc=IN IP4 0.0.0.0\r\n"
RATE, STEP = 30, 3000
"""Frames per second, and units of RTP's clock (90 kHz) between them."""


def packets() -> list[list[bytes]]:
    """Return the RTP packets of each frame of a second of H.264 video, 160x120, whose first is a key frame."""
    gst = gstreamer.load()
    pipeline = gst.parse_launch(
        f"videotestsrc pattern=ball num-buffers={RATE} ! video/x-raw,width=160,height=120,framerate={RATE}/1"
        f" ! x264enc tune=zerolatency key-int-max={RATE} ! rtph264pay config-interval=-1 ! appsink name=sink sync=false"
    )
    pipeline.set_state(gst.State.PLAYING)
    frames: list[list[bytes]] = [[]]
    while (sample := pipeline.get_by_name("sink").pull_sample()) is not None:
        buffer = sample.get_buffer()
        frames[-1].append(packet := buffer.extract_dup(0, buffer.get_size()))
        if packet[1] & 0x80:  # the marker of a frame's last packet
            frames.append([])
    pipeline.set_state(gst.State.NULL)
    return frames[:-1]


class Camera:
    """Answers requests.

    Args:
        answers: By method: what is answered instead of 200.
        tracks: Number of video tracks in the description.
        codec: What they are encoded with, by the description.
        change: From the number of a frame and one of its packets to the packets that are sent instead.
    """

    def __init__(
        self,
        answers: Mapping[str, Answer] = {},  # noqa: B006 - nobody changes it
        *,
        tracks: int = 1,
        codec: str = "H264",
        change: Callable[[int, Packet], list[Packet]] | None = None,
    ) -> None:
        self.requests: list[str] = []
        """Method and URL of each request so far."""
        self._answers = answers
        self._sdp = SDP + "".join(_TRACK.format(codec, number) for number in range(tracks))
        self._change = change
        self._frames = packets() if change else []
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.source = f"rtsp://127.0.0.1:{self._server.getsockname()[1]}/hall"

    def __enter__(self) -> "Camera":
        self._threads.append(threading.Thread(target=self._serve))
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                self._threads.append(threading.Thread(target=self._talk, args=(self._server.accept()[0],)))
                self._threads[-1].start()

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(0.05)
        with closing(connection), suppress(ConnectionError):
            for request in self._read(connection):
                method, url = request.split()[:2]
                self.requests.append(f"{method} {url}")
                number = next(line for line in request.splitlines() if line.lower().startswith("cseq:"))
                status, lines = self._answers.get(method, lambda _: ("200 OK", ""))(url)
                body = self._sdp if method == "DESCRIBE" and status.startswith("200") else ""
                lines += f"Content-Base: {url}/\r\nContent-Type: application/sdp\r\n" if body else ""
                lines += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n" if method == "SETUP" else ""
                head = f"RTSP/1.0 {status}\r\n{number}\r\nSession: 1\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
                connection.sendall((head + body).encode())
                if method == "PLAY" and self._change and status.startswith("200"):
                    self._play(connection)

    def _read(self, connection: socket.socket) -> Iterator[str]:
        """Yield the requests that arrive."""
        data = b""
        while not self._stop.is_set():
            with suppress(TimeoutError):
                if not (more := connection.recv(4096)):
                    return
                data += more
            while b"\r\n\r\n" in data:
                head, _, data = data.partition(b"\r\n\r\n")
                yield head.decode()

    def _play(self, connection: socket.socket) -> None:
        """Send frames until the viewer leaves."""
        assert self._change is not None
        number = sequence = 0
        while not self._stop.wait(1 / RATE):
            if select.select([connection], [], [], 0)[0] and b"TEARDOWN" in (connection.recv(4096) or b"TEARDOWN"):
                return
            for packet in self._frames[number % len(self._frames)]:
                own = Packet(packet)
                own[2:4], own[4:8] = struct.pack(">H", sequence & 0xFFFF), struct.pack(">I", number * STEP)
                own[8:12] = struct.pack(">I", 1)
                sequence += 1
                for sent in self._change(number, own):
                    connection.sendall(b"$\0" + struct.pack(">H", len(sent)) + sent)
            number += 1
