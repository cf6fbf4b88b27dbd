"""Who enters and leaves the zones of one camera, and who crosses its lines.

A person is where the centre of their face is. Lengths are in heights of the frame, so that a stream may change its
size, and a person's own jitter is measured by the size of their face.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from models.zones.geometry import Crossing, contains, crossings, distance
from models.zones.shape import Outline, Place, Shape

MARGIN = 0.3
"""Distance from an edge or a line, as a fraction of the face's size, at which a person has left the zone or has
crossed the line: a face that jitters there has not. Boxes of a still face move by up to 0.1, of a turning one by
0.2."""
GRACE_S = 2.0
"""Seconds out of view after which a person has left; the tracker finds a face again within one, `forget_s`."""
REACH, ALIKE = 1.0, 1.5
"""Distance, as a fraction of a face's size, and ratio of sizes up to which a new track continues a lost one."""
BORDER = 0.7
"""Distance of the centre of a face from the frame's border, as a fraction of its size, below which a lost person has
walked out of the frame, and a new track is somebody else."""
REMEMBERED_S, MOST_REMEMBERED = 3600.0, 1000
"""Seconds for which a visitor of a zone is remembered, once there are more than this number: tracks seldom last that
long, and the memory of a camera that runs for months must not grow."""
_NUDGE = 7.5e-10, 5.7e-10
"""Offset of every centre, so that none lies exactly on an edge drawn at a round number."""

Direction = Literal["in", "out"]


class Entered(NamedTuple):
    """A person entered a zone."""

    track: int
    zone: str
    time_s: float
    is_first: bool
    """Whether they had not been in it before."""


class Left(NamedTuple):
    """A person left a zone."""

    track: int
    zone: str
    entered_s: float
    left_s: float


class Crossed(NamedTuple):
    """A person crossed a line; `in` is towards the right-hand side of someone who follows it in the picture."""

    track: int
    line: str
    direction: Direction
    time_s: float


class Inside(NamedTuple):
    """A person who is in a zone, as another process can continue."""

    track: int
    """Their present track."""
    number: int
    """The number that they first had."""
    zone: str
    entered_s: float


Happening = Entered | Left | Crossed


