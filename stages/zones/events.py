"""The events of the zones and lines of one camera."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from models.zones.watch import Crossed, Entered, Happening, Inside
from pipeline.events import (
    LineCrossedEvent,
    LineEvent,
    LineTotalEvent,
    OccupancyEvent,
    ZoneEnteredEvent,
    ZoneEvent,
    ZoneLeftEvent,
    ZoneTotalEvent,
)
from pipeline.messages import Frame
from pipeline.stream_clock import StreamClock
from stages.zones.sums import ZoneSums
from stages.zones.totals import Total, ZoneTotals
from stages.zones.watching import CameraZones

Head = Callable[[], dict[str, Any]]
"""Returns the fields of every event for the next one."""


class ZoneEvents:
    """Turns the frames of one camera into events about its zones.

    Args:
        aggregate_s: Seconds per period; publishes totals instead of single people. 0: publishes single people.
        least: Minimum number of people of a total.
        every_s: Seconds between repetitions of the occupancy, for late subscribers.
    """

    def __init__(self, aggregate_s: float, least: int, every_s: float) -> None:
        self._period_s = aggregate_s
        self._every_s = every_s
        self._start: tuple[int, int] | None = None
        self._since_ns = 0
        self._zones = CameraZones()
        self._sums = ZoneSums(0, each=False)
        self._totals = ZoneTotals(aggregate_s, least)
        self._period: float | None = None
        self._published: dict[str, int] = {}
        self._published_s = 0.0

    def read(self, frame: Frame, head: Head, clock: StreamClock, now_s: float) -> Iterator[ZoneEvent | LineEvent]:
        """Yield the events of a frame.

        Args:
            frame: The frame.
            head: Makes the fields of every event.
            clock: The clock of the camera's stream.
            now_s: The time, UNIX seconds.
        """
        if frame.start != self._start:
            happened = list(self._zones.end())
            self._sums.count(happened, self._period)
            yield from self._report(happened, head)
            self._totals.add(self._sums.take())
            self._start, self._since_ns, self._zones = frame.start, frame.since_ns, CameraZones()
            # a period may end before the first frame is seen
            deque(self._zones.redraw(frame.zones), maxlen=0)
            self._sums = ZoneSums(frame.since_ns, each=False)
        if not (frame.zones or self._zones.names):
            return
        if self._period_s:
            yield from self._sum_up(frame, head, clock)
            return
        yield from self._report(self._zones.see(frame), head)
        now = self._zones.occupancy()
        is_due = not 0 <= now_s - self._published_s < self._every_s
        for zone, count in now.items():
            if is_due or count != self._published.get(zone):
                yield OccupancyEvent(**head(), zone=zone, occupancy=count)
        self._published = now
        if is_due:
            self._published_s = now_s

    def inside(self) -> list[Inside]:
        """Return who is in which zone, for `resume` in the next process."""
        return self._zones.inside()

    def resume(self, start: tuple[int, int], since_ns: int, inside: Sequence[Inside]) -> None:
        """Continue where another process ended.

        Args:
            start: Identity of the track numbering there, as `Frame.start`.
            since_ns: Its start, as `Frame.since_ns`.
            inside: What `inside` returned there.
        """
        self._start, self._since_ns = start, since_ns
        self._sums = ZoneSums(since_ns, each=False)
        self._zones.resume(inside)

    def _report(self, happenings: Iterable[Happening], head: Head) -> Iterator[ZoneEvent | LineEvent]:
        if self._period_s:
            return
        happened = list(happenings)
        count = self._zones.occupancy()
        # the watch has seen them all: count back to where it was before the first
        for one in happened:
            if not isinstance(one, Crossed) and one.zone in count:
                count[one.zone] += -1 if isinstance(one, Entered) else 1
        for one in happened:
            person = {**head(), "track": one.track, "since": self._since_ns / 1e9}
            if isinstance(one, Crossed):
                yield LineCrossedEvent(**person, line=one.line, direction=one.direction)
                continue
            count[one.zone] = max(0, count.get(one.zone, 1) + (1 if isinstance(one, Entered) else -1))
            if isinstance(one, Entered):
                yield ZoneEnteredEvent(**person, zone=one.zone, occupancy=count[one.zone])
            else:
                dwell_s = round(one.left_s - one.entered_s, 3)
                yield ZoneLeftEvent(**person, zone=one.zone, dwell_s=dwell_s, occupancy=count[one.zone])

    def _sum_up(self, frame: Frame, head: Head, clock: StreamClock) -> Iterator[ZoneEvent | LineEvent]:
        if frame.state != "live":
            occupancy = self._zones.occupancy()
            self._sums.count(self._zones.see(frame), self._period)
            if self._period is not None and frame.state == "ended":
                yield from self._close(self._period, occupancy, head)
            return
        time_s = clock(frame)
        period = time_s // self._period_s * self._period_s
        if self._period is not None and period != self._period:
            yield from self._close(self._period, self._zones.occupancy(), head)
        happened = list(self._zones.see(frame))
        self._period = period
        self._sums.update(self._zones, happened, frame.faces, time_s, period)

    def _close(self, period: float, occupancy: dict[str, int], head: Head) -> Iterator[ZoneEvent | LineEvent]:
        self._totals.add(self._sums.take())
        for total in self._totals.close(self._zones.names, period):
            yield self._total(total, occupancy, head)
        self._period = None

    def _total(self, total: Total, occupancy: dict[str, int], head: Head) -> ZoneEvent | LineEvent:
        sums = total.sums
        fields = {**head(), "began_at": total.began_s, "period_s": total.period_s, "people": len(sums.people)}
        if total.name in self._zones.lines:
            return LineTotalEvent(**fields, line=total.name, ins=sums.ins, outs=sums.outs)
        return ZoneTotalEvent(
            **fields,
            zone=total.name,
            visits=sums.visits,
            dwell_s=round(sums.dwell_s, 3),
            occupancy=self._totals.shown(occupancy[total.name]),
            emotions_ms={label: round(seconds * 1e3, 3) for label, seconds in sums.seconds.items()},
        )
