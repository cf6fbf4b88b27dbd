"""Requests to a receiver that answers, fails, hangs, redirects and comes back."""

import hashlib
import hmac
import socket
import ssl
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from stages.delivery.answer import Answer
from stages.media.trust import trust
from stages.web.access import certificate
from stages.webhook.address import parse_endpoint
from stages.webhook.cloud_event import BATCH
from stages.webhook.receiver import Receiver, retry_after, sign
from tests.stages.webhook.hooks import Handler, Hook, answer
from tests.support.ports import free_port

BODY = b'[{"id":"1"}]'


def receiver(url: str, **options: Any) -> Receiver:
    """Return a receiver behind a URL."""
    return Receiver(endpoint=parse_endpoint(url), content_type=BATCH, **options)


def test_a_body_arrives_signed(hook: Hook) -> None:
    """The document's six lines verify it."""
    answered = receiver(hook.url, secret=b"s3cret").post(BODY)
    (request,) = hook.requests

    assert (answered.status, answered.verdict) == (204, "accepted")
    assert (request.path, request.body) == ("/hook?token=t0ken", BODY)
    assert request.headers["Content-Type"] == "application/cloudevents-batch+json"
    assert request.headers["Host"] == f"127.0.0.1:{hook.port}"
    t, v1 = (part.split("=", 1)[1] for part in request.headers["Emobot-Signature"].split(","))
    assert abs(time.time() - int(t)) < 300
    assert v1 == hmac.new(b"s3cret", f"{t}.".encode() + BODY, hashlib.sha256).hexdigest()


def test_without_a_secret_there_is_no_signature(hook: Hook) -> None:
    """Nothing that looks like one is sent."""
    receiver(hook.url).post(BODY)

    assert "Emobot-Signature" not in hook.requests[0].headers


def test_the_signature_is_the_documented_one() -> None:
    """A fixed example, for those who write receivers."""
    assert (
        sign(b"key", 1700000000, b"[]")
        == "t=1700000000,v1=2afce10b4f37880815b715635811bcfa4d5334e7213eea5bc2e130e1008055c3"
    )


