"""Rows of a history about the zones and lines of one camera."""

from collections.abc import Iterable, Iterator

from models.over_time.sums import EVERYBODY
from models.zones.watch import Crossed, Entered, Happening, Inside
from pipeline.history.read import PERIOD_S, EventRow, ZoneRow
from pipeline.messages import Clock, Frame
from stages.zones.sums import ZoneSum, ZoneSums
from stages.zones.totals import ZoneTotals
from stages.zones.watching import CameraZones


class ZoneRecord:
    """The zones of one camera while its track numbering lasts.

    Args:
        frame: The first frame of the numbering.
        totals: The camera's totals, which outlast the numbering; None to record single people.
    """

    def __init__(self, frame: Frame, totals: ZoneTotals | None) -> None:
        self._names = {
            "camera": frame.camera,
            "run": frame.run // 1_000_000,
            "since": frame.since_ns // 1_000_000,
        }
        self._totals = totals
        self._zones = CameraZones()
        self._sums = ZoneSums(frame.since_ns, each=totals is None)
        self._period: float | None = None
        self._rows: list[ZoneRow] = []

    def resume(self, inside: Iterable[Inside]) -> None:
        """Continue where another process ended, whose events are in the history."""
        self._zones.resume(inside)

    def see(self, frame: Frame, at_s: float) -> Iterator[EventRow]:
        """Take a frame; yield the events of single people.

        Args:
            frame: The frame.
            at_s: When it was taken, UNIX seconds.
        """
        if not (frame.zones or self._zones.names):
            return
        period = at_s // PERIOD_S * PERIOD_S
        if frame.state == "live":
            self._close_before(period)
            happened = list(self._zones.see(frame))
            self._period = period
            self._sums.update(self._zones, happened, frame.faces, at_s, period)
        else:
            happened = list(self._zones.see(frame))
            self._sums.count(happened, self._period)
            self._close_before(period)
        yield from self._events(happened, at_s, frame.clock)

    def end(self, at_s: float, clock: Clock) -> Iterator[EventRow]:
        """Let everybody leave because the track numbering has ended."""
        happened = list(self._zones.end())
        self._sums.count(happened, self._period)
        yield from self._events(happened, at_s, clock)
        if self._totals:
            self._totals.add(self._sums.take())

    def take(self) -> list[ZoneRow]:
        """Return the rows since the last call."""
        rows, self._rows = self._rows, []
        if self._totals is None:
            rows += [self._row(key.period, key.name, key.track, one) for key, one in self._sums.take().items()]
        return rows

    def _close_before(self, period: float) -> None:
        """Close the totals of an earlier period."""
        if self._totals and self._period is not None and period != self._period:
            self._totals.add(self._sums.take())
            for total in self._totals.close(self._zones.names, self._period):
                self._rows.append(self._row(self._period, total.name, EVERYBODY, total.sums))

    def _events(self, happened: Iterable[Happening], at_s: float, clock: Clock) -> Iterator[EventRow]:
        for one in happened if self._totals is None else ():
            values = {**self._names, "at": round(at_s, 3), "clock": clock, "track": one.track}
            if isinstance(one, Crossed):
                yield EventRow(**values, type="line_crossed", zone=one.line, after=one.direction)  # type: ignore[arg-type]
            elif isinstance(one, Entered):
                yield EventRow(**values, type="zone_entered", zone=one.zone)  # type: ignore[arg-type]
            else:
                seconds = round(one.left_s - one.entered_s, 3)
                yield EventRow(**values, type="zone_left", zone=one.zone, seconds=seconds)  # type: ignore[arg-type]

    def _row(self, period: float, name: str, track: int, one: ZoneSum) -> ZoneRow:
        return ZoneRow(
            **self._names,  # type: ignore[arg-type]
            at=int(period),
            track=track,
            zone=name,
            people=len(one.people),
            visitors=one.visitors,
            visits=one.visits,
            dwell=one.dwell_s,
            ins=one.ins,
            outs=one.outs,
            measured=one.measured_s,
            facing=one.facing_s,
            seconds=one.seconds,
        )
