"""Adds up what `[landmarks]` measured of each person."""

from dataclasses import dataclass, field

from pipeline.batch.results import Measured
from pipeline.messages import Face

GAP_S = 0.5
"""Seconds between two frames of a person above which the time between them counts for nothing."""


@dataclass(slots=True)
class _Person:
    face: Face
    time_s: float
    sums: Measured = field(default_factory=Measured)


class MeasuredSums:
    """The sums of everybody in view."""

    def __init__(self) -> None:
        self._people: dict[int, _Person] = {}

    def see(self, face: Face, time_s: float) -> None:
        """Add the time since the person's last frame, at seconds of the stream."""
        if face.facing is None and face.track not in self._people:
            return
        person = self._people.setdefault(face.track, _Person(face, time_s))
        before, seconds, sums = person.face, time_s - person.time_s, person.sums
        person.face, person.time_s = face, time_s
        if not 0 < seconds <= GAP_S or before.facing is None:
            return
        sums.seconds += seconds
        sums.facing_s += seconds * before.facing
        if before.blinks is not None and face.blinks is not None:
            sums.blinks_s += seconds
            sums.blinks += max(0, face.blinks - before.blinks)

    def take(self, track: int) -> Measured | None:
        """Return and forget the sums of a person who has left; None if nothing was measured."""
        person = self._people.pop(track, None)
        return person.sums if person else None
