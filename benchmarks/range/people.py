"""Several people in one frame: some cross each other's ways, or stand at different distances."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from benchmarks.range.backgrounds import Background
from benchmarks.range.planes import empty
from benchmarks.range.scenes import Patch
from benchmarks.range.sources import Clip
from benchmarks.range.tally import note
from benchmarks.range.trials import LIVE_FPS, Faces, shown
from benchmarks.range.truth import Spot
from benchmarks.range.watcher import Watcher, match
from pipeline.messages import Array

STANDING_S, WALKING_S = 1.5, 3.0
"""Seconds for which people stand still before they walk, and of their walk."""
SPEED = 2.5
"""Speed of a walk, sides of the face per second: 0.4 m/s."""
APART, MEETING = 3.75, 0.75
"""Distance from the middle of the frame at which walks begin, and at which people who meet turn back, in sides of the
face."""
SHIFT = 0.25
"""How much higher the next person's face is, in sides of it."""
HAIR, SHOULDERS = 0.4, 0.6
"""Space around and below the faces of people who walk, in sides of the face."""
HIDDEN = 0.2
"""Share of a face's box from which on it counts as hidden by somebody in front."""
CLOSE = 0.8
"""Distance of two faces, in sides, below which nobody says which is which."""

Path = Callable[[float], float]
"""A person's place from left to right: distance from the middle of the frame in sides of the face, by seconds."""


def _from_left(time_s: float) -> float:
    return -APART + SPEED * min(time_s, WALKING_S)


def _from_right(time_s: float) -> float:
    return -_from_left(time_s)


def _standing(time_s: float) -> float:
    return 0.0


def _turning_back(time_s: float) -> float:
    return min(-MEETING - abs(APART - MEETING - SPEED * time_s), -MEETING) if time_s < WALKING_S else -APART - MEETING


def _mirrored(time_s: float) -> float:
    return -_turning_back(time_s)


WALKS: dict[str, tuple[Path, ...]] = {
    "two pass each other": (_from_left, _from_right),
    "one passes one who stands": (_standing, _from_left),
    "two meet and turn back": (_turning_back, _mirrored),
    "two pass one who stands": (_standing, _from_left, _from_right),
}
"""Walks by name; who comes later is in front."""

CROWD = "five stand at three distances"
CROWD_PX = (64, 26, 40, 26, 40)
"""Sides of their faces from left to right, pixels."""


class Person(NamedTuple):
    """One person in a frame."""

    patch: Patch
    path: Path
    side: float
    """Side of the face, pixels."""
    middle: tuple[float, float]
    """Where the middle of the path is, pixels."""
    fps: float

    def place(self, time_s: float) -> tuple[int, int]:
        """Return where the patch's upper left corner is, even pixels."""
        (x, y), (w, h) = self.middle, self.patch.extent
        x += self.side * self.path(time_s - STANDING_S if time_s > STANDING_S else 0.0)
        return 2 * round((x - w / 2) / 2), 2 * round((y - h / 2) / 2)

    def face(self, time_s: float) -> Spot | None:
        """Return the face, None in a frame of the clip that shows none."""
        return next(iter(self.patch.faces(int(time_s * self.fps), self.place(time_s))), None)

    def draw(self, time_s: float, out: Array) -> None:
        """Draw the person into a frame."""
        self.patch.draw(int(time_s * self.fps), self.place(time_s), out)

    def hides(self, spot: Spot, time_s: float) -> bool:
        """Return whether the person stands before a face."""
        (x, y), (w, h) = self.place(time_s), self.patch.extent
        across = min(x + w, spot.x + spot.side / 2) - max(x, spot.x - spot.side / 2)
        down = min(y + h, spot.y + spot.side / 2) - max(y, spot.y - spot.side / 2)
        return bool(max(0.0, across) * max(0.0, down) > HIDDEN * spot.side**2)


def drawn_people(people: Sequence[Person], background: Background, width: int, height: int) -> Iterator[Array]:
    """Yield the frames of a walk, each valid until the next."""
    out = empty(width, height)
    for n in range(math.ceil((STANDING_S + WALKING_S) * LIVE_FPS)):
        background.draw(n, out)
        for person in people:
            person.draw(n / LIVE_FPS, out)
        yield out


