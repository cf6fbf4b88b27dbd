"""https, and an answer for those who come with http: they are sent to the same address with https."""

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
    """Return what encrypts the connections of a server.

    Args:
        certificate: PEM file.
        key: PEM file of its key; may be the same.

    Raises:
        ConfigError: OpenSSL refuses them: too short a key, too weak a signature.
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
    """The server's end of a connection, which may turn out not to be encrypted."""

    incoming: ssl.MemoryBIO
    outgoing: ssl.MemoryBIO
    begun = answered = False

    def do_handshake(self) -> None:
        """Go on with the handshake, or answer somebody who did not begin one."""
        if self.answered:
            raise ssl.SSLError("expected the end of an answered connection, found more")
        if not self.begun and (first := self.incoming.read()):
            if first[0] != HANDSHAKE:
                self.answered = True
                self.outgoing.write(_answer(first))
                raise ssl.SSLWantReadError  # sends what is written; the other end closes
            self.begun = True
            self.incoming.write(first)
        super().do_handshake()


class _Context(ssl.SSLContext):
    """Tells its connections where their bytes come and go."""

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *args: Any, **named: Any) -> ssl.SSLObject:
        """Return the end of a new connection."""
        connection = super().wrap_bio(incoming, outgoing, *args, **named)
        assert isinstance(connection, _Connection)
        connection.incoming, connection.outgoing = incoming, outgoing
        return connection


def _answer(request: bytes) -> bytes:
    """Return what to say to a request that came without encryption."""
    found = _REQUEST.match(request)
    # not for ever: who takes the certificate away again has to be found
    status = b"307 Temporary Redirect" if found else b"400 Bad Request"
    location = b"location: https://%b%b\r\n" % (found[2], found[1]) if found else b""
    body = b"" if found else b"This page speaks https only.\n"
    return b"HTTP/1.1 %b\r\n%bconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (status, location, len(body), body)
