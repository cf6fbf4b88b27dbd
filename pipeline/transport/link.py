"""Sockets between processes: the consumer binds, producers connect and reconnect by themselves.

Sockets are opened in the process that uses them, after it has started. The slots of the frame rings limit the frames in
flight; the high-water marks lie above that and only limit the unread messages of a reader without pixels.
"""

import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import msgspec
import zmq

from pipeline.config.keys import KeyPair
from pipeline.errors import ConfigError, InputError
from pipeline.transport.curve import Caller, Listener
from pipeline.transport.slots import HIGH_WATER_MARK
from pipeline.transport.wire import Codec

M = TypeVar("M", bound=msgspec.Struct)

LINGER_MS = 2000
"""Milliseconds a closing process waits for the reader to accept its last messages."""
RECONNECT_MS, SECURE_RECONNECT_MS = 20, 200
"""Milliseconds between attempts to reach the reader, without and with a key: a handshake then takes 3.5 ms of CPU, both
ends together, instead of 0.8, and a wrong key fails at every one."""
_NO_WAIT, _MORE = int(zmq.NOBLOCK), int(zmq.SNDMORE)
"""As numbers: combining flags of an enumeration takes as long as sending."""


class Inlet(Generic[M]):
    """Receives the messages of any number of producers, fairly mixed.

    Args:
        address: Where to bind, `ipc://...` or `tcp://...`.
        kind: The type of the messages.
        high_water_mark: How many messages may wait to be received, from each producer.
        key: Key pair of the run, which every producer must have; None: without encryption.

    Raises:
        ConfigError: The address cannot be bound.
    """

    def __init__(
        self, address: str, kind: type[M], high_water_mark: int = HIGH_WATER_MARK, key: KeyPair | None = None
    ) -> None:
        self._codec = Codec(kind)
        self._listener = Listener(zmq.PULL, address, key)
        self._socket = self._listener.socket
        self._socket.setsockopt(zmq.RCVHWM, high_water_mark)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._poller = zmq.Poller()  # `Socket.poll` makes one each time
        self._poller.register(self._socket, zmq.POLLIN)
        self.refused = 0
        """Number of messages that were not of this type."""
        try:
            self._socket.bind(address)
        except zmq.ZMQError as error:
            self._listener.close()
            raise ConfigError(f"expected an address to listen on, found {address}: {error.strerror}") from error

    def receive(self, timeout_s: float, most: int = 1, max_wait_ms: float = 0.0) -> Iterator[M]:
        """Yield what has arrived, at most `most` messages.

        Args:
            timeout_s: Seconds to wait for the first message.
            most: Maximum number of messages.
            max_wait_ms: Milliseconds to wait after the first message for the batch to fill.
        """
        wait_ms, deadline = int(timeout_s * 1000), 0.0
        for n in range(most):
            if not self._poller.poll(wait_ms):
                return
            try:
                yield self._codec.decode(self._parts())
            except InputError:
                self.refused += 1
            if not n:
                deadline = time.monotonic() + max_wait_ms / 1000
            wait_ms = max(0, round((deadline - time.monotonic()) * 1000))

    def _parts(self) -> list[memoryview]:
        """Return the parts of the next message, which stay in ZeroMQ's memory while something refers to them.

        `recv_multipart` asks the socket after each part whether there are more.
        """
        frames = [self._socket.recv(copy=False)]
        while frames[-1].more:
            frames.append(self._socket.recv(copy=False))
        return [frame.buffer for frame in frames]

    def close(self) -> None:
        """Stop listening; unreceived messages are lost."""
        self._listener.close()


class Outlet(Generic[M]):
    """Sends messages to one reader.

    Args:
        address: Where the reader binds; it need not be there yet.
        kind: The type of the messages.
        high_water_mark: How many messages may wait for the reader.
        key: Key pair of the run, which the reader must have; None: without encryption.
    """

    def __init__(
        self, address: str, kind: type[M], high_water_mark: int = HIGH_WATER_MARK, key: KeyPair | None = None
    ) -> None:
        self._codec = Codec(kind)
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.PUSH)
        self._socket.setsockopt(zmq.SNDHWM, high_water_mark)
        self._socket.setsockopt(zmq.LINGER, LINGER_MS)
        # a reader that starts or was restarted is found in tens of milliseconds, however long it was away
        self._socket.setsockopt(zmq.RECONNECT_IVL, SECURE_RECONNECT_MS if key else RECONNECT_MS)
        self._caller = Caller(self._socket, address, key.public if key else "", key)

    @property
    def connected(self) -> bool:
        """Return whether the reader is there; one on this machine is taken to be."""
        return self._caller.connected

    def send(self, message: M, timeout_s: float = 0.0) -> bool:
        """Queue the message; return False if the reader's queue is still full after `timeout_s`."""
        self._caller.renew()
        if timeout_s and not self._socket.poll(int(timeout_s * 1000), zmq.POLLOUT):
            return False
        try:
            # copied: the arrays lie in slots that are written again, and most messages are smaller than a page
            send_parts(self._socket, self._codec.encode(message), _NO_WAIT)
        except zmq.Again:
            return False
        return True

    def close(self) -> None:
        """Close the socket; queued messages still have `LINGER_MS` to arrive."""
        self._caller.close()


def send_parts(socket: "zmq.Socket[bytes]", parts: Sequence[Any], flags: int = 0) -> None:
    """Send a message of one or more parts, as `send_multipart` does; the others cannot fail once the first is queued.

    Raises:
        zmq.Again: It would have to wait, and `flags` forbid it.
    """
    for part in parts[:-1]:
        socket.send(part, flags | _MORE)
    socket.send(parts[-1], flags)


class Sockets:
    """Closes all sockets of a process together: `with Sockets(): ...` waits for the last messages to leave."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        zmq.Context.instance().destroy(linger=None if kind is None else 0)
