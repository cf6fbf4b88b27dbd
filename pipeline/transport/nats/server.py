"""A NATS server: its address, the login, TLS, and a connection that is made once."""

import asyncio
import base64
import contextlib
import importlib.util
import logging
import os
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.errors import ConfigError, InputError, MissingPart
from pipeline.foreign import one_line

PORT = 4222
"""Default port, as registered with IANA."""
HERE = "nats://127.0.0.1"
"""Address of a server on this machine."""
CONNECT_S = 3.0
"""Seconds to wait for a server to accept a connection."""
CLOSE_S = 0.5
"""Seconds that the end of a connection may take."""
PING_S = 5.0
"""Seconds between pings; after two without an answer the connection counts as broken."""
logging.getLogger("asyncio").addFilter(lambda record: "eof_received() has no effect" not in record.getMessage())
# the library's streams change to TLS after the connection was made; asyncio then warns at the end of each of them
INSTALL = ".venv/bin/pip install nats-py==2.16.0"
_SEED_PREFIX = 2
"""Bytes in front of the key in a decoded seed; two bytes of a checksum follow it."""


@dataclass(frozen=True, kw_only=True)
class NatsServer:
    """One or several servers of a cluster, and the login for them."""

    urls: tuple[str, ...]
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    creds: str = ""
    """Path of a credentials file; empty: none."""
    tls: ssl.SSLContext | None = None
    """Trusted certificates; None without TLS."""

    @property
    def name(self) -> str:
        """Return the servers' addresses, for messages."""
        return ", ".join(url.partition("://")[2] for url in self.urls)


def parse_server(
    urls: str, credentials_env: str = "", creds: str = "", ca: str = "", *, verify_tls: bool = True
) -> NatsServer:
    """Parse the address of a server.

    Args:
        urls: `nats://HOST[:PORT]`, or `tls://` for TLS; several servers of a cluster with commas between them.
        credentials_env: Environment variable with `user:password` or a token; "" for none.
        creds: Credentials file of a user with a key (`.creds`); "" for none.
        ca: PEM file with the trusted authorities' certificates; "": those this machine trusts.
        verify_tls: Whether the server's certificate is verified.

    Raises:
        ConfigError: The address is malformed or holds a login, or the environment variable is missing.
        InputError: `ca` or `creds` is not a file of its kind.
        MissingPart: nats-py is not installed.
    """
    if importlib.util.find_spec("nats") is None:
        raise MissingPart(f"expected nats-py, found that it is not installed: {INSTALL}")
    found = tuple(_parse_url(url.strip()) for url in urls.split(","))
    schemes = {url.partition("://")[0] for url in found}
    if len(schemes) > 1:
        raise ConfigError("expected either nats:// or tls:// for all servers, found both")
    if creds and credentials_env:
        raise ConfigError("expected creds or credentials_env, found both")
    if creds:
        read_creds(creds)
    login = os.environ.get(credentials_env, "") if credentials_env else ""
    if credentials_env and not login:
        raise ConfigError(
            f"expected user:password or a token in the environment variable {credentials_env}, found no such variable"
        )
    user, colon, password = login.partition(":")
    return NatsServer(
        urls=found,
        user=user if colon else "",
        password=password,
        token="" if colon else login,
        creds=creds,
        tls=_trust(ca, verify_tls=verify_tls) if schemes == {"tls"} else None,
    )


