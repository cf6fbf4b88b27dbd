"""A parsed condition, and its truth at one moment, which may be unknown (`docs/alerts.md`)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

QuantityName = Literal["count", "share", "dwell", "empty", "offline"]
SHARE_S = 60.0
"""Seconds over which `share` is measured, unless the condition says otherwise."""


class Truth(NamedTuple):
    """Whether a condition holds.

    Attributes:
        holds: None: unknown.
        measured: Whether an unknown truth is due to a limit that a measured value has not reached yet, such as the
            dwell time of a person who was there at the start. Otherwise there is nothing to measure.
    """

    holds: bool | None
    measured: bool = True


TRUE, FALSE = Truth(True), Truth(False)
OPEN, MISSING = Truth(None), Truth(None, measured=False)


class Reading(NamedTuple):
    """What is known of a quantity: it lies between two limits, both included; they are equal if it is known exactly."""

    low: float
    high: float
    measured: bool = True
    """False if nothing can be measured: the camera is not live, or nobody is in view."""

    @classmethod
    def exactly(cls, value: float) -> "Reading":
        """Return the reading of a known value."""
        return cls(value, value)


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a comparison is about.

    Attributes:
        name: Its name.
        labels: Labels in its parentheses; none: all.
        window_s: Seconds over which it is measured; 0: now.
    """

    name: QuantityName
    labels: tuple[str, ...] = ()
    window_s: float = 0.0

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.labels)})" if self.labels else self.name


Read = Callable[[Quantity], Reading]
"""Returns the reading of a quantity at one moment."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A quantity and a limit."""

    quantity: Quantity
    operator: str
    limit: float

    def truth(self, read: Read) -> Truth:
        """Return whether it holds; unknown while the reading allows both."""
        low, high, measured = read(self.quantity)
        unknown = OPEN if measured else MISSING
        match self.operator:
            case ">" | "<=":
                above = TRUE if low > self.limit else FALSE if high <= self.limit else unknown
                return above if self.operator == ">" else negated(above)
            case ">=" | "<":
                above = TRUE if low >= self.limit else FALSE if high < self.limit else unknown
                return above if self.operator == ">=" else negated(above)
        equal = FALSE if not low <= self.limit <= high else TRUE if low == high else unknown
        return equal if self.operator == "==" else negated(equal)

    def comparisons(self) -> Iterator["Comparison"]:
        """Yield itself."""
        yield self


@dataclass(frozen=True, slots=True)
class Negation:
    """`not`."""

    part: "Expression"

    def truth(self, read: Read) -> Truth:
        """Return the opposite; unknown remains unknown."""
        return negated(self.part.truth(read))

    def comparisons(self) -> Iterator[Comparison]:
        """Yield the comparisons in it."""
        yield from self.part.comparisons()


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions joined by `and` or by `or`."""

    parts: tuple["Expression", ...]
    decisive: bool
    """The truth of one part that decides: false for `and`, true for `or`."""

    def truth(self, read: Read) -> Truth:
        """Return the truth of all; an unknown part matters only if no other part decides."""
        truths = [part.truth(read) for part in self.parts]
        if any(truth.holds is self.decisive for truth in truths):
            return Truth(self.decisive)
        unknown = [truth for truth in truths if truth.holds is None]
        if not unknown:
            return Truth(not self.decisive)
        return OPEN if all(truth.measured for truth in unknown) else MISSING

    def comparisons(self) -> Iterator[Comparison]:
        """Yield the comparisons in it."""
        for part in self.parts:
            yield from part.comparisons()


Expression = Comparison | Negation | Group


@dataclass(frozen=True, slots=True)
class Condition:
    """A whole condition.

    Attributes:
        expression: What has to hold.
        hold_s: For how many seconds.
        zone: Where; "": in the whole frame.
        zone_column: Column of the zone's name in the text, from 1, for messages.
    """

    expression: Expression
    hold_s: float = 0.0
    zone: str = ""
    zone_column: int = 0

    def quantities(self) -> tuple[Quantity, ...]:
        """Return its quantities, each once, in order."""
        return tuple(dict.fromkeys(one.quantity for one in self.expression.comparisons()))


def negated(truth: Truth) -> Truth:
    """Return the opposite of a truth."""
    return truth if truth.holds is None else Truth(not truth.holds)
