"""Keeps a connection to an MQTT broker: reconnects whenever it breaks, in the newest version both sides support."""

import contextlib
import logging
import secrets
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from stages.mqtt.address import BrokerAddress
from stages.mqtt.terms import UNSUPPORTED_VERSION, Terms

KEEPALIVE_S = 15
"""Seconds between keep-alives. After 1.5 times as long without one, the broker publishes our will."""
CONNECT_S = 3.0
"""Seconds to wait for a broker to accept a connection."""
RETRY_S = 1.0, 30.0
"""Seconds before the first and the slowest retry; the pause doubles in between."""
STOP_S = 1.0
"""Seconds that closing may take."""
REPEAT_S = 10.0
"""Seconds before the log repeats a line about an unstable connection."""

log = logging.getLogger(__name__)


class Up(NamedTuple):
    """The broker has accepted a connection and confirmed its first message."""

    client: Client
    terms: Terms


class Answer(NamedTuple):
    """The broker has confirmed a message, or refused it for a reason."""

    message: int
    refusal: str


class Down(NamedTuple):
    """The connection has broken; its unconfirmed messages may not have arrived."""


News = Up | Answer | Down


@dataclass(slots=True)
class _Attempt:
    """One connection, from the attempt to its end."""

    client: Client
    terms: Terms
    guess: bool = False
    """Whether nothing says that it needs these terms: connections broke without a reason, perhaps at a proxy."""
    gone: threading.Event = field(default_factory=threading.Event)
    greeting: int = -1
    reason: int = 0
    accepted: bool = False
    proved: bool = False
    """Whether the broker confirmed its first message under guessed terms: it answers, so stronger ones are tried."""
    worked: bool = False