class ZoneWatch:
    """The zones and lines of one camera; feed it every frame.

    All that happens is reported of the number that a person first had, also when a new track continues a lost one.
    """

    def __init__(self) -> None:
        self.outlines: tuple[Outline, ...] = ()
        """The zones and lines; change them with `redraw`."""
        self._shapes: list[Shape] = []
        self._aspect = 0.0
        self._people: dict[int, _Person] = {}
        self._resumed: dict[int, _Person] = {}
        """People whom another process knew and this one has not seen yet."""
        self._visitors: dict[str, dict[int, float]] = {}
        """When each visitor of a zone last entered it."""
        self._time_s = 0.0

    def redraw(self, outlines: Sequence[Outline]) -> Iterator[Left]:
        """Change the zones and lines; everybody leaves a zone that is gone or drawn differently."""
        names = {one.name for one in outlines}
        for one in self._resumed.values():
            for name in one.visits.keys() - names:
                yield one.leave(name)
        kept = set(outlines) & set(self.outlines)
        gone = {one.name for one in self.outlines if one not in kept}
        self.outlines, self._aspect = tuple(outlines), 0.0
        for person in self._people.values():
            for name in gone:
                person.crossed.pop(name, None)
                if name in person.visits:
                    yield person.leave(name)
        for name in gone:
            self._visitors.pop(name, None)

    def update(self, faces: Iterable[tuple[int, Place]], time_s: float, aspect: float) -> Iterator[Happening]:
        """Process a frame; yield what happened since the last one.

        Args:
            faces: Track and place of each face.
            time_s: Seconds of the stream. If it jumps back, everybody leaves.
            aspect: Width of the frame over its height.
        """
        if time_s < self._time_s:
            yield from self.end()
        self._time_s = time_s
        for one in self._resumed.values():
            if not one.seen_s:
                one.arrive(time_s)
        if aspect != self._aspect:
            self._scale(aspect)
        seen = dict(faces)
        for track, place in seen.items():
            here = Place(place.x + _NUDGE[0], place.y + _NUDGE[1], place.size)
            person = self._people.get(track) or self._back(track, here, time_s) or self._continued(here, seen)
            if person is None:
                person = _Person(track, here, time_s)
            self._people[track] = person
            yield from self._move(person, here, time_s)
        for track in [track for track, person in self._people.items() if time_s - person.seen_s > GRACE_S]:
            yield from self._people.pop(track).end()
        for track in [track for track, person in self._resumed.items() if time_s - person.seen_s > GRACE_S]:
            yield from self._resumed.pop(track).end()

    def inside(self) -> list[Inside]:
        """Return who is in which zone, for `resume` in the next process."""
        everybody = [*self._people.items(), *self._resumed.items()]
        return [
            Inside(track, person.number, zone, visit.entered_s)
            for track, person in everybody
            for zone, visit in person.visits.items()
        ]

    def resume(self, inside: Iterable[Inside]) -> None:
        """Continue where another process ended: these people are in zones, and have not entered them again.

        Who is not seen within `GRACE_S` of the first frame has left.
        """
        for track, number, zone, entered_s in inside:
            person = self._resumed.setdefault(track, _Person(number, Place(0.0, 0.0, 0.0), 0.0))
            person.visits[zone] = _Visit(entered_s, entered_s)

    def end(self) -> Iterator[Happening]:
        """Let everybody leave because the stream has ended, restarts or is interrupted."""
        people, self._people = [*self._people.values(), *self._resumed.values()], {}
        self._resumed = {}
        self._time_s = 0.0
        for person in people:
            yield from person.end()

    def occupancy(self) -> dict[str, int]:
        """Return the number of people in each zone."""
        zones = [one.name for one in self.outlines if not one.is_line]
        people = [*self._people.values(), *self._resumed.values()]
        return {zone: sum(zone in person.visits for person in people) for zone in zones}

    def zones_of(self, track: int) -> tuple[int, Iterable[str]]:
        """Return the number that the person of a track first had, and the zones they are in."""
        person = self._people.get(track)
        return (person.number, person.visits) if person else (track, ())

    def _scale(self, aspect: float) -> None:
        if self._aspect:
            for person in self._people.values():
                person.place = person.place._replace(x=person.place.x * aspect / self._aspect)
        self._aspect = aspect
        self._shapes = [Shape.of(outline, aspect) for outline in self.outlines]

    def _back(self, track: int, here: Place, time_s: float) -> "_Person | None":
        """Return the person whom another process knew under a track, where they are now."""
        person = self._resumed.pop(track, None)
        if person is not None:
            person.place, person.seen_s = here, time_s
        return person

    def _continued(self, here: Place, seen: dict[int, Place]) -> "_Person | None":
        """Return the lost person whom a new track at this place continues, without their old track."""
        lost = {
            track: away
            for track, person in self._people.items()
            if track not in seen and (away := self._away(person.place, here)) < REACH
        }
        return self._people.pop(min(lost, key=lost.__getitem__)) if lost else None

    def _away(self, before: Place, here: Place) -> float:
        """Return how far a place is from another, as a fraction of the face's size; infinite if it is another face."""
        size = max(before.size, here.size)
        border = min(before.x, self._aspect - before.x, before.y, 1 - before.y)
        if size > ALIKE * min(before.size, here.size) or border < BORDER * before.size:
            return math.inf
        return math.hypot(before.x - here.x, before.y - here.y) / size if size else math.inf

    def _move(self, person: "_Person", here: Place, time_s: float) -> Iterator[Happening]:
        start, end, since_s = person.place[:2], here[:2], person.seen_s
        for shape in self._shapes:
            is_near = shape.name in person.visits or shape.name in person.crossed
            if not (is_near or shape.concerns(start, end)):
                continue
            found = crossings(shape.path, start, end)
            times = [since_s + one.at * (time_s - since_s) for one in found]
            if shape.is_line:
                yield from person.cross(shape, here, found, times)
            else:
                yield from self._visit(person, shape, here, times, time_s)
        person.place, person.seen_s = here, time_s

    def _visit(
        self, person: "_Person", shape: "Shape", here: Place, times: Sequence[float], time_s: float
    ) -> Iterator[Happening]:
        is_inside = contains(shape.path, here[:2])
        if shape.name not in person.visits:
            if not (times or is_inside):
                return
            entered_s = times[0] if times else time_s
            person.visits[shape.name] = _Visit(entered_s, entered_s)
            is_first = self._note_visitor(shape.name, person.number, time_s)
            yield Entered(person.number, shape.name, entered_s, is_first)
        visit = person.visits[shape.name]
        visit.inside_s = time_s if is_inside else times[-1] if times else visit.inside_s
        if not is_inside and distance(shape.path, here[:2]) >= MARGIN * here.size:
            yield person.leave(shape.name)

    def _note_visitor(self, zone: str, number: int, time_s: float) -> bool:
        """Remember that a person enters a zone; return whether it is for the first time."""
        visitors = self._visitors.setdefault(zone, {})
        is_first = number not in visitors
        visitors[number] = time_s
        if len(visitors) > MOST_REMEMBERED:
            self._visitors[zone] = {n: at_s for n, at_s in visitors.items() if time_s - at_s <= REMEMBERED_S}
        return is_first


@dataclass(slots=True)
class _Visit:
    entered_s: float
    inside_s: float
    """When they were last inside."""


@dataclass(slots=True)
class _Person:
    number: int
    """The number that they first had."""
    place: Place
    seen_s: float
    visits: dict[str, _Visit] = field(default_factory=dict)
    crossed: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Crossings of each line that are not certain yet: those `in` less those `out`, and the time of the last one."""

    def arrive(self, time_s: float) -> None:
        """Be where another process knew them, until now at least."""
        self.seen_s = time_s
        for visit in self.visits.values():
            visit.inside_s = time_s

    def cross(self, shape: Shape, here: Place, found: Sequence[Crossing], times: Sequence[float]) -> Iterator[Crossed]:
        before, last_s = self.crossed.get(shape.name, (0, 0.0))
        net = before + sum(one.turn for one in found)
        self.crossed[shape.name] = net, times[-1] if times else last_s
        if distance(shape.path, here[:2]) >= MARGIN * here.size:
            yield from self.settle(shape.name)

    def settle(self, line: str) -> Iterator[Crossed]:
        """Report a line that was crossed, however often on the way."""
        net, time_s = self.crossed.pop(line)
        if net:
            yield Crossed(self.number, line, "in" if net > 0 else "out", time_s)

    def leave(self, zone: str) -> Left:
        visit = self.visits.pop(zone)
        return Left(self.number, zone, visit.entered_s, visit.inside_s)

    def end(self) -> Iterator[Happening]:
        for line in list(self.crossed):
            yield from self.settle(line)
        for zone in list(self.visits):
            yield self.leave(zone)
