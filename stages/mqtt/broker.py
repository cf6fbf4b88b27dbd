"""Sends messages to an MQTT broker: keeps them while it is away, drops and counts those it will not have."""

import logging
import ssl
import threading
import time
from collections import deque
from typing import NamedTuple

from paho.mqtt.client import Client

from stages.mqtt.address import BrokerAddress
from stages.mqtt.connection import Answer, Connection, Down, News, Up
from stages.mqtt.terms import Terms

MOST_WAITING = 10_000
"""Messages kept while there is no connection, some 25 MB; of more the oldest are lost. Ten cameras with two people each
who are observed once a second fill it in seven minutes."""
LINGER_S = 2.0
"""Seconds for what is still in flight when the program ends."""
MOST_BREAKS = 3
"""A message at which a working connection breaks so often is dropped: such a broker gives no reason."""

log = logging.getLogger(__name__)


class Message(NamedTuple):
    """What is published."""

    topic: str
    payload: bytes
    retain: bool


class Broker:
    """Sends messages to a broker, in order and at least once, whenever it is there.

    Args:
        address: Where it is.
        status_topic: Says `online` and, once nothing is heard of this program any more, `offline`; retained.
        tls: Whose certificates are trusted, where TLS is used.
    """

    def __init__(self, address: BrokerAddress, status_topic: str, tls: ssl.SSLContext | None = None) -> None:
        self.refused = 0
        """Messages the broker would not have."""
        self._status_topic = status_topic
        self._waiting: deque[Message] = deque()
        self._flying: dict[int, Message] = {}
        """Sent and not confirmed, by number, in order."""
        self._client: Client | None = None
        self._terms = Terms()
        self._suspect: Message | None = None
        """The first unconfirmed message when the connection broke last."""
        self._breaks = 0
        """How often in a row it was that one."""
        self._new = False
        self._logged: set[str] = set()
        self._news: deque[News] = deque()
        self._lock = threading.Lock()
        self._connection = Connection(address, status_topic, tls, self._news, self._carry_on)

    @property
    def connected(self) -> bool:
        """Whether there is a connection."""
        return self._connection.connected

    @property
    def undelivered(self) -> int:
        """How many messages wait, or have not been confirmed."""
        self._carry_on()
        with self._lock:
            return len(self._waiting) + len(self._flying)

    def greet(self) -> bool:
        """Return whether a connection was made since this was last called; and send what waits.

        The broker may be another one, or have forgotten everything: whatever it retains is then to be said again.

        Raises:
            RuntimeError: The thread that connects has failed.
        """
        if not self._connection.alive:
            raise RuntimeError("the MQTT connection has ended")
        self._carry_on()
        new, self._new = self._new, False
        return new

    def send(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Send a message, or keep it until it can be sent; return False if the oldest one was lost, for want of room.

        Args:
            topic: Under which it is sent.
            payload: What it says.
            retain: Whether the broker keeps it for those who come later, in the place of the one before.
        """
        with self._lock:
            if full := len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
            self._waiting.append(Message(topic, payload, retain))
        self._carry_on()
        return not full

    def close(self) -> int:
        """Say `offline`, wait a moment for what is in flight, and return how many messages have not arrived."""
        if self.connected:
            self._waiting.append(Message(self._status_topic, b"offline", retain=True))
        end_s = time.monotonic() + LINGER_S
        while (left := self.undelivered) and self.connected and time.monotonic() < end_s:
            time.sleep(0.01)
        # a broker that has not confirmed everything publishes the will in our place
        self._connection.close(farewell=not left)
        return left

    def _carry_on(self) -> None:
        """Take in what has happened, and send what waits as far as the broker takes it. Any thread may call this."""
        with self._lock:
            while self._news:
                match self._news.popleft():
                    case Up(client, terms):
                        self._client, self._terms, self._new = client, terms, True
                    case Answer(number, refusal):
                        self._confirm(number, refusal)
                    case Down():
                        self._break()
            # one at a time where a message is suspected to break connections
            window = 1 if self._suspect else self._terms.window
            while self._client and self._waiting and len(self._flying) < window:
                self._publish(self._client, self._waiting.popleft())

    def _publish(self, client: Client, message: Message) -> None:
        if self._terms.fits(message.topic, message.payload):
            qos, retain = self._terms.qos, message.retain and self._terms.retain
            self._flying[client.publish(message.topic, message.payload, qos, retain).mid] = message
        else:
            self._refuse(message, f"{len(message.payload)} bytes are too many")

    def _confirm(self, number: int, refusal: str) -> None:
        message = self._flying.pop(number, None)
        if message is not None:
            self._suspect = None
            if refusal:
                self._refuse(message, refusal)

    def _break(self) -> None:
        """Keep what was in flight for the next connection, but for a message that breaks each one."""
        self._client = None
        self._waiting.extendleft(reversed(self._flying.values()))
        first = next(iter(self._flying.values()), None)
        self._flying.clear()
        if first is None:
            return
        self._breaks = self._breaks + 1 if first is self._suspect else 1
        self._suspect = first
        if self._breaks >= MOST_BREAKS:
            self._waiting.popleft()
            self._suspect = None
            self._refuse(first, f"it breaks the connection at {len(first.payload)} bytes")

    def _refuse(self, message: Message, why: str) -> None:
        """Count a message that will never arrive, and log the first of its topic."""
        self.refused += 1
        if message.topic not in self._logged:
            self._logged.add(message.topic)
            log.warning("the MQTT broker refuses %s: %s; such messages are dropped", message.topic, why)
