"""Checks every request: accepted host names, cross-site changes, login."""

import asyncio
import base64
import json
import math
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
"""Paths that are open without a login."""
HEADERS = {
    # NiceGUI compiles templates in the browser and uses inline scripts; everything comes from this server
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
    """ASGI middleware.

    - It refuses a request for a foreign host name: another site whose name resolves to this machine (DNS rebinding)
      could otherwise read everything. IP addresses cannot be used for that.
    - Requests that change something, and every WebSocket, must come from a page of this server.
    - With a door, only authenticated requests get past the login page.

    Args:
        app: The application to protect.
        door: Checks credentials; None if no login is required.
        names: Accepted host names beside `localhost` and addresses.
        cookie: Name of the session cookie.
    """

    def __init__(self, app: App, door: Door | None, names: frozenset[str], cookie: str) -> None:
        self.app = app
        self._door = door
        self._names = {_as_sent(name) for name in names} | {"localhost"}
        self._cookie = cookie

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Refuse the request, or forward it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not self._answers_to(headers.get("host", "")):
            text = "This page does not accept that host name; add it to `names` of the web output."
            await _refuse(scope, send, 421, text)
        elif not _from_here(scope, headers):
            await _refuse(scope, send, 403, "Refused: the request comes from another site.")
        elif self._door and scope["path"] not in OPEN_PATHS and not await self._let_in(scope, headers, self._door):
            await self._send_to_login(scope, headers, send, self._door)
        else:
            await self.app(scope, receive, _with_headers(send))

    def _answers_to(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:  # an unmatched bracket
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

    async def _send_to_login(self, scope: Message, headers: dict[str, str], send: Send, door: Door) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            query = scope.get("query_string", b"").decode("latin-1")
            there = quote(scope["path"] + (f"?{query}" if query else ""), safe="")
            await _answer(send, 303, b"", [(b"location", f"/login?next={there}".encode())])
        else:
            # programs that read a stream answer this with their credentials; browsers would open their own dialog
            ask = [(b"www-authenticate", b'Basic realm="Emobot"')] if scope["path"].endswith(".mjpg") else []
            wait_s = door.wait_s(scope["client"][0])
            if "authorization" not in headers:
                await _refuse(scope, send, 401, "Log in first, or send `Authorization: Bearer TOKEN`.", ask)
            elif wait_s > 0:
                text = f"Too many wrong logins from this address: wait {math.ceil(wait_s)} s."
                await _refuse(scope, send, 429, text)
            else:
                await _refuse(scope, send, 401, "This token or password is wrong.", ask)


def _from_here(scope: Message, headers: dict[str, str]) -> bool:
    """Return whether a request comes from a page of this server, or from no page at all."""
    if scope["type"] == "http" and scope["method"] in SAFE_METHODS and "/_nicegui_ws/" not in scope["path"]:
        return True
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    try:
        there = urlsplit(origin)
        # anyone can forge a page loaded without encryption; one loaded with it may have come through a proxy
        trusted = there.scheme == "https" or scope.get("scheme", "http") in ("http", "ws")
        return trusted and there.netloc == headers.get("host", "")
    except ValueError:
        return False


def _as_sent(name: str) -> str:
    """Return a host name as browsers send it, non-ASCII letters in Punycode."""
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name


def _decoded(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode("utf-8", "replace")
    except ValueError:  # includes names that are not ASCII
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
        # before acceptance, closing answers with 403
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
