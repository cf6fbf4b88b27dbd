"""Logs why connections fail: ZeroMQ itself reports a wrong or missing key only to a socket's monitor."""

import logging
import threading
import time
from collections.abc import Mapping
from contextlib import suppress

import zmq
from zmq.utils.monitor import recv_monitor_message

AGAIN_S = 60.0
"""Seconds until the same line is logged again: a refused client may try ten times a second."""
MOST_LINES = 20
"""Maximum number of different lines in that time: an attacker may have a new key each time."""
_MISMATCH, _CRYPTOGRAPHIC = 0x11000002, 0x11000001
"""ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH and _CRYPTOGRAPHIC of zmq.h."""
_PROTOCOL, _AUTH = zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, zmq.EVENT_HANDSHAKE_FAILED_AUTH
_BROKEN = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
_UP, _DOWN = zmq.EVENT_HANDSHAKE_SUCCEEDED, zmq.EVENT_DISCONNECTED
Lines = Mapping[tuple[int, int], str]
"""What to log by event and, for `_PROTOCOL`, its value. Either end may notice first that they do not fit."""
SERVER: Lines = {
    (_PROTOCOL, _MISMATCH): "refused a connection to {address}: it is not encrypted with CURVE",
    (_PROTOCOL, _CRYPTOGRAPHIC): "refused a connection to {address}: it was made for the key of another server",
    (_BROKEN, 0): "refused a connection to {address}: it ended before a key was shown",
}
CLIENT: Lines = {
    (_PROTOCOL, _MISMATCH): "{address} is not encrypted with CURVE, as expected: not connected",
    (_AUTH, 0): "{address} refused this key: it does not know it",
    (_BROKEN, 0): "{address} broke off the connection: has it another server key?",
}
PLAIN: Lines = {
    (_PROTOCOL, _MISMATCH): "{address} asks for a key (CURVE): not connected",
    (_BROKEN, 0): "{address} broke off the connection: does it ask for a key?",
}

log = logging.getLogger("emobot")


class SparseLog:
    """Logs warnings, each line at most once in `AGAIN_S`."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    def say(self, text: str) -> None:
        """Log a line, unless it was logged a moment ago or too many others were."""
        now_s = time.monotonic()
        self._said = {line: at_s for line, at_s in self._said.items() if now_s - at_s < AGAIN_S}
        if text in self._said or len(self._said) >= MOST_LINES:
            return
        self._said[text] = now_s
        log.warning("%s", text)


class Handshakes:
    """Watches the connections of one socket in a thread, which ends when the socket is closed.

    Args:
        socket: The socket, before it is bound or connected.
        address: The address of the listening end, for the log.
        lines: What to log: `SERVER`, `CLIENT` or, for a client without a key, `PLAIN`.
    """

    def __init__(self, socket: "zmq.Socket[bytes]", address: str, lines: Lines) -> None:
        self.refused = False
        """Whether a connection of a client has failed for good: ZeroMQ does not try again by itself."""
        self.connected = False
        """Whether a client has a connection."""
        self._lines = lines
        self._address = address
        self._log = SparseLog()
        monitor = f"inproc://handshakes-{id(self)}"
        socket.monitor(monitor, _PROTOCOL | _AUTH | _BROKEN | _UP | _DOWN | zmq.EVENT_MONITOR_STOPPED)
        # a shadow: closing all sockets of a context must not close this one under the thread
        self._events: zmq.Socket[bytes] = zmq.Context.shadow(socket.context.underlying).socket(zmq.PAIR)
        # without a limit: ZeroMQ would wait for this thread with everything else it does
        self._events.setsockopt(zmq.RCVHWM, 0)
        self._events.setsockopt(zmq.LINGER, 0)
        self._events.connect(monitor)
        self._thread = threading.Thread(target=self._work, daemon=True, name="handshakes")
        self._thread.start()

    def join(self) -> None:
        """Wait for the end of the thread, after the socket was closed."""
        self._thread.join(1.0)

    def _work(self) -> None:
        # the end of the whole context ends the thread, too
        with suppress(zmq.ContextTerminated), self._events:
            while (event := recv_monitor_message(self._events))["event"] != zmq.EVENT_MONITOR_STOPPED:
                kind, value = int(event["event"]), int(event["value"])
                if kind in (_UP, _DOWN):
                    self.connected = kind == _UP
                    continue
                self.refused |= kind != _BROKEN
                if line := self._lines.get((kind, value if kind == _PROTOCOL else 0)):
                    self._log.say(line.format(address=self._address))
