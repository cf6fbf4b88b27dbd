"""The connection to an MQTT broker: made again whenever it breaks, and what there is to say meanwhile waits."""

import contextlib
import logging
import socket
import ssl
import sys
import threading
import time
from collections import deque
from typing import Any

from stages.mqtt.address import BrokerAddress

KEEPALIVE_S = 15
"""A broker that hears nothing for one and a half times as long takes us for gone, and says so to those who listen."""
MOST_WAITING = 10_000
"""Messages kept while there is no connection, some 25 MB; of more the oldest are lost. Ten cameras with two people each
who are observed once a second fill it in seven minutes."""
MOST_UNCONFIRMED = 1000
"""Messages on their way at once: with 0.1 s to the broker and back, ten thousand arrive in a second."""
CONNECT_S = 3.0
"""A broker that has not answered after so long is not there."""
RETRY_S = 1, 30
"""The first and the longest wait before it is tried again; in between it doubles."""
LINGER_S, STOP_S = 2.0, 1.0
"""What is still on its way when the program ends has so long to arrive, then the connection so long to end."""
REPEAT_S = 10.0
"""The log says the same again after so long at the earliest, should a connection come and go all the time."""
QOS = 1
"""At least once: each message is sent again until the broker has confirmed it."""

log = logging.getLogger(__name__)


class Broker:
    """Sends messages to a broker, in order and at least once, whenever it is there.

    The client library sends again what was not confirmed once it is connected anew, and what it is given meanwhile at
    once; so it is given nothing before that is done, and what there is to say waits here.

    Args:
        address: Where it is.
        status_topic: Says `online` and, once nothing is heard of this program any more, `offline`; retained.
        tls: Whose certificates are believed, where TLS is used.
    """

    def __init__(self, address: BrokerAddress, status_topic: str, tls: ssl.SSLContext | None = None) -> None:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self._name = f"{address.host}:{address.port}"
        self._status_topic = status_topic
        self._waiting: deque[tuple[str, bytes, bool]] = deque(maxlen=MOST_WAITING)
        self._sent = self._greeted = self._used = 0
        # these change in the client's own thread, those above in ours
        self._connected, self._connections, self._confirmed = False, 0, 0
        self._greetings: set[int] = set()
        self._works = self._refused = False
        self._last, self._said = "", dict[str, float]()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.will_set(status_topic, "offline", QOS, retain=True)
        self._client.max_inflight_messages_set(0)  # how many are on their way is decided here
        self._client.connect_timeout = CONNECT_S
        self._client.reconnect_delay_set(*RETRY_S)
        if address.user:
            self._client.username_pw_set(address.user, address.password)
        if tls is not None:
            self._client.tls_set_context(tls)
        self._client.connect_async(address.host, address.port, KEEPALIVE_S)
        self._client.loop_start()

    @property
    def undelivered(self) -> int:
        """How many messages wait, or have not been confirmed."""
        return len(self._waiting) + self._sent - self._confirmed

    def greet(self) -> bool:
        """Return whether a connection was made since this was last called; and send what waits.

        The broker may be another one, or have forgotten everything: whatever it retains is then to be said again.

        Raises:
            RuntimeError: The client library has failed.
        """
        if self._client._thread is None:  # it says so in no other way
            raise RuntimeError("the MQTT client has ended")
        self._carry_on()
        if not self._connected or self._greeted == self._connections:
            return False
        self._greeted = self._connections
        return True

    def send(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Send a message, or keep it until it can be sent; return False if the oldest one was lost, for want of room.

        Args:
            topic: Under which it is sent.
            payload: What it says.
            retain: Whether the broker keeps it for those who come later, in the place of the one before.
        """
        full = len(self._waiting) == self._waiting.maxlen
        self._waiting.append((topic, payload, retain))
        self._carry_on()
        return not full

    def close(self) -> int:
        """Say `offline`, wait a moment for what is on its way, and return how many messages have not arrived."""
        if self._connected:
            self._waiting.append((self._status_topic, b"offline", True))
        end_s = time.monotonic() + LINGER_S
        while self._connected and self.undelivered and time.monotonic() < end_s:
            self._carry_on()
            time.sleep(0.01)
        if not (left := self.undelivered):
            self._client.disconnect()
        else:
            self._hang_up()
        # its thread may hang in a connection that is being made
        stop = threading.Thread(target=self._client.loop_stop, daemon=True)
        stop.start()
        stop.join(STOP_S)
        return left

    def _hang_up(self) -> None:
        """Break the connection without a farewell, so that the broker says `offline` in our place."""
        connection: Any = self._client.socket()
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _carry_on(self) -> None:
        """Hand over what waits, as far as it may be on its way."""
        if not self._connected:
            return
        connection = self._connections
        if self._used != connection:
            if self._sent != self._confirmed:
                return  # these are being sent again, and come first
            self._used = connection
        while self._waiting and self._sent - self._confirmed < MOST_UNCONFIRMED:
            topic, payload, retain = self._waiting.popleft()
            self._sent += 1
            self._client.publish(topic, payload, QOS, retain)

    # called by the client's own thread

    def _on_connect(self, _: Any, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        if reason.is_failure:
            self._refused = True
            self._say(logging.WARNING, f"the MQTT broker {self._name} refuses: {reason}")
            return
        self._greetings.add(self._client.publish(self._status_topic, b"online", QOS, retain=True).mid)
        self._connections += 1
        self._connected = True

    def _on_connect_fail(self, _: Any, __: Any) -> None:
        # the client tells nobody why, and calls this while it handles the error
        why = _describe(sys.exception())
        self._say(
            logging.WARNING, f"the MQTT broker {self._name} cannot be reached ({why}); what there is to say waits"
        )

    def _on_disconnect(self, _: Any, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        works, refused = self._works, self._refused
        self._connected = self._works = self._refused = False
        if not reason.is_failure or refused:
            return
        what = "is gone" if works else "does not answer as one"
        self._say(logging.WARNING, f"the MQTT broker {self._name} {what}; what there is to say waits")

    def _on_publish(self, _: Any, __: Any, message: int, *___: Any) -> None:
        if message in self._greetings:
            self._greetings.discard(message)
            self._works = True
            self._say(logging.INFO, f"connected to the MQTT broker {self._name}")
        else:
            self._confirmed += 1

    def _say(self, level: int, text: str) -> None:
        """Log what has changed, not each attempt."""
        now = time.monotonic()
        if text != self._last and now - self._said.get(text, -REPEAT_S) >= REPEAT_S:
            self._last, self._said[text] = text, now
            log.log(level, "%s", text)


def _describe(error: BaseException | None) -> str:
    """Return why there is no connection, in a few words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{error.verify_message}; see ca and verify_tls"
    return str(getattr(error, "strerror", None) or error or "no answer")
