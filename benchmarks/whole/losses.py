"""Lost frames and events, and whether an injected fault explains each.

Every camera process numbers the frames it sends without gaps, so a gap at an output is a frame lost on the way. There
are three explanations:

- It belonged to the affected process: it was captured between `OWN_S` before a fault on its path and the first event
after the recovery. - A stage counted it as dropped, with a cause, in the same quiet period (the time between two faults
on its path). - It was captured later than `OWN_S` before the counters were last read: it may have been counted after
that.

The rest are losses, and there must be none. Frames that a camera drops before sending have no number; the camera counts
them itself (`no slot`).
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from benchmarks.whole.arrivals import Arrival

OWN_S = 1.0
"""Seconds a frame may have been in flight before a fault; stages drop and count older ones."""

PATHS: Mapping[str, Collection[str]] = {
    "frames": ("detect", "emotion", "output.frames"),
    "pictures": ("detect", "emotion", "overlay", "output.pictures"),
    "events": ("output.events",),
}
"""The stages on the path to each kind of output; those of events start where `frames` ends."""
HARMED = -1
"""Number of a period that is not quiet."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Missing frames of a camera between two that arrived."""

    camera: str
    after_ns: int
    before_ns: int
    """Capture times of its neighbours."""
    missing: int


@dataclass(frozen=True, slots=True)
class Harm:
    """A fault of a process, and the period in which it may cost frames."""

    stage: str
    began_ns: int
    ended_ns: int

    def concerns(self, path: str, camera: str) -> bool:
        """Return whether a camera's frames pass the process on the path to a kind of output."""
        own = self.stage.removeprefix("camera.")
        return own == camera and path != "events" if self.stage.startswith("camera.") else self.stage in PATHS[path]


@dataclass(frozen=True, slots=True)
class Mark:
    """Drops counted up to a time, by stage and camera."""

    at_ns: int
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(slots=True)
class Account:
    """The fate of the frames on the path to one kind of output."""

    arrived: int = 0
    missing: int = 0
    own: int = 0
    """Missing frames lost with an affected process, or dropped by its replacement."""
    dropped: int = 0
    """Other missing frames, counted by a stage with a cause."""
    lost: int = 0
    """Missing frames without explanation."""
    where: list[str] = field(default_factory=list)
    """For each quiet period with a loss: the camera, the gaps and the counted drops."""


def find_gaps(arrivals: Iterable[Arrival]) -> list[Gap]:
    """Return the gaps in each camera's frame numbers."""
    found, last = [], dict[str, Arrival]()
    for one in arrivals:
        before = last.get(one.camera)
        if before and before.run == one.run and one.order > before.order + 1:
            found.append(Gap(one.camera, before.captured_ns, one.captured_ns, one.order - before.order - 1))
        elif (not before or before.run != one.run) and one.order:
            found.append(Gap(one.camera, one.run, one.captured_ns, one.order))
        last[one.camera] = one
    return found


def out_of_order(arrivals: Iterable[Arrival]) -> int:
    """Return the number of frames that arrived twice, or after a later frame of the same camera."""
    last: dict[str, tuple[int, int]] = {}
    wrong = 0
    for one in arrivals:
        key = one.run, one.order
        wrong += key <= last.get(one.camera, (-1, -1))
        last[one.camera] = max(key, last.get(one.camera, key))
    return wrong


def unobserved(arrivals: Iterable[Arrival], observed: Collection[tuple[str, float, int, int]]) -> list[Gap]:
    """Return a gap for each frame whose observations are incomplete.

    Args:
        arrivals: The frames that reached the outputs.
        observed: Camera, `since`, frame and track of each received observation.
    """
    return [
        Gap(one.camera, one.captured_ns, one.captured_ns, 1)
        for one in arrivals
        if any((one.camera, one.since_ns / 1e9, one.frame, track) not in observed for track in one.tracks)
    ]


def settle(
    path: str, arrived: Counter[str], gaps: Sequence[Gap], harms: Sequence[Harm], marks: Sequence[Mark]
) -> Account:
    """Find the explanation of each gap.

    Args:
        path: One of `PATHS`.
        arrived: Number of frames that arrived, by camera.
        gaps: The missing frames.
        harms: The injected faults.
        marks: The counters at the start, at the start and the end of each fault, and at the end, in order.
    """
    account = Account(arrived=arrived.total(), missing=sum(gap.missing for gap in gaps))
    judged_ns = marks[-1].at_ns - int(OWN_S * 1e9)
    times = [mark.at_ns for mark in marks]
    for camera in arrived:
        on_its_way = [harm for harm in harms if harm.concerns(path, camera)]
        own = [gap for gap in gaps if gap.camera == camera and _is_own(gap, on_its_way)]
        others = [
            gap for gap in gaps if gap.camera == camera and gap.before_ns < judged_ns and not _is_own(gap, on_its_way)
        ]
        account.own += sum(gap.missing for gap in own)
        quiet = _quiet_times(marks, on_its_way)
        counted: Counter[int] = Counter()
        for n, (before, after) in zip(quiet, pairwise(marks), strict=True):
            counted[n] += sum(after.dropped[s, camera] - before.dropped[s, camera] for s in PATHS[path])
        missing: dict[int, list[Gap]] = defaultdict(list)
        for gap in others:
            at = bisect_right(times, gap.after_ns) - 1
            if at >= 0 and quiet[at] != HARMED:
                missing[quiet[at]].append(gap)
        for n, found in missing.items():
            total = sum(gap.missing for gap in found)
            account.dropped += min(total, counted[n])
            if total > counted[n]:
                account.lost += total - counted[n]
                account.where.append(f"{camera}: {counted[n]} counted of {total}, {len(found)} gaps, {found[:8]}")
    return account


def _quiet_times(marks: Sequence[Mark], harms: Sequence[Harm]) -> list[int]:
    """Return the number of the quiet period, or `HARMED`, for each interval between two marks."""
    numbers, current = [], 0
    for before, after in pairwise(marks):
        if any(harm.began_ns < after.at_ns and before.at_ns < harm.ended_ns for harm in harms):
            numbers.append(HARMED)
            current += 1
        else:
            numbers.append(current)
    return numbers


def _is_own(gap: Gap, harms: Iterable[Harm]) -> bool:
    margin_ns = int(OWN_S * 1e9)
    return any(harm.began_ns - margin_ns <= gap.before_ns and gap.after_ns <= harm.ended_ns for harm in harms)


def unfinished(arrivals: Iterable[Arrival], told: Iterable[tuple[str, int]]) -> list[str]:
    """Return the cameras that a change stopped but whose last frame was not marked as the last.

    Args:
        arrivals: The frames that reached the outputs.
        told: Camera, and when it was asked to stop (`time.time_ns()`).
    """
    ends = defaultdict(list)
    for one in arrivals:
        if one.state == "ended":
            ends[one.camera].append(one.captured_ns)
    return [camera for camera, at_ns in told if not any(at_ns - 1_000_000_000 <= end_ns for end_ns in ends[camera])]
