"""The moments at which a person's expression changed most."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WINDOW_S = 1.0
"""Seconds over which a change is measured; the temporal fusion takes about as long to settle."""
MOST = 12
"""Most moments shown for one recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A person's label changed.

    Attributes:
        track: The person's track number.
        time_s: Time of the change, seconds of the stream.
        before: The label shown until then.
        after: The label shown from then on.
        strength: Total variation distance, 0 to 1, between the probabilities now and `WINDOW_S` earlier: the
            probability mass that moved between emotions.
    """

    track: int
    time_s: float
    before: str
    after: str
    strength: float

    @property
    def name(self) -> str:
        """File name of its picture: the track number and the millisecond."""
        return f"{self.track}-{int(self.time_s * 1000 + 0.25)}.jpg"


@dataclass(slots=True)
class _Person:
    label: str
    history: deque[tuple[float, Sequence[float]]]
    seen_s: float


class Moments:
    """Finds the moments of one stream; feed it every classification of every face."""

    def __init__(self) -> None:
        self._people: dict[int, _Person] = {}

    def update(self, track: int, label: str, probabilities: Sequence[float] | None, time_s: float) -> Moment | None:
        """Add a classification; return the moment if the label has just changed.

        Args:
            track: The face's track number.
            label: The label shown.
            probabilities: Fused probabilities; None if there are none yet.
            time_s: Seconds of the stream. A person absent for more than `WINDOW_S` starts again.
        """
        person = self._people.get(track)
        if person is None or not 0 <= time_s - person.seen_s <= WINDOW_S:
            self._forget(time_s)
            person = self._people[track] = _Person(label, deque(), time_s)
        before, person.label, person.seen_s = person.label, label, time_s
        if probabilities is None:
            return None
        person.history.append((time_s, probabilities))
        while time_s - person.history[0][0] > WINDOW_S + 1e-6:
            person.history.popleft()
        if label == before:
            return None
        then = person.history[0][1]
        moved = sum(abs(now - old) for now, old in zip(probabilities, then, strict=True)) / 2
        return Moment(track=track, time_s=time_s, before=before, after=label, strength=moved)

    def _forget(self, time_s: float) -> None:
        self._people = {t: p for t, p in self._people.items() if 0 <= time_s - p.seen_s <= WINDOW_S}


def strongest(moments: Iterable[Moment], most: int = MOST) -> list[Moment]:
    """Return the `most` strongest moments in chronological order."""
    ranked = sorted(moments, key=lambda m: (-m.strength, m.time_s, m.track))[:most]
    return sorted(ranked, key=lambda m: (m.time_s, m.track))
