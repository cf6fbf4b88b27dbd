"""The connection to an MQTT broker: made again whenever it breaks, and what there is to say meanwhile waits."""

import logging
import ssl
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.errors import ConfigError, InputError
from pipeline.redaction import redact
from stages.media.address import read_credentials

PORTS = {"mqtt": 1883, "mqtts": 8883}
"""By scheme, as registered with IANA: plain, and inside TLS."""
KEEPALIVE_S = 15
"""A broker that hears nothing for one and a half times as long takes us for gone, and says so to those who listen."""
MOST_WAITING = 10_000
"""Messages kept while there is no connection, some 25 MB; newer ones are lost. Ten cameras with two people each that
are observed once a second fill it in eight minutes."""
CONNECT_S = 3.0
"""A broker that has not answered after so long is not there."""
RETRY_S = 1, 30
"""The first and the longest wait before it is tried again; in between it doubles."""
LINGER_S = 2.0
"""What is still on its way when the program ends has so long to arrive."""
QOS = 1
"""At least once: each message is sent again until the broker has confirmed it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class BrokerAddress:
    """Where a broker is, and who we are to it."""

    host: str
    port: int
    encrypted: bool
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def parse_broker(url: str, credentials_env: str = "") -> BrokerAddress:
    """Take the address of a broker apart.

    Args:
        url: `mqtt://HOST[:PORT]`, or `mqtts://` for TLS.
        credentials_env: Name of the environment variable that holds `user:password`; "" where there is none.

    Raises:
        ConfigError: It is no such URL, it holds a login, or the environment variable is missing.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"expected an address such as mqtt://192.168.1.5, found {redact(url)!r} ({error})") from None
    if parts.scheme not in PORTS or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError(f"expected an address such as mqtt://192.168.1.5 or mqtts://HOST:8883, found {redact(url)!r}")
    if parts.username is not None:
        raise ConfigError(f"expected the login in an environment variable, see credentials_env, found {redact(url)!r}")
    user, password = read_credentials(credentials_env) if credentials_env else ("", "")
    return BrokerAddress(
        host=host, port=port or PORTS[parts.scheme], encrypted=parts.scheme == "mqtts", user=user, password=password
    )


def trust(ca: str, *, verify_tls: bool) -> ssl.SSLContext:
    """Return whose certificates are believed.

    Args:
        ca: A PEM file with those of the authorities to believe; "": those this machine believes.
        verify_tls: Whether anything is looked at.

    Raises:
        InputError: There is no such file, or no certificate in it.
    """
    try:
        context = ssl.create_default_context(cafile=ca or None)
    except OSError as error:  # a broken file is an ssl.SSLError, which is one
        found = "nothing" if not Path(ca).is_file() else "none"
        raise InputError(f"expected certificates in PEM, found {found}: {ca}") from error
    if not verify_tls:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Broker:
    """Sends messages to a broker, in order and at least once, whenever it is there.

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
        self._connected = threading.Event()
        self._sent = self._arrived = 0
        self._said = ""
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.will_set(status_topic, "offline", QOS, retain=True)
        self._client.connect_timeout = CONNECT_S
        self._client.reconnect_delay_set(*RETRY_S)
        if address.user:
            self._client.username_pw_set(address.user, address.password)
        if tls is not None:
            self._client.tls_set_context(tls)
        self._client.connect_async(address.host, address.port, KEEPALIVE_S)
        self._client.loop_start()

    def greet(self) -> bool:
        """Say `online` where a connection was made since this was last called, and return whether it was.

        The broker may be another one, or have forgotten everything: whatever it retains is then to be said again.
        """
        if not self._connected.is_set():
            return False
        self._connected.clear()
        self.send(self._status_topic, b"online", retain=True)
        return True

    def send(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Send a message, or keep it until there is a connection; return False if it was lost, for want of room.

        Args:
            topic: Under which it is sent.
            payload: What it says.
            retain: Whether the broker keeps it for those who come later, in the place of the one before.
        """
        if self._sent - self._arrived >= MOST_WAITING:
            return False
        self._client.publish(topic, payload, QOS, retain)
        self._sent += 1
        return True

    def close(self) -> int:
        """Say `offline`, wait a moment for what is on its way, and return how many messages have not arrived."""
        if self._client.is_connected():
            last = self._client.publish(self._status_topic, b"offline", QOS, retain=True)
            self._sent += 1
            try:
                last.wait_for_publish(LINGER_S)
            except RuntimeError:
                log.debug("the connection to %s broke at the very end", self._name)
        self._client.disconnect()
        self._client.loop_stop()
        return self._sent - self._arrived

    # called by the client's own thread

    def _on_connect(self, _: Any, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        if reason.is_failure:
            self._say(f"the MQTT broker {self._name} refuses: {reason}")
            return
        log.info("connected to the MQTT broker %s", self._name)
        self._said = ""
        self._connected.set()

    def _on_connect_fail(self, _: Any, __: Any) -> None:
        # the client tells nobody why, and calls this while it handles the error
        why = _describe(sys.exception())
        self._say(f"the MQTT broker {self._name} cannot be reached ({why}); what there is to say waits")

    def _on_disconnect(self, _: Any, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        if reason.is_failure and not self._said:
            self._say(f"the MQTT broker {self._name} is gone; what there is to say waits")

    def _on_publish(self, *_: Any) -> None:
        self._arrived += 1

    def _say(self, text: str) -> None:
        """Warn once, not at each attempt."""
        if text != self._said:
            self._said = text
            log.warning("%s", text)


def _describe(error: BaseException | None) -> str:
    """Return why there is no connection, in a few words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{error.verify_message}; see ca and verify_tls"
    return str(getattr(error, "strerror", None) or error or "no answer")
