"""Sends messages to an MQTT broker: queues them while it is away, drops and counts those it refuses."""

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
"""Messages queued without a connection, about 25 MB; beyond that the oldest are lost. Ten cameras with two people each,
observed once a second, fill the queue in seven minutes."""
LINGER_S = 2.0
"""Seconds to wait for messages in flight when the program ends."""
MOST_BREAKS = 3
"""Broken connections after which the message that caused them is dropped; some brokers give no reason."""

log = logging.getLogger(__name__)


class Message(NamedTuple):
    """A message to publish."""

    topic: str
    payload: bytes
    retain: bool


class Broker:
    """Sends messages to a broker, in order and at least once, whenever it is connected.

    Args:
        address: The broker's address.
        status_topic: Topic of `online` and, after this program has gone, `offline`; retained.
        tls: Trusted certificates, None without TLS.
    """

    def __init__(self, address: BrokerAddress, status_topic: str, tls: ssl.SSLContext | None = None) -> None:
        self.refused = 0
        """Number of messages that the broker refused."""
        self._status_topic = status_topic
        self._waiting: deque[Message] = deque()
        self._flying: dict[int, Message] = {}
        """Sent but unconfirmed messages by packet identifier, in order."""
        self._client: Client | None = None
        self.terms = Terms()
        """What this broker accepts."""
        self._suspect: Message | None = None
        """The first unconfirmed message when the connection last broke."""
        self._breaks = 0
        """How many times in a row it was that message."""
        self._new = False
        self._logged: set[str] = set()
        self._news: deque[News] = deque()
        self._lock = threading.Lock()
        self.connection = Connection(address, status_topic, tls, self._news, self._carry_on)
        """The connection to it, which comes and goes."""

    @property
    def connected(self) -> bool:
        """Whether the broker is connected; if so, `greet` knows of it, too."""
        self._carry_on()
        return self._client is not None

    @property
    def undelivered(self) -> int:
        """Number of queued and unconfirmed messages."""
        self._carry_on()
        with self._lock:
            return len(self._waiting) + len(self._flying)

    def greet(self) -> bool:
        """Send queued messages; return whether a connection was made since the last call.

        The broker may be another one or may have lost its state: publish everything it retains again then.

        Raises:
            RuntimeError: The thread that connects has failed.
        """
        if not self.connection.alive:
            raise RuntimeError("the MQTT connection has ended")
        self._carry_on()
        new, self._new = self._new, False
        return new

    def send(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Send a message, or queue it until it can be sent; return False if the queue was full and lost its oldest.

        Args:
            topic: Its topic.
            payload: Its content.
            retain: Whether the broker keeps it for later subscribers, instead of the previous one.
        """
        with self._lock:
            if full := len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
            self._waiting.append(Message(topic, payload, retain))
        self._carry_on()
        return not full

    def close(self) -> int:
        """Publish `offline`, wait `LINGER_S` for messages in flight, and return how many were not delivered."""
        if self.connected:
            self._waiting.append(Message(self._status_topic, b"offline", retain=True))
        end_s = time.monotonic() + LINGER_S
        while (left := self.undelivered) and self.connected and time.monotonic() < end_s:
            time.sleep(0.01)
        # without a farewell the broker publishes the will, `offline`
        self.connection.close(farewell=not left)
        return left

    def _carry_on(self) -> None:
        """Process the connection's news and send as many queued messages as the window allows. Thread-safe."""
        with self._lock:
            while self._news:
                match self._news.popleft():
                    case Up(client, terms):
                        self._client, self.terms, self._new = client, terms, True
                    case Answer(number, refusal):
                        self._confirm(number, refusal)
                    case Down():
                        self._break()
            # one message at a time while one is suspected of breaking connections
            window = 1 if self._suspect else self.terms.window
            while self._client and self._waiting and len(self._flying) < window:
                self._publish(self._client, self._waiting.popleft())

    def _publish(self, client: Client, message: Message) -> None:
        if self.terms.fits(message.topic, message.payload):
            qos, retain = self.terms.qos, message.retain and self.terms.retain
            self._flying[client.publish(message.topic, message.payload, qos, retain).mid] = message
        else:
            self._refuse(message, f"{len(message.payload)} bytes exceed its limit")

    def _confirm(self, number: int, refusal: str) -> None:
        message = self._flying.pop(number, None)
        if message is not None:
            self._suspect = None
            if refusal:
                self._refuse(message, refusal)

    def _break(self) -> None:
        """Queue messages in flight for the next connection, except one that breaks every connection."""
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
        """Count a dropped message, and log the first of its topic."""
        self.refused += 1
        if message.topic not in self._logged:
            self._logged.add(message.topic)
            log.warning("the MQTT broker refuses %s: %s; such messages are dropped", message.topic, why)
