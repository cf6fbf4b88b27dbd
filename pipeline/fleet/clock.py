"""The difference between this box's clock and that of the fleet's server, so that times of two boxes can be compared.

As NTP does (RFC 5905): the server stores a message between the box's request and the answer. The middle of both is
wrong by at most half the time between them, so the quickest of the last measurements is the best.
"""

import time
from collections import deque
from typing import NamedTuple

from pipeline.fleet.records import Mark
from pipeline.fleet.server.store import Store

EVERY_S = 10.0
"""Seconds between two measurements."""
KEPT = 6
"""Measurements of which the quickest counts; after this many a clock that was set is known."""


class Offset(NamedTuple):
    """A difference between two clocks."""

    seconds: float
    """This box's clock minus the server's."""
    error_s: float
    """By how much it may be wrong, in both directions."""


class ServerClock:
    """The server's clock, as measured by one box."""

    def __init__(self) -> None:
        self._offsets: deque[Offset] = deque(maxlen=KEPT)

    @property
    def offset(self) -> Offset | None:
        """Return the best of the last measurements; None without one."""
        return min(self._offsets, key=lambda one: one.error_s, default=None)

    def note(self, sent_s: float, stored_s: float, answered_s: float) -> None:
        """Note a measurement.

        Args:
            sent_s: When the request was sent, by this box's clock, UNIX seconds.
            stored_s: When the server stored it, by its own.
            answered_s: When the answer arrived, by this box's clock.
        """
        if answered_s >= sent_s:  # else this box's clock was set meanwhile
            self._offsets.append(Offset((sent_s + answered_s) / 2 - stored_s, (answered_s - sent_s) / 2))

    async def measure(self, store: Store, box: str) -> None:
        """Measure once.

        Raises:
            Unreachable: The server does not answer.
        """
        sent_s = time.time()
        revision = await store.leases.put(f"clock.{box}", Mark())
        answered_s = time.time()
        if (stored_s := await store.leases.stored_at(revision)) is not None:
            self.note(sent_s, stored_s, answered_s)
