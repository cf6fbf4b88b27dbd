"""Decides which keys may connect to an encrypted socket (ZAP)."""

import zmq
from zmq.auth.thread import ThreadAuthenticator

from pipeline.transport.handshakes import SparseLog


class Door(ThreadAuthenticator):
    """Lets in those whose key is in a list, and logs the others."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], address: str, allowed: frozenset[str]) -> None:
        super().__init__(context)
        self._address = address
        self._client_keys = allowed
        self._log = SparseLog()
        self._from = ""
        self.configure_curve_callback(credentials_provider=self)

    async def handle_zap_message(self, msg: list[bytes]) -> None:
        """Note where the request comes from, and answer it."""
        self._from = msg[3].decode("utf-8", "replace") if len(msg) > 3 else ""
        await super().handle_zap_message(msg)

    def callback(self, domain: str, key: bytes) -> bool:
        """Return whether a client may connect; called by the authenticator."""
        public = key.decode("ascii", "replace")
        if public in self._client_keys:
            return True
        self._log.say(f"refused a connection to {self._address} from {self._from}: its key is not known here: {public}")
        return False
