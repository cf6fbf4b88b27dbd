"""Publish and subscribe: a slow subscriber loses messages and delays nobody else."""

import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import zmq

from pipeline.config.keys import KeyPair, read_clients, read_pair
from pipeline.config.options import PORT
from pipeline.config.reach import require_key
from pipeline.errors import ConfigError, InputError
from pipeline.events import AnyEvent, topic_of
from pipeline.transport.curve import Caller, Listener
from pipeline.transport.link import send_parts

ADDRESS = f"^(tcp://.+:([*]|{PORT})|(ipc|inproc)://.+)$"
"""Regular expression of valid addresses to publish on."""
HIGH_WATER_MARK = 1000
"""Messages queued for a slow subscriber; it loses the messages after them."""
LINGER_MS = 500
"""Milliseconds the last messages have to leave after `close`."""
RENEW_S = 1.0
"""Seconds after which a waiting subscriber that was refused tries again."""
ABSENT_S = 3.0
"""Seconds without a connection after which a waiting subscriber logs it; a publisher that restarts is back sooner."""
LOST_EVERY_S = 60.0
"""Seconds between two lines about lost events."""
NEEDS_KEY = "`key` (a file of `emobot keys new`) or `insecure = true`"
"""What an address to publish on needs that other machines reach."""

log = logging.getLogger("emobot")


class Publisher:
    """Publishes events.

    Args:
        address: Where to listen for subscribers, for example `tcp://127.0.0.1:5556`.
        key: Key pair of the publisher, for CURVE; None: without encryption.
        clients: Public keys of those who may subscribe, beside the publisher's own.
        insecure: Whether an address that other machines reach may be without a key.

    Raises:
        ConfigError: The address is malformed, in use, or lacks a key.
    """

    def __init__(
        self,
        address: str,
        key: KeyPair | None = None,
        clients: frozenset[str] = frozenset(),
        *,
        insecure: bool = False,
    ) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        require_key(address, key is not None, insecure, NEEDS_KEY)
        self._listener = Listener(zmq.PUB, address, key, clients)
        self._socket = self._listener.socket
        self._socket.setsockopt(zmq.SNDHWM, HIGH_WATER_MARK)
        self._socket.setsockopt(zmq.LINGER, LINGER_MS)
        try:
            self._socket.bind(address)
        except zmq.ZMQError as error:
            self._listener.close()
            raise ConfigError(f"expected a free address to publish on, found {address}: {error.strerror}") from error
        self.address: str = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        try:
            # a name may resolve to another address than a moment ago
            require_key(self.address, key is not None, insecure, NEEDS_KEY)
        except ConfigError:
            self._listener.close()
            raise

    def send(self, event: AnyEvent) -> None:
        """Send an event to all subscribers of its topic."""
        send_parts(self._socket, (topic_of(event).encode(), self._encoder.encode(event)))

    def close(self) -> None:
        """Stop publishing; queued messages still have `LINGER_MS` to leave."""
        self._listener.close()


def check_publisher(
    address: str, key: str, clients: Sequence[str], insecure: bool
) -> tuple[KeyPair | None, frozenset[str]]:
    """Return the keys of an output of events, read from their files.

    Raises:
        ConfigError: They cannot be used, or are missing for an address that other machines reach.
    """
    if clients and not key:
        raise ConfigError("key: expected a file of `emobot keys new` with `clients`, found none")
    try:
        pair = read_pair(Path(key)) if key else None
    except ConfigError as error:
        raise ConfigError(f"key: {error}") from error
    try:
        allowed = read_clients(clients)
    except ConfigError as error:
        raise ConfigError(f"clients: {error}") from error
    require_key(address, pair is not None, insecure, NEEDS_KEY)
    return pair, allowed


def open_publisher(address: str, key: str, clients: Sequence[str], *, insecure: bool) -> Publisher:
    """Return the publisher of an output of events.

    Args:
        address: Where to listen.
        key: File of its key pair; empty for none.
        clients: Who may subscribe, see `pipeline.config.keys.read_clients`.
        insecure: Whether other machines may subscribe without encryption.

    Raises:
        ConfigError: The keys cannot be used or are missing, or the address is malformed or in use.
    """
    pair, allowed = check_publisher(address, key, clients, insecure)
    return Publisher(address, pair, allowed, insecure=insecure)


