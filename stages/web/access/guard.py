"""What stands before every request: which names the page answers to, who may change something, who is let in."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlsplit

from stages.web.access.credentials import Door

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OPEN_PATHS = ("/login", "/page.css", "/favicon.ico", "/healthz")
"""What is shown to those who are not let in yet."""
HEADERS = {
    # NiceGUI compiles its templates in the browser and has inline scripts; everything comes from this server
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval';"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:;"
    " connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


class Guard:
    """An ASGI application around another one.

    - A request for a name that is not this machine's is refused: a foreign page that lets its own name point here
      (DNS rebinding) could otherwise read everything. Addresses in numbers cannot be used for that.
    - What changes something, and every WebSocket, must come from a page of this server.
    - Where there is a door, only those it admits get further than the login page.

    Args:
        app: What is guarded.
        door: Asks for credentials; None where everybody is let in.
        names: Names the page answers to beside `localhost` and addresses.
        cookie: Name of the session's cookie.
    """

    def __init__(self, app: App, door: Door | None, names: frozenset[str], cookie: str) -> None:
        self.app = app
        self._door = door
        self._names = {_as_sent(name) for name in names} | {"localhost"}
        self._cookie = cookie

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not self._answers_to(headers.get("host", "")):
            text = "This page does not answer to that name; add it to `names` of the web output."
            await _refuse(scope, send, 421, text)
        elif not _from_here(scope, headers):
            await _refuse(scope, send, 403, "Refused: the request comes from another site.")
        elif self._door and scope["path"] not in OPEN_PATHS and not await self._let_in(scope, headers, self._door):
            await self._send_to_login(scope, headers, send)
        else:
            await self.app(scope, receive, _with_headers(send))

    def _answers_to(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:  # a bracket without its other half
            return False
        try:
            ip_address(name)
        except ValueError:
            return name in self._names
        return True

    async def _let_in(self, scope: Message, headers: dict[str, str], door: Door) -> bool:
        for pair in headers.get("cookie", "").split(";"):
            name, _, value = pair.strip().partition("=")
            if name == self._cookie and door.admits(value):
                return True
        kind, _, given = headers.get("authorization", "").partition(" ")
        address = scope["client"][0]
        if kind.lower() == "bearer":
            return door.knock(address, token=given.strip())
        if kind.lower() == "basic":
            user, _, password = _decoded(given).partition(":")
            return await asyncio.to_thread(door.knock, address, user=user, password=password, token=password)
        return False

    async def _send_to_login(self, scope: Message, headers: dict[str, str], send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            query = scope.get("query_string", b"").decode("latin-1")
            there = quote(scope["path"] + (f"?{query}" if query else ""), safe="")
            await _answer(send, 303, b"", [(b"location", f"/login?next={there}".encode())])
        else:
            # programs that read a stream answer this with what they know; browsers would ask in a window of their own
            ask = [(b"www-authenticate", b'Basic realm="Emobot"')] if scope["path"].endswith(".mjpg") else []
            await _refuse(scope, send, 401, "Log in first, or send `Authorization: Bearer TOKEN`.", ask)


def _from_here(scope: Message, headers: dict[str, str]) -> bool:
    """Return whether a request that may change something was made by a page of this server, or by no page at all."""
    if scope["type"] == "http" and scope["method"] in SAFE_METHODS and "/_nicegui_ws/" not in scope["path"]:
        return True
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    try:
        there = urlsplit(origin)
        # a page that came without encryption may be anybody's; one with it may have come through a proxy to here
        trusted = there.scheme == "https" or scope.get("scheme", "http") in ("http", "ws")
        return trusted and there.netloc == headers.get("host", "")
    except ValueError:
        return False


def _as_sent(name: str) -> str:
    """Return a name as browsers send it, with letters beyond ASCII in Punycode."""
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name


def _decoded(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode("utf-8", "replace")
    except ValueError:  # also where it is not even ASCII
        return ""


def _with_headers(send: Send) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            more = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in present]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return answer


async def _refuse(
    scope: Message, send: Send, status: int, text: str, headers: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    if scope["type"] == "websocket":
        # before it is accepted this is answered with 403
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    for_programs = scope["path"].startswith("/api/")
    body = json.dumps({"error": text}) if for_programs else text
    kind = b"application/json" if for_programs else b"text/plain; charset=utf-8"
    await _answer(send, status, body.encode(), [(b"content-type", kind), *headers])


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    start = {"type": "http.response.start", "status": status, "headers": headers}
    await _with_headers(send)(start)
    await send({"type": "http.response.body", "body": body})
