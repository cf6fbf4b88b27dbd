"""Keeps a history file for later queries: people who appeared, changed and were lost, and sums per minute."""

import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from models.over_time.episodes import Appeared, Changed, Episodes, Happening, Known, Lost
from models.over_time.sums import EVERYBODY, Sums
from models.zones.watch import Inside
from pipeline.alerts.changes import AlertChanges
from pipeline.batch.results import Measured
from pipeline.history.alert_row import alert_row
from pipeline.history.read import PERIOD_S, EventRow, MinuteRow, ZoneRow
from pipeline.history.write import History
from pipeline.messages import Frame
from pipeline.per_camera import PerCamera
from pipeline.stage import Stage
from pipeline.stream_clock import StreamClock
from stages.lsl.library import check_lsl
from stages.lsl.markers import MarkerInlet
from stages.measured import MeasuredSums
from stages.zones.record import ZoneRecord
from stages.zones.totals import LEAST_PEOPLE, MinPeople, ZoneTotals, shown

WRITE_EVERY_S = 0.5
"""Seconds between writes of sums; a killed process loses what it counted since the last one."""
FORGET_EVERY_S = 10.0
"""Seconds between deletions of old rows."""
MOST_WAITING = 20_000
"""Events kept while the file cannot be written, as when the disk is full; older ones are lost."""

log = logging.getLogger(__name__)


