"""Whether a condition can hold, and can be false: it is tried in every situation that its limits tell apart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from math import ceil, floor, inf
from typing import get_args

from pipeline.alerts.condition import Expression, Quantity, Reading
from pipeline.messages import Label

MOST_STEPS = 500
"""Situations to try; a condition that needs more is accepted."""
_EVERY = frozenset(get_args(Label))
_SMALL = 1e-6
"""Share, or seconds, beside a limit."""

Limits = Mapping[Quantity, Sequence[float]]
"""The limits with which each quantity is compared."""


@dataclass(slots=True)
class _Situation:
    """What is in front of a camera, and which values are open.

    Attributes:
        known: Readings of the quantities that it decides.
        values: Values that the others may have.
    """

    known: dict[Quantity, Reading]
    values: list[tuple[Quantity, list[float]]] = field(default_factory=list)


def can_hold(expression: Expression, least: int = 1) -> bool:
    """Return whether a condition holds in some situation.

    Args:
        expression: The condition.
        least: Fewest people about whom anything is known.
    """
    return any(_Search(expression, True, least).find(one) for one in _situations(expression, least))


def can_be_false(expression: Expression, least: int = 1) -> bool:
    """Return whether a condition is false in some situation; the arguments are those of `can_hold`."""
    return any(_Search(expression, False, least).find(one) for one in _situations(expression, least))


def longest_hold_s(expression: Expression) -> float:
    """Return how many seconds a condition can hold without being false.

    The time since the last person left, or the last frame came, grows: it is between two limits for as long as they
    differ. All else may stay.
    """
    away, empty, *others = _situations(expression, 1)
    if any(_Search(expression, True, 1).find(one) for one in others):
        return inf
    runs_s = (
        _longest_run_s(expression, away, Quantity("offline")),
        _longest_run_s(expression, empty, Quantity("empty")),
    )
    return max(runs_s)


def _longest_run_s(expression: Expression, situation: _Situation, growing: Quantity) -> float:
    edges = [0.0, *sorted(set(_limits(expression).get(growing, ()))), inf]
    longest_s = run_s = 0.0
    for start_s, end_s in pairwise(edges):
        known = {**situation.known, growing: Reading.exactly(min(start_s + 1.0, (start_s + end_s) / 2))}
        holds = expression.truth(known.__getitem__).holds
        run_s = run_s + end_s - start_s if holds else 0.0
        longest_s = max(longest_s, run_s)
    return longest_s


def _limits(expression: Expression) -> dict[Quantity, list[float]]:
    found: dict[Quantity, list[float]] = {}
    for one in expression.comparisons():
        found.setdefault(one.quantity, []).append(one.limit)
    return found


def _situations(expression: Expression, least: int) -> Iterator[_Situation]:
    """Yield: the camera is away, nobody is in view, fewer people than `least` are, enough are."""
    limits = _limits(expression)
    nothing = {one: Reading(0.0, inf, measured=False) for one in limits}
    zero = {one: Reading.exactly(0.0) for one in limits}
    few = {one: Reading(0.0, least - 1.0) for one in limits if one.name == "count"}
    unknown = {one: nothing[one] for one in limits if one.name == "share"}
    values = {one: _values(one, limits, least) for one in limits}

    def situation(known: dict[Quantity, Reading], *names: str) -> _Situation:
        free = [(one, values[one]) for one in limits if one.name in names]
        return _Situation({one: reading for one, reading in known.items() if one.name not in names}, free)

    yield situation(nothing, "offline")
    yield situation(zero | few | unknown, "empty")
    if least > 1:
        yield situation(zero | few | unknown, "dwell")
    yield situation(zero, "dwell", "count", "share")


def _values(quantity: Quantity, limits: Limits, least: int) -> list[float]:
    """Return values of a quantity between which no comparison changes."""
    same = [one for one in limits if (one.name, one.window_s) == (quantity.name, quantity.window_s)]
    edges = [limit for one in same for limit in limits[one]]
    if quantity.name == "share":
        beside = {0.0, 1.0, *edges, *(edge + _SMALL for edge in edges), *(edge - _SMALL for edge in edges)}
        return sorted(min(1.0, max(0.0, value)) for value in beside)
    if quantity.name == "count":
        whole = {*map(floor, edges), *map(ceil, edges)}
        beside = {0, least, *whole, *(n + 1 for n in whole), *(n - 1 for n in whole), sum(whole) + 1}
        return sorted(n for n in beside if n >= 0)
    return sorted({_SMALL, *edges, *(edge + _SMALL for edge in edges), *(edge - _SMALL for edge in edges)})


class _Search:
    """Looks for values with which a condition has a wanted truth."""

    def __init__(self, expression: Expression, wanted: bool, least: int) -> None:
        self._expression, self._wanted, self._least = expression, wanted, least
        self._steps = 0

    def find(self, situation: _Situation) -> bool:
        """Return whether there are such values in a situation."""
        return self._find(situation.known, {}, situation.values)

    def _find(
        self,
        known: dict[Quantity, Reading],
        chosen: dict[Quantity, float],
        values: Sequence[tuple[Quantity, list[float]]],
    ) -> bool:
        self._steps += 1
        holds = self._expression.truth(lambda quantity: known.get(quantity, Reading(0.0, inf))).holds
        if holds is self._wanted or self._steps > MOST_STEPS:
            return True
        if holds is not None or not values:
            return False
        (quantity, candidates), *rest = values
        for value in candidates:
            now = {**chosen, quantity: value}
            if self._is_possible(now) and self._find({**known, quantity: self._reading(quantity, value)}, now, rest):
                return True
        return False

    def _reading(self, quantity: Quantity, value: float) -> Reading:
        hidden = quantity.name == "count" and value < self._least
        return Reading(0.0, self._least - 1.0) if hidden else Reading.exactly(value)

    def _is_possible(self, chosen: Mapping[Quantity, float]) -> bool:
        """Return whether people can show this: each has one label at a time."""
        counts = [(frozenset(one.labels) or _EVERY, n) for one, n in chosen.items() if one.name == "count"]
        shares: dict[float, list[tuple[frozenset[str], float]]] = {}
        for one, value in chosen.items():
            if one.name == "share":
                shares.setdefault(one.window_s, [(_EVERY, 1.0)]).append((frozenset(one.labels), value))
        enough = all(n >= self._least for labels, n in counts if labels == _EVERY)
        return enough and all(map(_adds_up, (counts, *shares.values())))


def _adds_up(amounts: Sequence[tuple[frozenset[str], float]]) -> bool:
    """Return whether no labels have more than those that include them."""
    for size in (1, 2, 3):
        for family in combinations(amounts, size):
            union = frozenset[str]().union(*(labels for labels, _ in family))
            total = sum(amount for _, amount in family)
            disjoint = len(union) == sum(len(labels) for labels, _ in family)
            if disjoint and any(union <= labels and total > amount + _SMALL / 10 for labels, amount in amounts):
                return False
    return True
