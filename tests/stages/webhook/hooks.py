"""A receiver of webhooks that does what a test wants."""

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest


@dataclass
class Request:
    """What a receiver got."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def ids(self) -> list[str]:
        """The IDs of the events in it."""
        return [event["id"] for event in msgspec.json.decode(self.body)]


@dataclass
class Hook:
    """A server on this machine; `answers` are used up in turn, then it answers 204."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    answers: list[Callable[["Handler"], None]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    """Set when what hangs may end."""
    server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook?token=t0ken"

    def serve_tls(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        assert self.server
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    hook: Hook

    def do_POST(self) -> None:
        """Keep the request, and answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.hook.requests.append(Request(self.path, dict(self.headers), body))
        (self.hook.answers.pop(0) if self.hook.answers else answer(204))(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


def answer(status: int, text: str = "", **headers: str) -> Callable[[Handler], None]:
    """Return what answers with a status and headers."""

    def send(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text.encode())

    return send


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Return a receiver."""
    one = Hook()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hook": one}))
    server.daemon_threads = False
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # who was cut off
    one.server, one.port = server, server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield one
    finally:
        one.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
