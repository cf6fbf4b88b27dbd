"""Notices that a stage on another machine is away: it has no connection, or takes no message."""

import logging
import time

AWAY_S = 3.0
"""Seconds after which a stage is away; until then frames wait for it, as while it restarts."""

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
        self.is_away = False

    def note(self, is_there: bool) -> None:
        """Record whether the stage is connected and takes a message."""
        now_s = time.monotonic()
        if is_there:
            if self.is_away:
                log.info("%s is at %s again", self._name, self._address)
            self._since_s, self.is_away = None, False
        elif self._since_s is None:
            self._since_s = now_s
        elif not self.is_away and now_s - self._since_s > AWAY_S:
            self.is_away = True
            text = "expected %s at %s, found no answer: its frames are dropped; start `%s` there"
            log.warning(text, self._name, self._address, self._command)
