"""RTSP cameras that refuse, redirect, restart their stream or send it twice."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import closing

import pytest

from pipeline.messages import Frame
from stages.media.gst.network import requests
from tests.stages.capture.network.scripted import RATE, Answer, Camera, Packet
from tests.stages.capture.watching import is_state, needs_gstreamer, until, watch

pytestmark = [pytest.mark.slow, needs_gstreamer]


def _status(status: str, lines: str = "") -> Answer:
    return lambda _: (status, lines)


def _refused(camera: Camera, login: str = "") -> Frame:
    """Return what is reported of a camera that sends nothing."""
    with watch(camera.source.replace("//", f"//{login}"), stall_s=0.5) as frames:
        return until(frames, is_state("offline"))[-1]


@pytest.mark.parametrize(
    ("method", "status", "fault", "said"),
    [
        ("DESCRIBE", "404", "absent", "the camera answered: (404)"),
        ("DESCRIBE", "403 Forbidden", "login", "the camera refused user and password: Forbidden (403)"),
        ("DESCRIBE", "551 Option", "unreachable", "expected a description (SDP) of the camera's streams, found none"),
        ("SETUP", "401 Unauthorized", "login", "the camera refused user and password: Unauthorized (401)"),
        ("SETUP", "404 Not Found", "absent", "the camera answered: Not Found (404)"),
        ("SETUP", "453 No", "unreachable", "the camera answered: Not Enough Bandwidth (453)"),
        ("SETUP", "461 No", "format", "the camera refuses this transport: set transport to the other one, tcp or udp"),
        ("PLAY", "503 Busy", "unreachable", "the camera answered: Busy (503)"),
    ],
)
def test_a_refusal_is_said_as_the_camera_means_it(method: str, status: str, fault: str, said: str) -> None:
    """Whichever request it answers, also without a reason."""
    with Camera({method: _status(status)}) as camera:
        last = _refused(camera)

    assert (last.fault, last.error) == (fault, said)


@pytest.mark.parametrize("how", ["Basic", 'Digest nonce="n",'])
@pytest.mark.parametrize("method", ["OPTIONS", "DESCRIBE"])
def test_a_wrong_password_is_tried_once(method: str, how: str) -> None:
    """Eight times for each connection would lock the account."""
    with Camera({method: _status("401 Unauthorized", f'WWW-Authenticate: {how} realm="hall"\r\n')}) as camera:
        last = _refused(camera, "me:wrong@")

    assert last.fault == "login"
    assert [request.split()[0] for request in camera.requests].count(method) == 2


@pytest.mark.parametrize(
    ("most", "fault", "said"),
    [(4, "absent", "Not Found (404)"), (10_000, "unreachable", "the camera's address redirects again and again")],
)
def test_redirects_are_followed_but_not_in_a_circle(most: int, fault: str, said: str) -> None:
    """A camera that redirects to itself got thousands of requests per second."""
    redirects = iter(range(most))

    def redirect(url: str) -> tuple[str, str]:
        number = next(redirects, None)
        return ("404 Not Found", "") if number is None else ("302 Found", f"Location: {url}{number}\r\n")

    with Camera({"DESCRIBE": redirect}) as camera:
        last = _refused(camera)

    assert last.fault == fault
    assert said in (last.error or "")
    assert len(camera.requests) < 20


@pytest.mark.parametrize("banner", [b"", b"SSH-2.0-Other_1.0\r\n", b"RTSP/1.0 200 OK\r\nCSeq: "])
def test_a_host_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch, banner: bytes) -> None:
    """One with another protocol held a thread for 20 s, and was reported after 10 s as a camera without frames."""
    monkeypatch.setattr(requests, "ANSWER_S", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as server, watch(_address(server)) as frames:
        assert {next(frames).state, next(frames).state} == {"connecting"}  # the first one precedes the attempt
        with closing(server.accept()[0]) as host:
            host.sendall(banner)
            last = until(frames, is_state("offline"))[-1]

    assert (last.error, last.fault) == (requests.SILENT, "unreachable")


def test_a_camera_may_take_longer_to_describe_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Than to answer at all."""
    monkeypatch.setattr(requests, "ANSWER_S", 1.0)
    with Camera({"DESCRIBE": _late}) as camera:
        last = _refused(camera)

    assert last.error == "the camera answered: Not Found (404)"


def _late(_: str) -> tuple[str, str]:
    threading.Event().wait(1.2)
    return "404 Not Found", ""


def _address(server: socket.socket) -> str:
    return f"rtsp://127.0.0.1:{server.getsockname()[1]}/hall"


def _restart(number: int, packet: Packet) -> list[Packet]:
    if number >= RATE // 2:  # the encoder starts again
        packet[2:4] = struct.pack(">H", (int.from_bytes(packet[2:4], "big") + 30_000) & 0xFFFF)
        packet[4:12] = struct.pack(">II", (int.from_bytes(packet[4:8], "big") + 2**31) & 0xFFFFFFFF, 2)
    return [packet]


def _send_twice(_: int, packet: Packet) -> list[Packet]:
    return [packet, packet]


@pytest.mark.parametrize("change", [_restart, _send_twice])
def test_a_stream_goes_on(change: Callable[[int, Packet], list[Packet]]) -> None:
    """When a camera changes the number of its source (SSRC), and where each packet comes twice."""
    with Camera(change=change) as camera, watch(camera.source) as frames:
        seen = until(frames, lambda frame: frame.seq > 2 * RATE)

    assert {frame.state for frame in seen} == {"connecting", "live"}


def test_one_of_several_video_streams_is_asked_for() -> None:
    """The first one, always; another one would cost bandwidth."""
    with Camera(tracks=2, change=lambda _, packet: [packet]) as camera, watch(camera.source) as frames:
        until(frames, is_state("live"))

    assert [request for request in camera.requests if "SETUP" in request] == [f"SETUP {camera.source}/track=0"]


def test_a_codec_that_cannot_be_decoded_is_named() -> None:
    """The packets' own type, application/x-rtp, does not name it."""
    with Camera(codec="X-NEW", change=lambda _, packet: [packet]) as camera:
        last = _refused(camera)

    assert (last.error, last.fault) == ("expected video that can be decoded here, found X-NEW", "format")