class Connection:
    """Connects in its own thread, each time with a new client, and publishes `online` first.

    A client of the library that reconnects resends unconfirmed messages, whatever the broker now accepts; a new client
    sends nothing by itself. News is put into `news`, in order, and `read` is called soon after, in the thread that
    connects: the client's own thread must never wait for a lock, since publishers wait for that thread.

    Args:
        address: The broker's address.
        status_topic: Topic of `online` and, as the connection's will, `offline`; retained.
        tls: Trusted certificates, None without TLS.
        news: Receives the connection's news.
        read: Called when there is news.
    """

    def __init__(
        self,
        address: BrokerAddress,
        status_topic: str,
        tls: ssl.SSLContext | None,
        news: deque[News],
        read: Callable[[], None],
    ) -> None:
        self.connected = False
        self._news, self._read = news, read
        self._wake = threading.Event()
        self._address, self._status_topic, self._tls = address, status_topic, tls
        self._name = f"the MQTT broker {address.host}:{address.port}"
        # always the same: a broker that still holds an old connection then ends it at once and publishes its will
        self._id = f"emobot-{secrets.token_hex(6)}"
        self._last, self._logged = "", dict[str, float]()
        self._closing = threading.Event()
        self._now = self._prepare(Terms())
        self._thread = threading.Thread(target=self._run, daemon=True, name="mqtt")
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether its thread is running."""
        return self._thread.is_alive()

    def close(self, *, farewell: bool) -> None:
        """End the connection; without a farewell the broker publishes the will."""
        self._closing.set()
        connection: Any = self._now.client.socket()
        if farewell:
            self._now.client.disconnect()
        elif connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        # it may be blocked in a connection attempt
        self._thread.join(STOP_S)

    def _run(self) -> None:
        wait_s, broken, answers = RETRY_S[0], 0, False
        while not self._closing.is_set():
            now = self._now
            answered = self.try_once(now)
            terms, guess = Terms(), now.guess
            if now.worked or now.proved:
                # what a broker that answers breaks now, it does not accept
                wait_s, broken, answers = RETRY_S[0], 0, now.proved
            elif now.accepted and not now.reason and not broken:
                # it may have been stopped meanwhile
                terms, broken = now.terms, 1
            elif answered:
                terms, broken = now.terms.after(now.reason, accepted=now.accepted), 0
                guess = not answers and (guess or not now.reason)
            # try weaker terms at once
            if not now.proved and terms in (Terms(), now.terms):
                self._closing.wait(wait_s)
                wait_s = min(2 * wait_s, RETRY_S[1])
                answers &= terms != Terms()
            self._now = self._prepare(terms, guess=guess and terms != Terms())

    def _prepare(self, terms: Terms, *, guess: bool = False) -> _Attempt:
        version = MQTTProtocolVersion(terms.version)
        client = Client(CallbackAPIVersion.VERSION2, client_id=self._id, protocol=version, reconnect_on_failure=False)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.will_set(self._status_topic, "offline", terms.qos, retain=terms.retain)
        client.max_inflight_messages_set(0)  # `Broker` keeps to the window itself
        client.connect_timeout = CONNECT_S
        if self._address.user:
            client.username_pw_set(self._address.user, self._address.password)
        if self._tls is not None:
            client.tls_set_context(self._tls)
        return _Attempt(client, terms, guess)

    def try_once(self, now: _Attempt) -> bool:
        """Connect, stay until the connection ends, and return whether there was one."""
        try:
            now.client.connect(self._address.host, self._address.port, KEEPALIVE_S)
        except OSError as error:
            self._say(logging.WARNING, f"{self._name} cannot be reached ({_describe(error)}); messages are queued")
            return False
        if self._closing.is_set():
            return True
        now.client.loop_start()
        # its thread may end silently on bytes that are not MQTT
        while not now.gone.is_set() and now.client._thread is not None:
            self._wake.wait(1.0)
            self._wake.clear()
            self._read()
        now.client.loop_stop()
        self._end(now)
        return True

    def _end(self, now: _Attempt) -> None:
        if self.connected:
            self.connected = False
            self._news.append(Down())
            self._read()
        if self._closing.is_set() or now.reason == UNSUPPORTED_VERSION:
            return
        if now.worked:
            self._say(logging.WARNING, f"{self._name} has disconnected; messages are queued")
        elif not now.reason and not now.proved:
            self._say(logging.WARNING, f"{self._name} does not answer in MQTT; messages are queued")

    # the client's own thread calls these

    def _on_connect(self, client: Client, _: Any, __: Any, reason: Any, properties: Any) -> None:
        now = self._now
        if reason.is_failure:
            now.reason = reason.value
            if now.reason == UNSUPPORTED_VERSION and now.terms.version == 5:
                self._say(logging.INFO, f"{self._name} does not speak MQTT 5: trying 3.1.1")
            else:
                self._say(logging.WARNING, f"{self._name} refuses: {reason}")
            return
        now.accepted = True
        now.terms = now.terms.narrowed(properties)
        now.greeting = client.publish(self._status_topic, b"online", now.terms.qos, now.terms.retain).mid

    def _on_disconnect(self, _: Client, __: Any, flags: Any, reason: Any, ___: Any) -> None:
        now = self._now
        if flags.is_disconnect_packet_from_server and reason.is_failure:
            now.reason = reason.value
            self._say(logging.WARNING, f"{self._name} ended the connection: {reason}")
        now.gone.set()
        self._wake.set()

    def _on_publish(self, client: Client, _: Any, message: int, reason: Any, __: Any) -> None:
        now = self._now
        refusal = str(reason) if reason.is_failure else ""
        if message != now.greeting or now.worked:
            self._tell(Answer(message, refusal))
            return
        if now.guess:
            now.proved = True
            client.disconnect()
            return
        now.worked = self.connected = True
        self._say(logging.INFO, f"connected to {self._name}")
        if refusal:
            self._say(logging.WARNING, f"{self._name} refuses {self._status_topic}: {refusal}")
        if not now.terms.retain:
            self._say(logging.WARNING, f"{self._name} retains nothing: late subscribers wait for the next message")
        self._tell(Up(client, now.terms))

    def _tell(self, news: News) -> None:
        self._news.append(news)
        self._wake.set()

    def _say(self, level: int, text: str) -> None:
        """Log changes, not each attempt."""
        now = time.monotonic()
        if text != self._last and now - self._logged.get(text, -REPEAT_S) >= REPEAT_S:
            self._last, self._logged[text] = text, now
            log.log(level, "%s", text)


def _describe(error: OSError) -> str:
    """Return the reason of a failed connection, in a few words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{error.verify_message}; see ca and verify_tls"
    return error.strerror or str(error) or "no answer"
