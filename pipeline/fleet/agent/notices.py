"""What a box logs about its fleet: changes, not each attempt."""

import logging

SILENT = "the NATS server does not answer"
"""What the log says once, although each loop finds it."""

log = logging.getLogger("emobot")


class Notices:
    """Logs a text unless it was the last one."""

    def __init__(self) -> None:
        self._said = ""

    def info(self, text: str) -> None:
        """Log what is in order."""
        self._say(logging.INFO, text)

    def warn(self, text: str) -> None:
        """Log what is not."""
        self._say(logging.WARNING, text)

    def _say(self, level: int, text: str) -> None:
        if text != self._said:
            self._said = text
            log.log(level, "fleet: %s", text)
