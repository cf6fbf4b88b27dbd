"""Seconds for which each person of a recording shows each label: a frame counts until the next one starts."""

from collections.abc import Iterable
from math import inf


class Shown:
    """The sums of everybody who was seen; feed it every frame.

    Args:
        most_s: Most seconds for which a frame counts; a live camera may deliver nothing for hours.
    """

    def __init__(self, most_s: float = inf) -> None:
        self._most_s = most_s
        self._sums: dict[int, dict[str, float]] = {}
        self._showing: list[tuple[int, str]] = []
        self._time_s = 0.0

    def update(self, faces: Iterable[tuple[int, str]], time_s: float) -> None:
        """Add a frame, or the end of the last one, which has no faces.

        Args:
            faces: Track and label of each face.
            time_s: Seconds of the stream.
        """
        elapsed_s = min(max(0.0, time_s - self._time_s), self._most_s)
        for track, label in self._showing:
            seconds = self._sums.setdefault(track, {})
            seconds[label] = seconds.get(label, 0.0) + elapsed_s
        self._showing, self._time_s = list(faces), time_s

    def take(self, track: int) -> dict[str, float]:
        """Return a person's seconds per label since the last call."""
        return self._sums.pop(track, {})
