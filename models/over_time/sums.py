"""Seconds per label in fixed periods, for each person or for everybody together."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from models.over_time.cadence import Cadence
from models.over_time.episodes import LOST_AFTER_S

EVERYBODY = 0
"""Track number of sums over everybody."""


@dataclass(slots=True)
class Sum:
    """Totals of one period.

    Attributes:
        seconds: Seconds for which each label was shown, summed over people.
        looks: Number of faces, summed over frames.
        confidence: Sum of the faces' confidences.
        people: Track numbers of the people seen.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    looks: int = 0
    confidence: float = 0.0
    people: set[int] = field(default_factory=set)


class Sums:
    """Aggregates one camera; feed it every frame.

    Args:
        period_s: Length of a period in seconds; periods start at multiples of it.
        each: Whether to keep separate sums for each person.
    """

    def __init__(self, period_s: float, *, each: bool) -> None:
        self._period_s = period_s
        self._each = each
        self._seen: dict[int, tuple[str, float]] = {}
        self._cadence = Cadence()
        self._sums: dict[tuple[float, int], Sum] = {}

    def update(self, faces: Iterable[tuple[int, str, float]], time_s: float) -> None:
        """Add a frame.

        Args:
            faces: Track, label and confidence of each face.
            time_s: UNIX seconds. The time since a person's last frame counts for the label shown in that frame, unless
                the person was absent; the time between two frames of a slow camera is no absence. If time jumps back,
                nothing counts.
        """
        period = self.period(time_s)
        absence_s = self._cadence.absence_s(time_s, LOST_AFTER_S)
        self._cadence.note(time_s)
        for track, label, confidence in faces:
            one = self._sums.setdefault((period, track if self._each else EVERYBODY), Sum())
            one.looks += 1
            one.confidence += confidence
            one.people.add(track)
            before, then_s = self._seen.get(track, (label, time_s))
            if 0 <= time_s - then_s <= absence_s:
                one.seconds[before] = one.seconds.get(before, 0.0) + time_s - then_s
            self._seen[track] = label, time_s
        self._seen = {t: seen for t, seen in self._seen.items() if 0 <= time_s - seen[1] <= LOST_AFTER_S}

    def period(self, time_s: float) -> float:
        """Return the start of the period that contains a time, UNIX seconds."""
        return time_s // self._period_s * self._period_s

    def forget(self) -> None:
        """Forget the people seen: from now on, track numbers belong to other people."""
        self._seen = {}

    def take(self, before_s: float = float("inf"), after_s: float = float("inf")) -> dict[tuple[float, int], Sum]:
        """Return and reset the sums of the periods that began before a time, or after another one.

        They are by start of the period and track number. Times are UNIX seconds.
        """
        sums = {key: one for key, one in self._sums.items() if key[0] < before_s or key[0] > after_s}
        self._sums = {key: one for key, one in self._sums.items() if key not in sums}
        return sums
