"""Counts the events of a fleet against those of a single box that watched the same cameras at the same time.

A frame has about the same time of capture on both, the camera's own. An observation of the single box that no box of
the fleet has published is lost; it must be within a failover, which begins with a disturbance and lasts ttl + 5 s.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any

FAILOVER_S = 5.0
"""Seconds beyond the ttl until a camera must run elsewhere."""
BEFORE_S = 1.0
"""Seconds before a disturbance whose events may still be on their way in the box that it hits."""
APART = 0.75
"""Part of the time between two frames by which the two times of one frame differ at most."""

BRIEF_S = 1.0
"""Seconds for which a box at least publishes a camera that it alone has."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event."""

    box: str
    number: str
    """Its message id; the part before camera and sequence number is the process that published it."""
    camera: str
    seq: int
    kind: str
    at_s: float
    published_s: float
    """UNIX seconds: when its frame was taken, and when the box made it."""


@dataclass(slots=True)
class Deed:
    """A disturbance."""

    kind: str
    box: str
    """The box that it hit; empty: all."""
    cameras: Collection[str]
    """Cameras that may lose events."""
    began_s: float
    ended_s: float = 0.0
    """UNIX seconds: of the disturbance, and when the next one could begin."""
    outage_s: float = 0.0
    """Seconds that no box could have run them: the server was away."""
    silent_from_s: float = 0.0
    """UNIX seconds from when the box must publish nothing more; 0: it may."""

    def explains(self, camera: str, at_s: float, ttl_s: float) -> bool:
        """Return whether an event of a time may be lost by it."""
        until_s = self.began_s + self.outage_s + ttl_s + FAILOVER_S
        return camera in self.cameras and self.began_s - BEFORE_S <= at_s <= until_s


@dataclass(slots=True)
class Frame:
    """A frame of the single box, and how many observations of it each box of the fleet has published."""

    at_s: float
    expected: int = 0
    boxes: Counter[str] = field(default_factory=Counter)

    @property
    def lost(self) -> int:
        """Return the number of observations that no box has published."""
        return max(0, self.expected - max(self.boxes.values(), default=0))


def match(reference: Iterable[Told], fleet: Iterable[Told], interval_s: float) -> tuple[dict[str, list[Frame]], int]:
    """Return the frames of each camera in order of time, and the fleet's observations of other frames."""
    frames: dict[str, dict[float, Frame]] = defaultdict(dict)
    for one in reference:
        if one.kind == "observation":
            frames[one.camera].setdefault(one.at_s, Frame(one.at_s)).expected += 1
    found = {camera: [known[at_s] for at_s in sorted(known)] for camera, known in frames.items()}
    times = {camera: [frame.at_s for frame in known] for camera, known in found.items()}
    seen: dict[tuple[str, str, float], Frame] = {}
    taken: set[tuple[str, str, float]] = set()
    beyond = 0
    for one in sorted((one for one in fleet if one.kind == "observation"), key=lambda one: one.at_s):
        frame = seen.get((one.box, one.camera, one.at_s))
        if frame is None:
            first = bisect_left(times.get(one.camera, ()), one.at_s - APART * interval_s)
            near = (frame for frame in found.get(one.camera, ())[first : first + 4])
            free = [
                frame
                for frame in near
                if abs(frame.at_s - one.at_s) <= APART * interval_s and (one.box, one.camera, frame.at_s) not in taken
            ]
            if not free:
                beyond += 1
                continue
            frame = min(free, key=lambda frame: abs(frame.at_s - one.at_s))
            seen[one.box, one.camera, one.at_s] = frame
            taken.add((one.box, one.camera, frame.at_s))
        frame.boxes[one.box] += 1
    return found, beyond


def overlap_s(fleet: Iterable[Told]) -> float:
    """Return the longest time for which two boxes published one camera in turn, seconds."""
    longest = 0.0
    cameras: dict[str, list[Told]] = defaultdict(list)
    for one in fleet:
        cameras[one.camera].append(one)
    for events in cameras.values():
        ordered = sorted(events, key=lambda one: one.published_s)
        stretches = [[one.published_s for one in some] for _, some in groupby(ordered, key=lambda one: one.box)]
        since_s: float | None = None
        for times, after in pairwise(stretches[1:]):
            if times[-1] - times[0] >= BRIEF_S:
                since_s = None
                continue
            since_s = times[0] if since_s is None else since_s
            longest = max(longest, after[0] - since_s)
    return longest


