"""A page with https answers those who come with http, and sends them to itself."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from stages.web.access import certificate as module
from stages.web.access.tls import load_context


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    """Return a file with a certificate for this machine, and its key."""
    path = tmp_path / "one.pem"
    path.write_bytes(module.make_pem(frozenset(("localhost", "127.0.0.1"))))
    return path


@pytest.fixture
def port(pem: Path) -> Iterator[int]:
    """Serve one line to clients that use https."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"inside " + await reader.readline())
        await writer.drain()
        writer.close()

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(answer, "127.0.0.1", 0, ssl=load_context(pem, pem)))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(server.close)
    asyncio.run_coroutine_threadsafe(server.wait_closed(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


async def talk(port: int, sent: bytes, tls: ssl.SSLContext | None = None) -> bytes:
    """Return what is answered until the other end closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    try:
        writer.write(sent)
        return await asyncio.wait_for(reader.read() if tls else reader.readuntil(b"\r\n\r\n"), 10)
    finally:
        writer.close()
        await writer.wait_closed()


def test_https_is_served(port: int, pem: Path) -> None:
    """Who trusts the certificate reaches the page under the address that it is for."""
    context = ssl.create_default_context(cafile=str(pem))

    assert asyncio.run(talk(port, b"hello\n", context)) == b"inside hello\n"


@pytest.mark.parametrize(
    ("target", "host"),
    [("/", "192.0.2.7:8080"), ("/camera/me?x=1", "cam.local"), ("//evil.example/", "[2001:db8::1]:8080")],
)
def test_http_is_sent_to_https(port: int, target: str, host: str) -> None:
    """The redirect keeps address and host, and is temporary."""
    request = f"GET {target} HTTP/1.1\r\nAccept: text/html\r\nHost: {host}\r\nCookie: a=b\r\n\r\n"
    status, *headers = asyncio.run(talk(port, request.encode())).decode().split("\r\n")

    assert status == "HTTP/1.1 307 Temporary Redirect"
    assert f"location: https://{host}{target}" in headers


@pytest.mark.parametrize(
    "request_",
    [
        *(b"POST /login HTTP/1.1\r\nHost: cam\r\n\r\ntoken=secret", b"GET / HTTP/1.1\r\n\r\n", b"SSH-2.0-x\r\n"),
        *(b"GET /a b HTTP/1.1\r\nHost: cam\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", b"\x00\xff" * 50_000),
        *(b"GET /\xc3\xa9 HTTP/1.1\r\nHost: cam\r\n\r\n", b"GET / HTTP/1.1\r\nHost: cam@evil.example\r\n\r\n"),
    ],
)
def test_what_else_comes_without_encryption_is_told_so(port: int, request_: bytes) -> None:
    """What changes something, or is no request, is sent nowhere."""
    answer = asyncio.run(talk(port, request_))

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"location" not in answer


def test_a_key_that_openssl_refuses_is_told_in_one_line(pem: Path, tmp_path: Path) -> None:
    """The line gives the reason."""
    other = tmp_path / "other.pem"
    other.write_bytes(module.make_pem(frozenset(("localhost",))))

    with pytest.raises(ConfigError, match=r"one that OpenSSL accepts, found .*one.pem \(\w+\)"):
        load_context(pem, other)