class HistoryFile(Stage):
    """A sink: an SQLite file, see `emobot history`.

    Events are written as they happen, sums twice a second; each write is one transaction, so that the file is whole
    whenever it is read or the process is killed.

    Args:
        path: The file.
        keep_days: Days after which rows are deleted.
        max_mb: Maximum size in megabytes (1,000,000 bytes); the oldest rows are deleted beyond it.
        aggregate_only: Keep only each camera's sums over all people, nothing about single people.
        min_people: With `aggregate_only`, minimum number of people of a sum over the frame, a zone or a line.
        markers: Name of the stream of Lab Streaming Layer whose markers are kept as events, `*` for all of type
            `Markers`; empty for none.

    Raises:
        ConfigError: The file cannot be written, or is no history.
        MissingPart: `pylsl` is needed and not installed.
    """

    alone = (("path",),)

    def __init__(
        self,
        *,
        path: str = "out/history.sqlite",
        keep_days: Annotated[float, Meta(gt=0, le=36_500)] = 30.0,
        max_mb: Annotated[float, Meta(ge=1, le=1_000_000)] = 500.0,
        aggregate_only: bool = False,
        min_people: MinPeople = LEAST_PEOPLE,
        markers: str = "",
    ) -> None:
        self.now: Callable[[], float] = time.time
        """The clock for writing and deleting; tests replace it."""
        self._began_ns = time.time_ns()
        self._keep_s = keep_days * 86_400
        self._each = not aggregate_only
        self._min_people = min_people
        self._inlet = MarkerInlet(markers) if markers else None
        self._history = History(Path(path), int(max_mb * 1e6))
        self._cameras: dict[str, _Camera] = {}
        self._people = PerCamera(self._begin, each="people")
        self._alerts = AlertChanges(personal=self._each)
        self._events: list[EventRow] = []
        self._written = self._forgotten = 0.0
        self._failed = False
        self.counts: Counter[str] = Counter()

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse markers without the library that receives them.

        Raises:
            MissingPart: `pylsl` is needed and not installed.
        """
        if options.get("markers"):
            check_lsl()

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Record the frames, and write if a write is due."""
        for frame in frames:
            self._note(frame)
        self._mark()
        now = self.now()
        if self._events or not 0 <= now - self._written < WRITE_EVERY_S:
            self._write(now)
        yield from ()

    def keep(self, cameras: Set[str]) -> None:
        """Complete what is recorded of the other cameras: their people have left."""
        for frame in self._people.gone(cameras):
            if self._cameras[frame.camera].state != "ended":
                self._note(frame)
            if people := self._people.pop(frame.camera):
                self._keep(people, frame.camera, ends=True)
        self._events += [alert_row(alert, 0, 0) for alert in self._alerts.keep(cameras, self.now())]
        self._write(self.now())
        for gone in [name for name, one in self._cameras.items() if not (name in cameras or one.minutes or one.zones)]:
            del self._cameras[gone]

    def close(self) -> None:
        """Write the remaining rows and close the file."""
        if self._inlet:
            self._inlet.close()
        self._mark()
        self._write(self.now(), ends=True)
        self._history.close()

    def _note(self, frame: Frame) -> None:
        if frame.camera not in self._cameras:
            totals = None if self._each else ZoneTotals(PERIOD_S, self._min_people)
            self._cameras[frame.camera] = _Camera(totals)
        camera = self._cameras[frame.camera]
        at_s = camera.clock(frame) if frame.captured_ns else self.now()
        if ended := self._people.take_ended(frame):
            self._happen(frame, ended, ended.episodes.end())
            self._events += ended.zones.end(at_s, frame.clock)
            self._keep(ended, frame.camera, ends=True)
        people = self._people.of(frame)
        if (frame.state, frame.error) != (camera.state, camera.error):
            before, camera.state, camera.error = camera.state, frame.state, frame.error
            self._event(frame, people, "camera", before=before, after=frame.state, detail=frame.error or "")
        self._events += people.zones.see(frame, at_s)
        if frame.state == "live":
            people.minute_s = people.sums.period(at_s)
            people.sums.update(((f.track, f.label, f.confidence) for f in frame.faces), at_s)
            for face in frame.faces:
                people.measured.see(face, at_s, people.sums.period(at_s))
            labels = ((f.track, f.label) for f in frame.faces)
            self._happen(frame, people, people.episodes.update(labels, frame.pts_ns / 1e9))
        elif frame.state == "ended":
            self._happen(frame, people, people.episodes.end())
        self._note_alerts(frame, people)

    def _note_alerts(self, frame: Frame, people: "_People") -> None:
        alerts = self._alerts.read(frame)
        self._events += [alert_row(alert, people.run_ms, people.since_ms) for alert in alerts]

    def _mark(self) -> None:
        for marker in self._inlet.take() if self._inlet else ():
            values = {"at": round(marker.at, 3), "before": marker.stream, "detail": marker.text}
            self._events.append(EventRow(camera="", run=0, since=0, type="marker", **values))  # type: ignore[arg-type]

    def _begin(self, frame: Frame) -> "_People":
        zones = ZoneRecord(frame, self._cameras[frame.camera].totals)
        people = _People(frame.run // 1_000_000, frame.since_ns // 1_000_000, Sums(PERIOD_S, each=self._each), zones)
        if self._each and frame.since_ns < self._began_ns:
            # an earlier process has recorded them
            now_s, at_s = frame.pts_ns / 1e9, self._cameras[frame.camera].clock(frame)
            # nobody came in the future: the clock was set back since
            people.episodes.resume(
                (
                    Known(track=track, label=label, began_s=now_s - max(0.0, at_s - began_s), seen_s=now_s, label_s={})
                    for track, (began_s, label) in self._history.present(frame.camera, people.since_ms).items()
                ),
                now_s,
            )
            zones.resume(
                Inside(track, track, zone, now_s - max(0.0, at_s - entered_s))
                for (track, zone), entered_s in self._history.inside(frame.camera, people.since_ms).items()
            )
        return people

    def _happen(self, frame: Frame, people: "_People", happenings: Iterator[Happening]) -> None:
        for what in happenings:
            if isinstance(what, Lost):
                people.measured.forget(what.track)
            if not self._each:
                continue
            if isinstance(what, Appeared):
                self._event(frame, people, "appeared", track=what.track, after=what.label)
            elif isinstance(what, Changed):
                self._event(frame, people, "changed", track=what.track, before=what.before, after=what.after)
            else:
                self._event(frame, people, "lost", track=what.track, seconds=round(what.ended_s - what.began_s, 3))

    def _event(self, frame: Frame, people: "_People", kind: str, **values: object) -> None:
        camera = self._cameras[frame.camera]
        at_s = camera.clock(frame) if frame.captured_ns else self.now()
        values |= {"at": round(at_s, 3), "clock": frame.clock, "camera": frame.camera, "type": kind}
        self._events.append(EventRow(run=people.run_ms, since=people.since_ms, **values))  # type: ignore[arg-type]

    def _keep(self, people: "_People", name: str, *, ends: bool) -> None:
        """Keep the sums since the last call until they are written; those over all people when their minute ends."""
        self._cameras[name].zones += people.zones.take()
        before_s = float("inf") if self._each or ends else people.minute_s
        # the clock was set back, and these minutes will not continue
        after_s = people.minute_s + PERIOD_S
        measured: dict[tuple[float, int], Measured] = {}
        for (period_s, track), sums in people.measured.drain(before_s, after_s).items():
            key = period_s, track if self._each else EVERYBODY
            measured[key] = measured.get(key, Measured()) + sums
        for (period_s, track), one in people.sums.take(before_s, after_s).items():
            if not self._each and shown(len(one.people), self._min_people) is None:
                continue
            also = measured.get((period_s, track), Measured())
            self._cameras[name].minutes.append(
                MinuteRow(
                    at=int(period_s),
                    camera=name,
                    run=people.run_ms,
                    since=people.since_ms,
                    track=track,
                    people=1 if track else len(one.people),
                    looks=one.looks,
                    confidence=one.confidence / one.looks,
                    seconds=one.seconds,
                    measured=also.seconds,
                    facing=also.facing_s,
                    blinking=also.blinks_s,
                    blinks=also.blinks,
                )
            )

    def _write(self, now: float, *, ends: bool = False) -> None:
        for name, people in self._people.items():
            self._keep(people, name, ends=ends)
        minutes = [row for camera in self._cameras.values() for row in camera.minutes]
        zones = [row for camera in self._cameras.values() for row in camera.zones]
        self._written = now
        try:
            try:
                self._store(now, minutes, zones)
            except sqlite3.DatabaseError as error:
                if not self._history.renew(error):
                    raise
                self._store(now, minutes, zones)
            self._failed = False
        except sqlite3.OperationalError as error:
            if not self._failed:
                log.error("the history cannot be written; trying again until it can: %s", error)
            self._failed = True
            self._drop(len(minutes) + len(zones))

    def _store(self, now: float, minutes: list[MinuteRow], zones: list[ZoneRow]) -> None:
        if self._events or minutes or zones:
            self._history.write(self._events, minutes, zones)
        self.counts["events"] += len(self._events)
        self._events = []
        for camera in self._cameras.values():
            camera.minutes, camera.zones = [], []
        if not 0 <= now - self._forgotten < FORGET_EVERY_S:
            self._forgotten = now
            self._history.forget(now, self._keep_s)

    def _drop(self, minutes: int) -> None:
        """Drop the oldest waiting rows beyond `MOST_WAITING`."""
        lost = max(0, len(self._events) - MOST_WAITING)
        self._events = self._events[lost:]
        self.counts["lost"] += lost
        if minutes > MOST_WAITING:
            for camera in self._cameras.values():
                camera.minutes, camera.zones = [], []
            self.counts["lost"] += minutes


@dataclass(slots=True)
class _Camera:
    totals: ZoneTotals | None
    """Of its zones and lines, if single people are not recorded."""
    state: str = ""
    error: str | None = None
    clock: StreamClock = field(default_factory=StreamClock)
    minutes: list[MinuteRow] = field(default_factory=list)
    """Not yet written."""
    zones: list[ZoneRow] = field(default_factory=list)
    """Not yet written."""


@dataclass(slots=True)
class _People:
    run_ms: int
    since_ms: int
    sums: Sums
    zones: ZoneRecord
    measured: MeasuredSums = field(default_factory=MeasuredSums)
    episodes: Episodes = field(default_factory=Episodes)
    minute_s: float = 0.0
    """Start of the minute of the last live frame, UNIX seconds."""