def visible(people: Sequence[Person], time_s: float) -> list[Spot | None]:
    """Return each person's face; None if somebody hides it, or if it is too close to another one."""
    faces = [person.face(time_s) for person in people]
    spots: list[Spot | None] = []
    for n, face in enumerate(faces):
        others = (other for m, other in enumerate(faces) if other and m != n)
        clear = face and all(face.off(other) >= CLOSE for other in others)
        spots.append(face if face and clear and not any(p.hides(face, time_s) for p in people[n + 1 :]) else None)
    return spots


def walkers(
    walk: str, found: Sequence[tuple[Clip, Faces]], first: int, side: int, width: int, height: int
) -> list[Person]:
    """Return the people of a walk: clips with one face, from number `first` on.

    Raises:
        ValueError: The walk does not fit into the frame.
    """
    people = []
    for n, path in enumerate(WALKS[walk]):
        clip, faces = _alone(found, first + n)
        patch = Patch(clip, faces, side, HAIR, SHOULDERS)
        people.append(Person(patch, path, side, (width / 2, height / 2 - SHIFT * side * n), clip.fps))
        room = 2 * (APART + MEETING) * side + patch.extent[0]
        if room > width or patch.extent[1] + 2 * SHIFT * side * n > height:
            raise ValueError(f"expected walks of at most {width} pixels, found {room:.0f}")
    return people


def crowd(found: Sequence[tuple[Clip, Faces]], first: int, width: int, height: int) -> list[Person]:
    """Return five people who stand beside each other at three distances, clips from number `first` on.

    Raises:
        ValueError: They do not fit into the frame.
    """
    people = []
    for n, side in enumerate(CROWD_PX):
        clip, faces = _alone(found, first + n)
        middle = (n + 0.5) * width / len(CROWD_PX), height / 2
        patch = Patch(clip, faces, side)
        if patch.extent[0] > width / len(CROWD_PX) or patch.extent[1] > height:
            raise ValueError(f"expected people of at most {width / len(CROWD_PX):.0f} pixels, found {patch.extent[0]}")
        people.append(Person(patch, _standing, side, middle, clip.fps))
    return people


def _alone(found: Sequence[tuple[Clip, Faces]], number: int) -> tuple[Clip, Faces]:
    """Return a clip with one face, if there is any."""
    alone = [(clip, faces) for clip, faces in found if max(map(len, faces)) == 1] or found
    return alone[number % len(alone)]


def crossing(
    name: str, people: Sequence[Person], background: Background, size: tuple[int, int], watchers: Mapping[str, Watcher]
) -> dict[str, Any]:
    """Return whose tracks are split or swapped where people walk, by watcher.

    A track is *swapped* when it is another person's than before, and *split* when a person gets a new one.
    """
    owners: dict[str, dict[int, int]] = {key: {} for key in watchers}
    current: dict[str, dict[int, int]] = {key: {} for key in watchers}
    swapped: dict[str, int] = dict.fromkeys(watchers, 0)
    split: dict[str, int] = dict.fromkeys(watchers, 0)
    found: dict[str, int] = dict.fromkeys(watchers, 0)
    faces_there = 0
    for n, seen in enumerate(shown(drawn_people(people, background, *size), name, LIVE_FPS, watchers)):
        spots = visible(people, n / LIVE_FPS)
        faces_there += sum(spot is not None for spot in spots)
        for key, (faces, _) in seen.items():
            for who, spot in enumerate(spots):
                face = match(spot, faces) if spot else None
                if face is None:
                    continue
                note(found, {key: 1})
                owner, before = owners[key].get(face.track), current[key].get(who)
                if owner is not None and owner != who:
                    swapped[key] += 1
                elif before is not None and before != face.track and owner is None:
                    split[key] += 1
                owners[key][face.track], current[key][who] = who, face.track
    return {
        "people": len(people),
        "faces": faces_there,
        **{f"found_{key}": found[key] for key in watchers},
        **{f"swapped_{key}": swapped[key] for key in watchers},
        **{f"split_{key}": split[key] for key in watchers},
    }