@pytest.mark.parametrize(
    ("send", "status", "verdict", "why"),
    [
        (answer(200, "thanks"), 200, "accepted", "it answers 200"),
        (answer(500), 500, "later", "it answers 500"),
        (answer(400, "no\nsuch\x1b[31m camera"), 400, "refused", r"it answers 400: no\nsuch\x1b[31m camera"),
        (answer(404, "x" * 100_000), 404, "refused", None),
        (lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"), 0, "later", None),
        (
            lambda handler: handler.wfile.write(b"\0\0\x12\x04" + b"\0" * 23),
            0,
            "later",
            "expected an answer in HTTP/1.1, found illegal request line",
        ),
        (lambda handler: handler.wfile.write(b"HTTP/1.1 204\r\nX: " + b"y" * 200_000), 0, "later", None),
        (lambda handler: None, 0, "later", None),
        (lambda handler: handler.connection.shutdown(socket.SHUT_RDWR), 0, "later", None),
    ],
    ids=["thanks", "broken", "text", "long", "no HTTP", "HTTP/2", "endless header", "no answer", "cut off"],
)
def test_whatever_it_answers_is_judged(
    hook: Hook, send: Callable[[Handler], None], status: int, verdict: str, why: str | None
) -> None:
    """In one line of bounded length."""
    hook.answers = [send]
    answered = receiver(hook.url).post(BODY)

    assert (answered.status, answered.verdict) == (status, verdict)
    assert answered.why and "\n" not in answered.why and len(answered.why) < 250
    assert answered.kind
    assert why is None or answered.why == why


def test_nobody_there_is_an_answer_too() -> None:
    """Also a name that nobody knows."""
    for url in (f"http://127.0.0.1:{free_port()}/", "http://no-such-name.invalid/"):
        answered = receiver(url).post(BODY)
        assert (answered.status, answered.verdict) == (0, "later")
        assert answered.why


def drip(handler: Handler) -> None:
    """Send a byte of a header now and then, for ever."""
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not handler.hook.released.wait(0.01):
            handler.wfile.write(b"y")
    except OSError:
        pass


@pytest.mark.parametrize("send", [drip, lambda handler: handler.hook.released.wait()], ids=["drips", "hangs"])
def test_a_request_ends_in_time(hook: Hook, send: Callable[[Handler], None]) -> None:
    """However slowly the answer comes."""
    hook.answers = [send]
    answered = receiver(hook.url, timeout_s=0.1).post(BODY)

    assert (answered.status, answered.kind) == (0, "TimeoutError")
    assert len(hook.requests) <= 1  # the time may be over before the server has read it


def test_a_receiver_that_does_not_read_ends_in_time() -> None:
    """The body does not fit into the buffers of the network."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        answered = receiver(url, timeout_s=0.2).post(b"x" * 20_000_000)

    assert (answered.status, answered.kind) == (0, "TimeoutError")


def test_redirects_within_the_host_are_followed(hook: Hook) -> None:
    """Those that keep the method, with the body and its signature."""
    hook.answers = [answer(307, Location="/b?c=d"), answer(308, Location=f"http://127.0.0.1:{hook.port}/e")]
    answered = receiver(hook.url, secret=b"s3cret").post(BODY)

    assert answered.verdict == "accepted"
    assert [request.path for request in hook.requests] == ["/hook?token=t0ken", "/b?c=d", "/e"]
    assert {request.body for request in hook.requests} == {BODY}
    assert all("Emobot-Signature" in request.headers for request in hook.requests)


@pytest.mark.parametrize(
    ("status", "location", "where"),
    [
        (307, "http://localhost:{port}/", "http://localhost:{port}"),
        (308, "//169.254.169.254/latest", "http://169.254.169.254"),
        (307, "http://127.0.0.1:1/", "http://127.0.0.1:1"),
        (308, "https://127.0.0.1:{port}/", "https://127.0.0.1:{port}"),
        (307, "file:///etc/passwd", "nowhere"),
        (307, "http://me:pw@127.0.0.1:{port}/", "nowhere"),
        (307, "http://[", "nowhere"),
        (301, "/there", "http://127.0.0.1:{port}"),
        (302, "/there", "http://127.0.0.1:{port}"),
        (303, "/there", "http://127.0.0.1:{port}"),
        (304, "", "http://127.0.0.1:{port}"),
    ],
)
def test_other_redirects_are_not_followed(hook: Hook, status: int, location: str, where: str) -> None:
    """Another host, port or scheme gets nothing; the events wait. The reason shows no path."""
    hook.answers = [answer(status, Location=location.format(port=hook.port))]
    answered = receiver(hook.url).post(BODY)

    assert len(hook.requests) == 1
    assert (answered.status, answered.verdict) == (status, "later")
    assert answered.why == f"it answers {status}, a redirect to {where.format(port=hook.port)}"


def test_redirects_in_a_circle_end(hook: Hook) -> None:
    """After a few."""
    hook.answers = [answer(307, Location="/")] * 10
    answered = receiver(hook.url).post(BODY)

    assert answered.verdict == "later"
    assert answered.why == "it redirects more than 3 times"
    assert len(hook.requests) == 4


def test_the_address_that_was_checked_is_the_one_that_is_reached(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers differently the second time is not asked a second time."""
    asked: list[str] = []

    def look_up(host: str, port: int, **_: Any) -> Any:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "169.254.169.254"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    hook.answers = [answer(307, Location="/b")]
    one = receiver(f"http://sly.example:{hook.port}/")
    assert one.post(BODY).verdict == "accepted"
    assert [request.headers["Host"] for request in hook.requests] == [f"sly.example:{hook.port}"] * 2
    assert asked == ["sly.example"]

    answered = one.post(BODY)
    assert (answered.verdict, len(hook.requests)) == ("later", 2)
    assert "169.254.169.254 is link-local" in answered.why


def test_the_next_address_is_tried(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a host of two networks, of which one is down."""
    ports = [free_port(), hook.port]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    assert receiver("http://two.example/").post(BODY).verdict == "accepted"


def test_certificates_are_those_of_the_name(hook: Hook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not of the address; unknown ones are refused unless nothing is verified."""
    pem = tmp_path / "server.pem"
    pem.write_bytes(certificate.make_pem(frozenset(("hook.example",))))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    hook.serve_tls(context)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", hook.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    ours, others, blind = trust(str(pem), verify_tls=True), trust("", verify_tls=True), trust("", verify_tls=False)

    assert receiver("https://hook.example/", tls=ours).post(BODY).verdict == "accepted"
    assert receiver("https://other.example/", tls=blind).post(BODY).verdict == "accepted"
    for url, tls, why in (
        ("https://other.example/", ours, "Hostname mismatch"),
        ("https://hook.example/", others, "self-signed certificate"),
    ):
        answered = receiver(url, tls=tls).post(BODY)
        assert (answered.status, answered.verdict) == (0, "later")
        assert why in answered.why
    assert len(hook.requests) == 2


NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", 0), ("0", 0), ("120", 120), (" 7 ", 7), ("-3", 0), ("1.5", 0), ("soon", 0), ("²", 0), ("9" * 400, 999999999)]
    + [(formatdate(NOW + 90, usegmt=True), 90), (formatdate(NOW - 90, usegmt=True), 0)]
    + [("Wed, 99 Foo 2024 00:00:00 GMT", 0), ("Mon, 01 Jan 99999 00:00:00 GMT", 0)],
)
def test_the_time_to_wait_is_read(value: str, expected: float) -> None:
    """Seconds or a date; anything else is none."""
    assert retry_after(value, NOW) == expected


@pytest.mark.parametrize("form", ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S -0000"])
def test_dates_are_those_of_greenwich(live_in: Callable[[str], None], form: str) -> None:
    """Also in the obsolete forms, which name no time zone, on a machine elsewhere."""
    live_in("America/New_York")

    assert retry_after(time.strftime(form, time.gmtime(NOW + 90)), NOW) == 90


def test_the_time_to_wait_arrives(hook: Hook) -> None:
    """With the answer."""
    hook.answers = [answer(429, Retry_After="7"), answer(503, Retry_After="nonsense")]
    one = receiver(hook.url)

    assert one.post(BODY).retry_after_s == 7
    assert one.post(BODY).retry_after_s == 0
    assert one.post(BODY) == Answer(status=204, kind="204", why="it answers 204")
