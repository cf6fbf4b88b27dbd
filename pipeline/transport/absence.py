"""Notices that a stage on another machine is away: nobody there accepts the connection."""

import logging
import time

AWAY_S = 3.0
"""Seconds without a connection after which a stage is away; until then frames wait for it, as while it restarts."""

log = logging.getLogger("emobot")


class Absence:
    """Whether one stage is away; the log has one line when it goes and one when it comes.

    Args:
        name: Name of the stage.
        address: Where it listens.
        command: What starts it there, for the log.
    """

    def __init__(self, name: str, address: str, command: str) -> None:
        self._name, self._address, self._command = name, address, command
        self._since_s: float | None = None
        self._is_away = False

    def lasts(self, connected: bool) -> bool:
        """Return whether the stage is away.

        Args:
            connected: Whether there is a connection now.
        """
        now_s = time.monotonic()
        if connected:
            if self._is_away:
                log.info("%s is at %s again", self._name, self._address)
            self._since_s, self._is_away = None, False
        elif self._since_s is None:
            self._since_s = now_s
        elif not self._is_away and now_s - self._since_s > AWAY_S:
            self._is_away = True
            text = "expected %s at %s, found nobody: its frames are dropped; start `%s` there"
            log.warning(text, self._name, self._address, self._command)
        return self._is_away
