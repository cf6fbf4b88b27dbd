"""How long which label was shown, summed up by period of time, of each person or of all together."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from models.over_time.episodes import LOST_AFTER_S

EVERYBODY = 0
"""In the place of a track where people are not told apart."""


@dataclass(slots=True)
class Sum:
    """What was seen in one period.

    Attributes:
        seconds: For how long each label was shown, over all people.
        looks: How many looks at a face there were.
        confidence: Sum of the looks' confidences.
        people: Numbers of the people seen.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    looks: int = 0
    confidence: float = 0.0
    people: set[int] = field(default_factory=set)


class Sums:
    """Sums up one camera; feed it every frame.

    Args:
        period_s: Length of a period; periods begin at whole multiples of it.
        each: Sum up each person for themselves.
    """

    def __init__(self, period_s: float, *, each: bool) -> None:
        self._period_s = period_s
        self._each = each
        self._seen: dict[int, tuple[str, float]] = {}
        self._sums: dict[tuple[float, int], Sum] = {}

    def update(self, faces: Iterable[tuple[int, str, float]], time_s: float) -> None:
        """Take a frame into account.

        Args:
            faces: Track, label and confidence of each face.
            time_s: UNIX seconds. The time since a person's last look counts for the label shown then, unless the person
                was away; where time jumps back, nothing counts.
        """
        period = self.period(time_s)
        for track, label, confidence in faces:
            one = self._sums.setdefault((period, track if self._each else EVERYBODY), Sum())
            one.looks += 1
            one.confidence += confidence
            one.people.add(track)
            before, then_s = self._seen.get(track, (label, time_s))
            if 0 <= time_s - then_s <= LOST_AFTER_S:
                one.seconds[before] = one.seconds.get(before, 0.0) + time_s - then_s
            self._seen[track] = label, time_s
        self._seen = {t: seen for t, seen in self._seen.items() if 0 <= time_s - seen[1] <= LOST_AFTER_S}

    def period(self, time_s: float) -> float:
        """Return when the period began in which a time lies."""
        return time_s // self._period_s * self._period_s

    def forget(self) -> None:
        """Forget who was seen: from now on the same numbers are others."""
        self._seen = {}

    def take(self) -> dict[tuple[float, int], Sum]:
        """Return what has come in since the last time, by begin of the period and track."""
        sums, self._sums = self._sums, {}
        return sums
