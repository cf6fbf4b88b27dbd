"""https, with a redirect from http on the same port."""

import re
import ssl
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError

HANDSHAKE = 0x16
"""First byte of a TLS connection (RFC 8446, 5.1: a record of this type)."""
_REQUEST = re.compile(
    rb"(?:GET|HEAD) (/[!-~]*) HTTP/1\.[01]\r\n(?:[^\r\n]+\r\n)*?host: *([\w.:\[\]-]+) *\r\n", re.IGNORECASE
)


def load_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return a server's TLS context.

    Args:
        certificate: PEM file.
        key: PEM file of its key; may be the same file.

    Raises:
        ConfigError: OpenSSL refuses them, for example for a short key or a weak signature.
    """
    context = _Context(ssl.PROTOCOL_TLS_SERVER)
    context.sslobject_class = _Connection
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        raise ConfigError(
            f"certificate: expected one that OpenSSL accepts, found {certificate} ({error.reason})"
        ) from error
    return context


class _Connection(ssl.SSLObject):
    """The server's end of a connection that may turn out to be unencrypted."""

    incoming: ssl.MemoryBIO
    outgoing: ssl.MemoryBIO
    begun = answered = False

    def do_handshake(self) -> None:
        """Continue the handshake, or answer a client that did not start one."""
        if self.answered:
            raise ssl.SSLError("expected the end of an answered connection, found more")
        if not self.begun and (first := self.incoming.read()):
            if first[0] != HANDSHAKE:
                self.answered = True
                self.outgoing.write(_answer(first))
                raise ssl.SSLWantReadError  # flushes the answer; the client closes the connection
            self.begun = True
            self.incoming.write(first)
        super().do_handshake()


class _Context(ssl.SSLContext):
    """Gives each connection its input and output buffers."""

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *args: Any, **named: Any) -> ssl.SSLObject:
        """Return the server's end of a new connection."""
        connection = super().wrap_bio(incoming, outgoing, *args, **named)
        assert isinstance(connection, _Connection)
        connection.incoming, connection.outgoing = incoming, outgoing
        return connection


def _answer(request: bytes) -> bytes:
    """Return the response to an unencrypted request."""
    found = _REQUEST.match(request)
    # temporary: the page must stay reachable if its owner removes the certificate
    status = b"307 Temporary Redirect" if found else b"400 Bad Request"
    location = b"location: https://%b%b\r\n" % (found[2], found[1]) if found else b""
    body = b"" if found else b"This page speaks https only.\n"
    return b"HTTP/1.1 %b\r\n%bconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (status, location, len(body), body)
