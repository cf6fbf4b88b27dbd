"""The thread that sends what waits in a queue."""

import threading
import time

from stages.delivery.queue import Queue
from stages.delivery.sender import Sender

LINGER_S = 2.0
"""Seconds to continue sending when the program ends."""


class Sending:
    """Sends until the end.

    Args:
        queue: What was not yet accepted.
        sender: Sends it.
        name: Name of the thread.
    """

    def __init__(self, queue: Queue, sender: Sender, name: str) -> None:
        self._queue, self._sender = queue, sender
        self._wake = threading.Event()
        self._end_s: float | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name=name)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread has not failed."""
        return self._thread.is_alive()

    @property
    def ending(self) -> bool:
        """Whether it is to end."""
        return self._end_s is not None

    def wake(self) -> None:
        """Look at the queue now."""
        self._wake.set()

    def end(self) -> int:
        """Send for at most `LINGER_S` more, and close the queue; return how much waits in it for the next run."""
        self._end_s = time.monotonic() + LINGER_S
        self._sender.hurry = True
        self._wake.set()
        self._thread.join(LINGER_S)
        self._sender.abandoned = True
        left: int = self._queue.waiting
        self._queue.close()
        return left

    def _run(self) -> None:
        while not self._is_over():
            wait_s = self._sender.step()
            if self._end_s is None:
                self._wake.wait(wait_s)
                self._wake.clear()

    def _is_over(self) -> bool:
        if self._end_s is None:
            return False
        return not self._queue.waiting or self._sender.failures > 0 or time.monotonic() > self._end_s