def account(reference: Sequence[Told], fleet: Sequence[Told], deeds: Sequence[Deed], terms: "Terms") -> dict[str, Any]:
    """Return what was lost, and why; what came twice; how long each camera was away after each disturbance."""
    inside = [one for one in fleet if terms.from_s <= one.at_s <= terms.to_s and one.camera in terms.cameras]
    expected = [one for one in reference if terms.from_s <= one.at_s <= terms.to_s and one.camera in terms.cameras]
    frames, beyond = match(expected, inside, terms.interval_s)
    lost: Counter[str] = Counter()
    unexplained: list[dict[str, Any]] = []
    for camera, known in frames.items():
        for frame in known:
            if not frame.lost:
                continue
            deed = next((one for one in reversed(deeds) if one.explains(camera, frame.at_s, terms.ttl_s)), None)
            if deed is None:
                unexplained.append({"camera": camera, "at_s": round(frame.at_s - terms.from_s, 3), "lost": frame.lost})
            else:
                lost[str(deeds.index(deed))] += frame.lost
    twice = [frame for known in frames.values() for frame in known if len(frame.boxes) > 1]
    numbers = Counter(one.number for one in fleet)
    return {
        "expected": sum(frame.expected for known in frames.values() for frame in known),
        "arrived": sum(frame.expected - frame.lost for known in frames.values() for frame in known),
        "lost_in_failovers": sum(lost.values()),
        "lost_otherwise": sum(one["lost"] for one in unexplained),
        "unexplained": unexplained[:50],
        "beyond_the_single_box": beyond,
        "frames_from_two_boxes": len(twice),
        "overlap_s": overlap_s([one for one in fleet if one.kind == "observation"]),
        "duplicate_ids": sum(count - 1 for count in numbers.values()),
        "missing_in_sequences": missing(fleet),
        "kinds": {
            "single box": dict(sorted(Counter(one.kind for one in expected).items())),
            "fleet": dict(sorted(Counter(one.kind for one in inside).items())),
        },
        "deeds": [
            {
                "kind": deed.kind,
                "box": deed.box,
                "at_s": round(deed.began_s - terms.from_s, 2),
                "cameras": len(deed.cameras),
                "away_s": {camera: round(away_s(frames.get(camera, ()), deed), 3) for camera in sorted(deed.cameras)},
                "lost": lost[str(number)],
                "late": late(fleet, deed),
            }
            for number, deed in enumerate(deeds)
        ],
    }


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is compared."""

    cameras: Collection[str]
    from_s: float
    to_s: float
    """UNIX seconds."""
    interval_s: float
    """Seconds between two frames."""
    ttl_s: float


def away_s(frames: Sequence[Frame], deed: Deed) -> float:
    """Return the longest time in a disturbance in which every frame of a camera was lost, seconds."""
    within = [frame for frame in frames if deed.began_s - BEFORE_S <= frame.at_s <= deed.ended_s]
    longest, since_s = 0.0, None
    for before, frame in pairwise(within):
        if frame.lost == frame.expected:
            since_s = before.at_s if since_s is None else since_s
            longest = max(longest, frame.at_s - since_s)
        else:
            since_s = None
    return longest


def late(fleet: Iterable[Told], deed: Deed) -> int:
    """Return how many observations a box has made that had to be silent."""
    if not deed.silent_from_s:
        return 0
    return sum(
        one.kind == "observation" and one.box == deed.box and deed.silent_from_s < one.published_s < deed.ended_s
        for one in fleet
    )


def missing(fleet: Iterable[Told]) -> int:
    """Return how many events of a process lack between others of it: made, but never stored."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for one in fleet:
        numbers[one.number.rpartition(".")[0]].add(one.seq)
    return sum(max(known) - min(known) + 1 - len(known) for known in numbers.values())