def _parse_url(url: str) -> str:
    # a mistyped URL may hold a login in an unexpected place
    found = "one with a login" if "@" in url else repr(url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or PORT
        (host or "").encode("idna")
    except ValueError as error:  # includes UnicodeError
        raise ConfigError(f"expected an address such as nats://192.168.1.5, found {found} ({error})") from None
    if parts.scheme not in ("nats", "tls") or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError(f"expected an address such as nats://192.168.1.5 or tls://HOST:4222, found {found}")
    if parts.username is not None:
        raise ConfigError(f"expected the login in an environment variable, see credentials_env, found {found}")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _trust(ca: str, *, verify_tls: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca or None)
    except OSError as error:  # includes ssl.SSLError, for a broken file
        found = "nothing" if not Path(ca).is_file() else "none"
        raise InputError(f"expected certificates in PEM, found {found}: {ca}") from error
    if not verify_tls:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def read_creds(path: str) -> tuple[str, Callable[[str], bytes]]:
    """Return the user's token (JWT) in a credentials file, and what signs a server's challenge with its key.

    Raises:
        InputError: The file cannot be read, or holds no token and key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        text = Path(path).read_text("ascii")
        jwt, seed = re.findall(r"-{3,}BEGIN [^-]+-{3,}\s+(\S+)\s+-{3,}END", text)
        # base32 without its padding
        raw = base64.b32decode(seed + "=" * (-len(seed) % 8))
        key = Ed25519PrivateKey.from_private_bytes(raw[_SEED_PREFIX : _SEED_PREFIX + 32])
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no token and key in it"
        raise InputError(f"expected a credentials file of NATS, found {path}: {why}") from error
    return jwt, lambda nonce: base64.b64encode(key.sign(nonce.encode()))


async def connect(server: NatsServer, report: Callable[[str], None], name: str = "emobot") -> tuple[Any, asyncio.Event]:
    """Connect once; a client that has lost its connection never comes back, so nothing is sent late.

    Args:
        server: The server.
        report: Called with what the server refuses later, one line each.
        name: The connection's name, as the server lists it.

    Returns:
        A client of nats-py, and an event that is set once the connection is broken.

    Raises:
        InputError: The server cannot be reached, or refuses the login; one line says why.
    """
    from nats.aio.client import Client
    from nats.errors import NoServersError, SecureConnRequiredError

    class OneTimeClient(Client):
        @property
        def asks_for_login(self) -> bool:
            return bool({"auth_required", "nonce"} & self._server_info.keys())

        def _connect_command(self) -> bytes:
            # with tls:// nothing is sent before the server's certificate has been checked
            if server.tls is not None and not self._server_info.get("tls_required"):
                raise SecureConnRequiredError
            return super()._connect_command()

    broken = asyncio.Event()
    last: list[Exception] = []
    connected = False

    async def note(error: Exception) -> None:
        last[:] = [error]
        if connected and not isinstance(error, OSError | EOFError):
            report(describe(error))

    async def end() -> None:
        broken.set()

    login: dict[str, Any] = {}
    if server.creds:
        jwt, sign = read_creds(server.creds)
        login = {"user_jwt_cb": lambda: jwt.encode(), "signature_cb": sign}
    elif server.token:
        login = {"token": server.token}
    elif server.user:
        login = {"user": server.user, "password": server.password}
    if server.tls is not None:
        login["tls"] = server.tls
    has_login = bool(login.keys() - {"tls"})
    for url in server.urls:
        client = OneTimeClient()
        try:
            await asyncio.wait_for(
                client.connect(
                    [url],
                    name=name,
                    error_cb=note,
                    disconnected_cb=end,
                    closed_cb=end,
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    connect_timeout=int(CONNECT_S),
                    ping_interval=int(PING_S),
                    max_outstanding_pings=2,
                    **login,
                ),
                2 * CONNECT_S,
            )
        except Exception as error:  # the library raises what sockets, TLS and JSON raise
            if isinstance(error, ConnectionError) and client.asks_for_login:
                # its answer may be lost with the connection, which it closes at once
                error = ConnectionError("Authorization Violation")
            why = _explained(last[-1] if isinstance(error, NoServersError) and last else error, server, has_login)
            await disconnect(client)
            last[:] = [why]
            continue
        connected = True
        return client, broken
    raise InputError(describe(last[-1]))


async def disconnect(client: Any) -> None:
    """End a connection, also one that no longer answers."""
    with contextlib.suppress(Exception):  # the library waits for ever for the end of a broken TLS connection
        await asyncio.wait_for(client.close(), CLOSE_S)
    with contextlib.suppress(Exception):
        client._transport.close()
        await asyncio.sleep(0)  # the loop closes the socket in its next round


def _explained(error: Exception, server: NatsServer, has_login: bool) -> Exception:
    """Return an error that says what to change, where the library's own does not."""
    if "authorization violation" in str(error).lower():
        what = "the server refuses this login" if has_login else "the server asks for a login"
        return ConnectionError(f"{what} (Authorization Violation); see credentials_env and creds")
    if isinstance(error, ssl.SSLError) and server.tls is None:
        return ConnectionError("the server asks for TLS; use tls://")
    return error


def describe(error: Exception) -> str:
    """Return an error of the library in a few words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{error.verify_message}; see ca and verify_tls"
    if isinstance(error, TimeoutError):
        return "no answer"
    if type(error).__name__ == "SecureConnRequiredError":
        return "expected TLS, found a server without"
    text = (error.strerror if isinstance(error, OSError) else None) or getattr(error, "description", None) or str(error)
    return one_line(str(text).removeprefix("nats: ") or type(error).__name__)
