"""Adds up what `[landmarks]` measured of each person."""

from models.over_time.cadence import Cadence
from pipeline.batch.results import Measured
from pipeline.messages import Face

GAP_S = 0.5
"""Seconds between two frames of a person above which the time between them counts for nothing, unless the frames of the
camera always are that far apart."""


class MeasuredSums:
    """The sums of the people of one stream, by period."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[Face, float]] = {}
        self._sums: dict[tuple[float, int], Measured] = {}
        self._cadence = Cadence()
        self._gap_s = GAP_S

    def see(self, face: Face, time_s: float, period: float = 0.0) -> None:
        """Add the time since the person's last frame.

        Args:
            face: The face.
            time_s: Seconds of the stream.
            period: The period in which this time counts.
        """
        if time_s != self._cadence.last_s:
            self._gap_s = self._cadence.absence_s(time_s, GAP_S)
            self._cadence.note(time_s)
        before, then_s = self._last.get(face.track, (face, time_s))
        self._last[face.track] = face, time_s
        if face.facing is not None:
            self._sums.setdefault((period, face.track), Measured())
        seconds = time_s - then_s
        if before.facing is None or not 0 < seconds <= self._gap_s:
            return
        sums = self._sums.setdefault((period, face.track), Measured())
        sums.seconds += seconds
        sums.facing_s += seconds * before.facing
        if before.blinks is not None and face.blinks is not None:
            sums.blinks_s += seconds
            sums.blinks += max(0, face.blinks - before.blinks)

    def take(self, track: int) -> Measured | None:
        """Return and forget the sums of a person who has left; None if nothing was measured."""
        self._last.pop(track, None)
        return self._sums.pop((0.0, track), None)

    def drain(self, before_s: float = float("inf"), after_s: float = float("inf")) -> dict[tuple[float, int], Measured]:
        """Return the sums since the last call of periods that began before a time or after another, as `Sums.take`."""
        sums = {key: one for key, one in self._sums.items() if key[0] < before_s or key[0] > after_s}
        self._sums = {key: one for key, one in self._sums.items() if key not in sums}
        return sums

    def forget(self, track: int) -> None:
        """Forget a person who has left."""
        self._last.pop(track, None)
