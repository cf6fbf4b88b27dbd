"""The leases of one box: when each must be renewed, and when it is over. Times are of `pipeline.transport.fence`."""

from collections.abc import Mapping
from dataclasses import dataclass

RENEWALS = 3
"""Renewals per ttl: two may fail before the lease is over."""
MARGIN = 0.05
"""Part of the ttl by which a box ends a lease before the server does: clocks of two machines differ by less."""


@dataclass(frozen=True, slots=True)
class Held:
    """A lease that this box has."""

    revision: int
    """The record's revision, which a renewal must name."""
    sent_ns: int
    """When the request for it was sent: the server counts from a later time."""
    end_ns: int
    """When this box stops relying on it."""


class Leases:
    """The leases of one box.

    Args:
        ttl_s: Seconds after which the server forgets a lease that is not renewed.
    """

    def __init__(self, ttl_s: float) -> None:
        self._ttl_ns = int(ttl_s * 1e9)
        self._held: dict[str, Held] = {}

    @property
    def held(self) -> Mapping[str, Held]:
        """Return the leases by name."""
        return self._held

    def granted(self, name: str, revision: int, sent_ns: int) -> int:
        """Note that the server has stored a request for a lease; return the lease's end.

        Args:
            name: The lease.
            revision: The revision of the stored record.
            sent_ns: When the request was sent.
        """
        end_ns = sent_ns + int(self._ttl_ns * (1 - MARGIN))
        self._held[name] = Held(revision, sent_ns, end_ns)
        return end_ns

    def dropped(self, name: str) -> Held | None:
        """Note that a lease was given up, or that a renewal was refused; return what it was."""
        return self._held.pop(name, None)

    def due(self, now_ns: int) -> list[str]:
        """Return the leases that must be renewed now."""
        return [n for n, lease in self._held.items() if now_ns - lease.sent_ns >= self._ttl_ns // RENEWALS]

    def next_ns(self) -> int | None:
        """Return when the next lease must be renewed; None without leases."""
        sent = [lease.sent_ns for lease in self._held.values()]
        return min(sent) + self._ttl_ns // RENEWALS if sent else None

    def take_ended(self, now_ns: int) -> list[str]:
        """Return the leases that are over, and forget them."""
        over = [name for name, lease in self._held.items() if now_ns >= lease.end_ns]
        for name in over:
            del self._held[name]
        return over
