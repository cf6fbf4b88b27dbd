"""Totals of zones and lines that concern at least a given number of people."""

from collections.abc import Iterator, Mapping
from typing import Annotated, NamedTuple

from msgspec import Meta

from stages.zones.sums import Key, ZoneSum

LEAST_PEOPLE = 5
"""Default number of people below which a total is withheld; common practice in statistics about people."""

MinPeople = Annotated[int, Meta(ge=1, le=1000)]
"""Type of the option `min_people` of an output."""


class Total(NamedTuple):
    """A total of a zone or line."""

    name: str
    began_s: float
    """Start of its first period, UNIX seconds."""
    period_s: float
    """Its length, a multiple of the period's."""
    sums: ZoneSum


class ZoneTotals:
    """The totals of one camera; a period with too few people is joined with the next ones, so that no count is lost.

    Args:
        period_s: Length of a period, seconds.
        least: Minimum number of people of a total.
    """

    def __init__(self, period_s: float, least: int) -> None:
        self._period_s = period_s
        self._least = least
        self._open: dict[str, tuple[float, ZoneSum]] = {}

    def add(self, sums: Mapping[Key, ZoneSum]) -> None:
        """Add sums over everybody."""
        for key, one in sums.items():
            self._open.setdefault(key.name, (key.period, ZoneSum()))[1].add(one)

    def close(self, names: tuple[str, ...], period: float) -> Iterator[Total]:
        """End a period: yield the totals that concern enough people; what zones that are gone had left is dropped.

        Args:
            names: All zones and lines.
            period: Start of the period that ends.
        """
        self._open = {name: self._open.get(name, (period, ZoneSum())) for name in names}
        for name in names:
            began_s, sums = self._open[name]
            if shown(len(sums.people), self._least) is not None:
                del self._open[name]
                yield Total(name, began_s, period + self._period_s - began_s, sums)

    def shown(self, count: int) -> int | None:
        """Return a number of people; None if it may not be published."""
        return shown(count, self._least)


def shown(count: int, least: int) -> int | None:
    """Return a number of people; None if it may not be published, because it is below the least."""
    return count if count >= least or least <= 1 else None
