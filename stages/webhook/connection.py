"""A connection to one of the checked addresses, with one deadline for everything it does."""

import contextlib
import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore

from stages.webhook.address import SocketAddress

CONNECT_S = 5.0
"""Seconds to wait for one address to accept a connection."""

MOST_READ = 4096
"""Bytes read at once; of an answer only the beginning is needed."""


class Deadline:
    """The time at which a request must have ended.

    Args:
        seconds: Seconds from now.
    """

    def __init__(self, seconds: float) -> None:
        self._end_s = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left.

        Raises:
            TimeoutError: None are left.
        """
        left = self._end_s - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


class Connector(httpcore.NetworkBackend):
    """Connects to given addresses and ignores the URL's host; TLS still checks the certificate against that host.

    Args:
        addresses: Tried in order.
        deadline: When the request must have ended.
    """

    def __init__(self, addresses: Sequence[SocketAddress], deadline: Deadline) -> None:
        self._addresses, self._deadline = addresses, deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that accepts.

        Raises:
            OSError: None does.
        """
        failure: OSError = ConnectionError("no address")
        for family, address in self._addresses:
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                connection.settimeout(min(CONNECT_S, self._deadline.left()))
                connection.connect(address)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                connection.close()
                failure = error
            else:
                return _Stream(connection, self._deadline)
        raise failure


class _Stream(httpcore.NetworkStream):
    """A connection whose every operation ends by the deadline, also if the peer sends a byte now and then."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._socket, self._deadline = connection, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._socket.settimeout(self._deadline.left())
        return self._socket.recv(min(max_bytes, MOST_READ))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        try:
            while rest:
                self._socket.settimeout(self._deadline.left())
                rest = rest[self._socket.send(rest) :]
        except OSError as error:
            # the library then reads the answer of a receiver that did not read to the end
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self._socket.settimeout(self._deadline.left())
        try:
            return _Stream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._deadline)
        except BaseException:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        return None
