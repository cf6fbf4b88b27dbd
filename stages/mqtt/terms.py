"""The terms that an MQTT broker accepts, and those to try next after a broken connection."""

from dataclasses import dataclass, replace
from typing import Any

WINDOW = 1000
"""Maximum messages in flight; with a round trip of 0.1 s, ten thousand arrive per second."""
UNSUPPORTED_VERSION, NO_RETAIN, NO_QOS = 0x84, 0x9A, 0x9B
"""Reason codes of MQTT 5.0 (section 2.4) that call for other terms."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a broker accepts, as far as known.

    Attributes:
        version: Protocol version in CONNECT: 5, or 4 for MQTT 3.1.1.
        qos: Highest quality of service, at most 1 (at least once).
        retain: Whether it retains messages.
        window: Maximum unconfirmed messages (Receive Maximum).
        packet: Maximum bytes of a packet (Maximum Packet Size); 0: no known limit.
    """

    version: int = 5
    qos: int = 1
    retain: bool = True
    window: int = WINDOW
    packet: int = 0

    def narrowed(self, connack: Any) -> "Terms":
        """Return the terms after a CONNACK with these properties."""
        return replace(
            self,
            qos=min(self.qos, getattr(connack, "MaximumQoS", self.qos)),
            retain=self.retain and bool(getattr(connack, "RetainAvailable", True)),
            window=min(self.window, getattr(connack, "ReceiveMaximum", self.window)),
            packet=getattr(connack, "MaximumPacketSize", self.packet),
        )

    def after(self, reason: int, *, accepted: bool) -> "Terms":
        """Return the terms to try after a connection that broke before its first message was confirmed.

        Args:
            reason: The broker's reason code; 0: none.
            accepted: Whether the broker had accepted the connection.
        """
        if reason == UNSUPPORTED_VERSION:
            return replace(self, version=4)
        if reason == NO_RETAIN:
            return replace(self, retain=False)
        if reason == NO_QOS:
            return replace(self, qos=0)
        if reason:
            return self
        if not accepted and self.version == 5:
            # some older brokers close a connection in a version they do not know
            return replace(self, version=4)
        return replace(self, retain=False) if self.retain else replace(self, qos=0) if self.qos else Terms()

    def fits(self, topic: str, payload: bytes) -> bool:
        """Return whether a message is within the broker's limit."""
        rest = 2 + len(topic.encode()) + 2 * (self.qos > 0) + (self.version == 5) + len(payload)
        length = next(n for n in range(1, 5) if rest < 128**n or n == 4)
        return not self.packet or 1 + length + rest <= self.packet
