"""Publish and subscribe: a slow subscriber loses messages and delays nobody else."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import msgspec
import zmq

from pipeline.config.options import PORT
from pipeline.errors import ConfigError, InputError
from pipeline.events import AnyEvent, topic_of

ADDRESS = f"^(tcp://.+:([*]|{PORT})|(ipc|inproc)://.+)$"
"""Regular expression of valid addresses to publish on."""
HIGH_WATER_MARK = 1000
"""Messages queued for a slow subscriber; it loses the messages after them."""
LINGER_MS = 500
"""Milliseconds the last messages have to leave after `close`."""


class Publisher:
    """Publishes events.

    Args:
        address: Where to listen for subscribers, for example `tcp://127.0.0.1:5556`.

    Raises:
        ConfigError: The address is malformed or in use.
    """

    def __init__(self, address: str) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.PUB)
        self._socket.setsockopt(zmq.SNDHWM, HIGH_WATER_MARK)
        self._socket.setsockopt(zmq.LINGER, LINGER_MS)
        try:
            self._socket.bind(address)
        except zmq.ZMQError as error:
            self._socket.close()
            raise ConfigError(f"expected a free address to publish on, found {address}: {error.strerror}") from error
        self.address: str = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def send(self, event: AnyEvent) -> None:
        """Send an event to all subscribers of its topic."""
        self._socket.send_multipart([topic_of(event).encode(), self._encoder.encode(event)])

    def close(self) -> None:
        """Stop publishing; queued messages still have `LINGER_MS` to leave."""
        self._socket.close()


class Subscriber:
    """Listens to events: `with Subscriber(...) as events: for topic, event in events: ...`.

    Args:
        endpoint: Address of the publisher.
        topics: Prefixes of the topics to receive; none = all.
        timeout_s: Stop iterating after this many seconds without an event; None = never.

    Raises:
        ConfigError: The endpoint is malformed.
    """

    def __init__(self, endpoint: str, topics: Sequence[str] = ("",), timeout_s: float | None = None) -> None:
        self.refused = 0
        """Number of messages that were not events of a known version."""
        self.timeout_s = timeout_s
        """Seconds without an event after which iterating stops; may be changed at any time."""
        self._decoder = msgspec.msgpack.Decoder(AnyEvent)
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.SUB)
        self._socket.setsockopt(zmq.RCVHWM, HIGH_WATER_MARK)
        self._socket.setsockopt(zmq.LINGER, 0)
        for topic in topics:
            self._socket.setsockopt_string(zmq.SUBSCRIBE, topic)
        try:
            self._socket.connect(endpoint)
        except zmq.ZMQError as error:
            self._socket.close()
            raise ConfigError(f"expected an endpoint such as tcp://127.0.0.1:5556, found {endpoint!r}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._socket.close()

    def __iter__(self) -> Iterator[tuple[str, AnyEvent]]:
        """Yield topics and events as they arrive; other messages are counted and skipped."""
        while True:
            if not self._socket.poll(None if self.timeout_s is None else int(self.timeout_s * 1000)):
                return
            try:
                yield self._read(self._socket.recv_multipart())
            except InputError:
                self.refused += 1

    def _read(self, parts: Sequence[bytes]) -> tuple[str, AnyEvent]:
        try:
            topic, data = parts
            return topic.decode(), self._decoder.decode(data)
        except (ValueError, msgspec.MsgspecError) as error:
            raise InputError(f"expected a topic and an event, found {len(parts)} parts: {error}") from error
