"""The messages that the server has not confirmed yet, in order."""

import threading
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

MOST_WAITING = 10_000
"""Messages kept without a connection, about 25 MB; beyond that the oldest are lost."""


class Message(NamedTuple):
    """A message to publish."""

    subject: str
    number: str
    """Its identity: the server stores a message that is sent twice once (`Nats-Msg-Id`)."""
    payload: bytes


class Queue:
    """Messages that wait, and those in flight. Thread-safe.

    Args:
        most: Maximum number of messages that wait.
    """

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._waiting: deque[Message] = deque()
        self._flying: Sequence[Message] = ()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return the number of messages that wait or are in flight."""
        with self._lock:
            return len(self._waiting) + len(self._flying)

    def put(self, message: Message) -> bool:
        """Append a message; return False if the queue was full and lost its oldest."""
        with self._lock:
            if full := len(self._waiting) >= self._most:
                self._waiting.popleft()
            self._waiting.append(message)
        return not full

    def take(self, most: int) -> Sequence[Message]:
        """Return the oldest messages, which are in flight until `settle`."""
        with self._lock:
            self._flying = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            return self._flying

    def settle(self, unconfirmed: Sequence[Message]) -> None:
        """End the flight; messages that were not confirmed wait again, in front of the others."""
        with self._lock:
            self._flying = ()
            self._waiting.extendleft(reversed(unconfirmed))