class Subscriber:
    """Listens to events: `with Subscriber(...) as events: for topic, event in events: ...`.

    It logs that it waits without a connection, which nobody could tell from a publisher without events; and, if it
    receives all topics, how many events it has lost.

    Args:
        endpoint: Address of the publisher.
        topics: Prefixes of the topics to receive; none = all.
        timeout_s: Stop iterating after this many seconds without an event; None = never.
        server_key: The publisher's public key, for CURVE; empty: without encryption.
        key: Key pair of the subscriber, which the publisher must know; needed with `server_key`.
        insecure: Whether a publisher on another machine may be without encryption.

    Raises:
        ConfigError: The endpoint is malformed or on another machine, and there is no key.
    """

    def __init__(
        self,
        endpoint: str,
        topics: Sequence[str] = ("",),
        timeout_s: float | None = None,
        *,
        server_key: str = "",
        key: KeyPair | None = None,
        insecure: bool = False,
    ) -> None:
        if bool(server_key) != (key is not None):
            raise ConfigError("expected the key of the server and one of one's own, found only one of them")
        require_key(endpoint, bool(server_key), insecure, "the key of the server, or a connection declared insecure")
        self.refused = 0
        """Number of messages that were not events of a known version."""
        self.lost = 0
        """Number of events that never arrived, by the numbers of the others; 0 unless it receives all topics."""
        self.timeout_s = timeout_s
        """Seconds without an event after which iterating stops; may be changed at any time."""
        self._endpoint = endpoint
        self._counts = not all(topics)
        self._next: dict[str, int] = {}
        """Number of the next event of each camera."""
        self._reported, self._reported_s = 0, -LOST_EVERY_S
        self._absent_s: float | None = time.monotonic()
        """Since when there has been no connection; None: there is one."""
        self._missed = False
        """Whether this was logged."""
        self._decoder = msgspec.msgpack.Decoder(AnyEvent)
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.SUB)
        self._socket.setsockopt(zmq.RCVHWM, HIGH_WATER_MARK)
        self._socket.setsockopt(zmq.LINGER, 0)
        for topic in topics:
            self._socket.setsockopt_string(zmq.SUBSCRIBE, topic)
        try:
            self._caller = Caller(self._socket, endpoint, server_key, key)
        except zmq.ZMQError as error:
            self._socket.close()
            raise ConfigError(f"expected an endpoint such as tcp://127.0.0.1:5556, found {endpoint!r}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._caller.close()

    def __iter__(self) -> Iterator[tuple[str, AnyEvent]]:
        """Yield topics and events as they arrive; other messages are counted and skipped."""
        while self._wait():
            try:
                topic, event = self._read(self._socket.recv_multipart())
            except InputError:
                self.refused += 1
                continue
            if self._counts:
                self._count(event)
            yield topic, event

    def _wait(self) -> bool:
        """Wait for a message; return whether there is one."""
        until_s = None if self.timeout_s is None else time.monotonic() + self.timeout_s
        while True:
            self._look()
            left_s = RENEW_S if until_s is None else until_s - time.monotonic()
            if self._socket.poll(max(0, round(min(left_s, RENEW_S) * 1000))):
                return True
            if left_s <= 0:
                return False
            self._caller.renew()

    def _count(self, event: AnyEvent) -> None:
        """Count the events of its camera that should have come before; they begin again at 0 with the publisher."""
        self.lost += max(0, event.seq - self._next.get(event.camera, event.seq))
        self._next[event.camera] = event.seq + 1
        if self.lost > self._reported and time.monotonic() - self._reported_s >= LOST_EVERY_S:
            missed = self.lost - self._reported
            log.warning("lost %d events: read too slowly, or during an interruption", missed)
            self._reported, self._reported_s = self.lost, time.monotonic()

    def _look(self) -> None:
        """Log that the publisher is away, and that it is back."""
        if self._caller.connected:
            if self._missed:
                log.warning("connected to %s", self._endpoint)
            self._absent_s, self._missed = None, False
            return
        now_s = time.monotonic()
        self._absent_s = now_s if self._absent_s is None else self._absent_s
        if not self._missed and now_s - self._absent_s >= ABSENT_S:
            self._missed = True
            log.warning("no connection to %s: waiting for it", self._endpoint)

    def _read(self, parts: Sequence[bytes]) -> tuple[str, AnyEvent]:
        try:
            topic, data = parts
            return topic.decode(), self._decoder.decode(data)
        except (ValueError, msgspec.MsgspecError) as error:
            raise InputError(f"expected a topic and an event, found {len(parts)} parts: {error}") from error
