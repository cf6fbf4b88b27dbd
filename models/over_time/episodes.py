"""Events of one camera's people: arrivals, label changes and departures, with the time each label was shown."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

RESUME_S = 15.0
"""Longest break, seconds, over which a person that another process saw counts as seen."""
LOST_AFTER_S = 1.0
"""Seconds after which an absent person counts as gone; trackers find a face again within that time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeared:
    """A person was seen for the first time."""

    track: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A person's label has changed."""

    track: int
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A person has left.

    Attributes:
        track: The person's track number.
        began_s: Time of the first sighting, seconds of the stream.
        ended_s: Time of the last sighting, seconds of the stream.
        label_s: Seconds for which each label was shown.
    """

    track: int
    began_s: float
    ended_s: float
    label_s: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person who is present, as another process can continue; times are seconds of the stream."""

    track: int
    label: str
    began_s: float
    seen_s: float
    label_s: dict[str, float]


Happening = Appeared | Changed | Lost


@dataclass(slots=True)
class _Person:
    label: str
    began_s: float
    seen_s: float
    label_s: dict[str, float] = field(default_factory=dict)

    def see(self, label: str, time_s: float) -> None:
        """Add the time since the last frame to the label shown until now."""
        self.label_s[self.label] = self.label_s.get(self.label, 0.0) + max(0.0, time_s - self.seen_s)
        self.label, self.seen_s = label, time_s


class Episodes:
    """The people of one camera; feed it every frame."""

    def __init__(self) -> None:
        self._people: dict[int, _Person] = {}
        self._time_s = 0.0

    def update(self, faces: Iterable[tuple[int, str]], time_s: float) -> Iterator[Happening]:
        """Process a frame; yield the events.

        Args:
            faces: Track and label of each face.
            time_s: Seconds of the stream. If it jumps back, everybody leaves and appears again.
        """
        if time_s < self._time_s:
            yield from self.end()
        self._time_s = time_s
        for track, label in faces:
            person = self._people.get(track)
            if person is None:
                self._people[track] = _Person(label, time_s, time_s)
                yield Appeared(track=track, label=label)
                continue
            before = person.label
            person.see(label, time_s)
            if label != before:
                yield Changed(track=track, before=before, after=label)
        for track in [t for t, person in self._people.items() if time_s - person.seen_s > LOST_AFTER_S]:
            yield self._leave(track)

    def present(self) -> dict[int, dict[str, float]]:
        """Return the seconds per label of everybody present, by track number."""
        return {track: dict(person.label_s) for track, person in self._people.items()}

    def known(self) -> list[Known]:
        """Return everybody present."""
        return [
            Known(track=track, label=one.label, began_s=one.began_s, seen_s=one.seen_s, label_s=dict(one.label_s))
            for track, one in self._people.items()
        ]

    def resume(self, known: Iterable[Known], time_s: float) -> None:
        """Continue with the people of another process.

        Args:
            known: What it returned.
            time_s: Seconds of the stream now. After a short break they have until now to be seen again.
        """
        for one in known:
            person = self._people[one.track] = _Person(one.label, one.began_s, one.seen_s, dict(one.label_s))
            if 0 <= time_s - one.seen_s <= RESUME_S:
                person.see(one.label, time_s)
            self._time_s = max(self._time_s, one.seen_s)

    def end(self) -> Iterator[Lost]:
        """Let everybody leave because the stream has ended or restarts."""
        for track in list(self._people):
            yield self._leave(track)
        self._time_s = 0.0

    def _leave(self, track: int) -> Lost:
        person = self._people.pop(track)
        return Lost(track=track, began_s=person.began_s, ended_s=person.seen_s, label_s=dict(person.label_s))
