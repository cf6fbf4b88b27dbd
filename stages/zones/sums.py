"""Adds up what people do in zones: per period and person, or over everybody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from models.over_time.cadence import Cadence
from models.over_time.episodes import LOST_AFTER_S
from models.over_time.sums import EVERYBODY
from models.zones.watch import Crossed, Entered, Happening
from pipeline.messages import Face
from stages.measured import GAP_S
from stages.zones.watching import CameraZones

FACING_DEG = 20.0
"""Largest difference of a face's yaw from the direction of a zone's screen, degrees; the default of `facing_deg`."""


class Key(NamedTuple):
    """What a sum is of."""

    period: float
    name: str
    """The zone or line."""
    track: int
    """The person; `EVERYBODY` for all."""


@dataclass(slots=True)
class ZoneSum:
    """Sums of a zone or line."""

    people: set[tuple[int, int]] = field(default_factory=set)
    """Everybody who was in the zone or crossed the line: start of the track numbering and track."""
    visitors: int = 0
    """People who entered the zone for the first time."""
    visits: int = 0
    dwell_s: float = 0.0
    """Seconds in the zone, over all people."""
    ins: int = 0
    outs: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds each label was shown in the zone, over all people."""
    measured_s: float = 0.0
    """Seconds for which `[landmarks]` measured the pose of a face."""
    facing_s: float = 0.0
    """Seconds of these in which the face was turned towards the camera, or the zone's screen."""

    def add(self, other: "ZoneSum") -> None:
        """Add another sum."""
        self.people |= other.people
        for label, seconds in other.seconds.items():
            self.seconds[label] = self.seconds.get(label, 0.0) + seconds
        for name in ("visitors", "visits", "dwell_s", "ins", "outs", "measured_s", "facing_s"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


class ZoneSums:
    """The sums of one camera while its track numbering lasts.

    Args:
        since: Start of the track numbering.
        each: Whether to keep separate sums for each person.
    """

    def __init__(self, since: int, *, each: bool) -> None:
        self._since = since
        self._each = each
        self._seen: dict[int, tuple[Face, float]] = {}
        self._cadence = Cadence()
        self._sums: dict[Key, ZoneSum] = {}

    def update(
        self, zones: CameraZones, happenings: Iterable[Happening], faces: Sequence[Face], time_s: float, period: float
    ) -> None:
        """Add a frame.

        Args:
            zones: The zones, which have seen the frame.
            happenings: What happened in it.
            faces: Its faces.
            time_s: UNIX seconds. The time since a person's last frame counts for the zones they are in now.
            period: The period in which it counts.
        """
        self.count(happenings, period)
        absence_s, gap_s = (self._cadence.absence_s(time_s, least_s) for least_s in (LOST_AFTER_S, GAP_S))
        self._cadence.note(time_s)
        for face in faces:
            before, then_s = self._seen.get(face.track, (face, time_s))
            seconds = time_s - then_s
            number, inside = zones.zones_of(face.track)
            for name in inside:
                sums = self._of(period, name, number)
                if 0 < seconds <= absence_s:
                    sums.dwell_s += seconds
                    sums.seconds[before.label] = sums.seconds.get(before.label, 0.0) + seconds
                if before.facing is not None and 0 < seconds <= gap_s:
                    sums.measured_s += seconds
                    sums.facing_s += seconds * _is_facing(before, zones.screen_of(name))
            self._seen[face.track] = face, time_s
        if len(self._seen) > len(faces):
            self._seen = {t: seen for t, seen in self._seen.items() if 0 <= time_s - seen[1] <= LOST_AFTER_S}

    def count(self, happenings: Iterable[Happening], period: float | None) -> None:
        """Add what happened, also when a stream ends or is interrupted: who was on a line has crossed it then.

        Args:
            happenings: What happened.
            period: The period in which it counts; None before the first frame, when nothing can.
        """
        for one in happenings:
            if period is None:
                continue
            if isinstance(one, Crossed):
                sums = self._of(period, one.line, one.track)
                sums.ins += one.direction == "in"
                sums.outs += one.direction == "out"
            elif isinstance(one, Entered):
                sums = self._of(period, one.zone, one.track)
                sums.visits += 1
                sums.visitors += one.is_first

    def take(self) -> dict[Key, ZoneSum]:
        """Return and reset the sums."""
        sums, self._sums = self._sums, {}
        return sums

    def _of(self, period: float, name: str, number: int) -> ZoneSum:
        sums = self._sums.setdefault(Key(period, name, number if self._each else EVERYBODY), ZoneSum())
        sums.people.add((self._since, number))
        return sums


def _is_facing(face: Face, screen_deg: float | None) -> bool:
    if screen_deg is None or face.yaw is None:
        return bool(face.facing)
    return abs(face.yaw - screen_deg) <= FACING_DEG
