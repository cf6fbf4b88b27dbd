"""CURVE on sockets: who listens lets in those whose public key it knows, who connects knows the key of the listener.

Sockets of this machine alone need none of it. pyzmq's authenticator decides (ZAP); a connection that fails before it is
asked is logged by `pipeline.transport.handshakes`.
"""

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import zmq

from pipeline.config.keys import KeyPair, read_pair
from pipeline.config.plan import Plan
from pipeline.config.reach import host_of
from pipeline.transport.handshakes import CLIENT, PLAIN, SERVER, Handshakes

if TYPE_CHECKING:
    from pipeline.transport.door import Door

RETRY_S = 1.0
"""Seconds until a refused client tries again: its key may be allowed by then."""
ALIVE = ((zmq.TCP_KEEPALIVE, 1), (zmq.TCP_KEEPALIVE_IDLE, 10), (zmq.TCP_KEEPALIVE_INTVL, 5), (zmq.TCP_KEEPALIVE_CNT, 3))
"""Options of sockets: the kernel asks a silent peer after 10 s and then every 5 s whether it is there. After three
questions without an answer, after 25 s, the connection has failed. Without them, who only listens never notices that
the machine at the other end has lost its power or network. A process that is merely stopped is answered for by its
kernel and loses nothing, unlike with ZeroMQ's own heartbeats."""

Context = zmq.Context[zmq.Socket[bytes]]
Socket = zmq.Socket[bytes]


def key_of_link(plan: Plan, name: str) -> KeyPair | None:
    """Return the key pair that all machines of a run share; None for a stage that no other machine sends frames.

    Raises:
        ConfigError: The file cannot be used.
    """
    return read_pair(Path(plan.run.key)) if plan.run.key and plan.crosses_machines(name) else None


class Listener:
    """The listening end of a socket.

    Args:
        kind: Its type, `zmq.PUB` or `zmq.PULL`.
        address: Where it will be bound.
        own: Its key pair; None: without encryption.
        clients: Public keys that may connect, beside its own.
    """

    def __init__(
        self, kind: int, address: str, own: KeyPair | None = None, clients: frozenset[str] = frozenset()
    ) -> None:
        # each authenticator answers for a whole context
        self._own_context: Context | None = zmq.Context() if own else None
        context: Context = self._own_context or zmq.Context.instance()
        self.socket: Socket = context.socket(kind)
        """The socket, not bound yet."""
        _prepare(self.socket, address)
        self._door: Door | None = None
        self._handshakes: Handshakes | None = None
        if own:
            # before the socket is bound: without an authenticator everybody is let in
            from pipeline.transport import door  # imports asyncio, which nothing else here needs

            self._door = door.Door(context, address, clients | {own.public})
            self._door.start()
            self.socket.setsockopt(zmq.CURVE_SERVER, 1)
            self.socket.setsockopt(zmq.CURVE_SECRETKEY, own.secret.encode())
            self._handshakes = Handshakes(self.socket, address, SERVER)

    def close(self) -> None:
        """Close the socket; what waits has its `LINGER` to leave."""
        self.socket.close()
        if self._handshakes:
            self._handshakes.join()
        if self._door:
            self._door.stop()
        if self._own_context:
            self._own_context.term()


class Caller:
    """The connecting end of a socket.

    Args:
        socket: The socket, not connected yet.
        address: The listening end.
        server_key: Its public key; empty: without encryption.
        own: The key pair of this end, needed with `server_key`.
    """

    def __init__(self, socket: Socket, address: str, server_key: str = "", own: KeyPair | None = None) -> None:
        self._socket, self._address = socket, address
        self._tried_s = time.monotonic()
        self._handshakes: Handshakes | None = None
        _prepare(socket, address)
        if server_key and own:
            socket.setsockopt(zmq.CURVE_SERVERKEY, server_key.encode())
            socket.setsockopt(zmq.CURVE_PUBLICKEY, own.public.encode())
            socket.setsockopt(zmq.CURVE_SECRETKEY, own.secret.encode())
        if address.startswith("tcp://"):
            self._handshakes = Handshakes(socket, address, CLIENT if server_key else PLAIN)
        socket.connect(address)

    @property
    def connected(self) -> bool:
        """Return whether the other end is there; of one on this machine, without TCP, it is not known to be absent."""
        return self._handshakes is None or self._handshakes.connected

    def renew(self) -> None:
        """Connect again if the other end has refused this one; called by the thread that uses the socket."""
        if self._handshakes and self._handshakes.refused and time.monotonic() - self._tried_s > RETRY_S:
            self._tried_s, self._handshakes.refused = time.monotonic(), False
            with suppress(zmq.ZMQError):  # ZeroMQ has dropped the connection itself
                self._socket.disconnect(self._address)
            self._socket.connect(self._address)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
        if self._handshakes:
            self._handshakes.join()


def _prepare(socket: Socket, address: str) -> None:
    if not address.startswith("tcp://"):
        return
    for option, value in ALIVE:
        socket.setsockopt(option, value)
    if ":" in host_of(address.removeprefix("tcp://")):
        socket.setsockopt(zmq.IPV6, 1)
