"""Sends the queue to a receiver, in order and at least once: when to send, how long to wait, what to drop."""

import logging
import random
import sqlite3
import time
from collections.abc import Callable, Sequence

from stages.delivery.answer import Answer
from stages.delivery.queue import Queue, Row

RETRY_S = 1.0, 60.0
"""Seconds before the first and the slowest retry; the pause doubles in between. A random part of up to half is taken
off, so that many senders do not return at the same moment."""
MOST_RETRY_AFTER_S = 3600.0
"""Maximum seconds of a Retry-After that are honoured: a mistaken one must not stop the output for ever."""
ABOUT_CONTENT = (400, 413, 422)
"""Refusals that may concern one event of the batch, or its size."""
IDLE_S = 3600.0
"""Seconds to wait without events."""

log = logging.getLogger(__name__)


class Sender:
    """Sends batches.

    Args:
        queue: The events.
        post: Sends the bodies of events as one request.
        name: The receiver in the log, such as "the webhook https://HOST".
        batch: Maximum events per request.
        max_wait_s: Seconds an event waits for others.
    """

    def __init__(
        self, queue: Queue, post: Callable[[Sequence[bytes]], Answer], name: str, *, batch: int, max_wait_s: float
    ) -> None:
        self.clock: Callable[[], float] = time.monotonic
        """The clock for waiting, seconds; tests replace it."""
        self.random: Callable[[], float] = random.random
        """A number from 0 to 1; tests replace it."""
        self.sent = self.refused = 0
        """Numbers of events that the receiver accepted and refused."""
        self.hurry = False
        """Whether events wait for no others: the run ends."""
        self.abandoned = False
        """Whether nobody waits for the last request any more: its answer is neither counted nor logged."""
        self._queue, self._post, self._name = queue, post, name
        self._batch = self._now_at_most = batch
        self._max_wait_s = max_wait_s
        self._since_s: float | None = None
        """When the first of the waiting events was seen."""
        self.failures = 0
        """Number of attempts that failed in a row."""
        self._next_s = 0.0
        """Time of the next attempt after a failure."""
        self._handled: Sequence[Row] = ()
        """Events that the receiver has accepted or refused, but which are still in the file."""
        self._logged_refusals: set[int] = set()
        self._logged_failures: set[str] = set()

    def step(self) -> float:
        """Send a batch if one is due; return the seconds until the next step.

        Raises:
            sqlite3.DatabaseError: The file is broken.
        """
        now = self.clock()
        if now < self._next_s:
            return self._next_s - now
        try:
            return self._send_next(now)
        except sqlite3.OperationalError as error:
            self._fail("queue", f"the queue for {self._name} cannot be used: {error}")
            return self._next_s - self.clock()

    def _send_next(self, now: float) -> float:
        self._remove(self._handled)
        if not self._queue.waiting:
            self._since_s = None
            return IDLE_S
        self._since_s = now if self._since_s is None else self._since_s
        due_s = self._since_s + self._max_wait_s
        if now < due_s and self._queue.waiting < self._batch and not self.hurry and not self.failures:
            return due_s - now
        if rows := self._queue.take(self._now_at_most):
            answer = self._post([row.body for row in rows])
            if self.abandoned:
                return IDLE_S
            self._judge(rows, answer)
            self._since_s = None  # the next ones wait from now
        return max(0.0, self._next_s - self.clock())

    def _judge(self, rows: Sequence[Row], answer: Answer) -> None:
        match answer.verdict:
            case "accepted":
                self.sent += len(rows)
                self._now_at_most = min(self._batch, 2 * self._now_at_most)
                self._recover()
                self._remove(rows)
            case "refused" if len(rows) > 1 and answer.status in ABOUT_CONTENT:
                # sent again in halves, so that one event costs no other
                self._now_at_most = len(rows) // 2
                self._recover()
                self._queue.release()
            case "refused":
                self.refused += len(rows)
                if answer.status not in self._logged_refusals:
                    self._logged_refusals.add(answer.status)
                    log.warning("%s refuses events: %s; such events are dropped", self._name, answer.why)
                self._recover()
                self._remove(rows)
            case "later":
                if not answer.status and not answer.decided:
                    # a receiver that is too slow for a whole batch would never get the next one
                    self._now_at_most = max(1, len(rows) // 2)
                self._queue.release()
                text = f"{self._name} does not accept events: {answer.why}; they wait"
                self._fail(answer.kind, text, answer.retry_after_s)

    def _remove(self, rows: Sequence[Row]) -> None:
        # remembered until it succeeds: they must not be sent again because the disk is full
        self._handled = rows
        self._queue.remove(rows)
        self._handled = ()

    def _fail(self, kind: str, text: str, retry_after_s: float = 0.0) -> None:
        """Wait before the next attempt, and log each kind of failure once until it succeeds."""
        pause_s = min(RETRY_S[1], RETRY_S[0] * 2.0 ** min(self.failures, 30)) * (1 - self.random() / 2)
        self._next_s = self.clock() + max(pause_s, min(retry_after_s, MOST_RETRY_AFTER_S))
        self.failures += 1
        if kind not in self._logged_failures:
            self._logged_failures.add(kind)
            log.warning("%s", text)

    def _recover(self) -> None:
        if self.failures:
            log.info("%s answers again", self._name)
        self.failures, self._next_s = 0, 0.0
        self._logged_failures.clear()
