"""Keeps what happened in a file, for later questions: who came, changed and left, and every minute's sums."""

import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from models.over_time.episodes import Appeared, Changed, Episodes, Happening
from models.over_time.sums import Sums
from pipeline.history.read import PERIOD_S, EventRow, MinuteRow
from pipeline.history.write import History
from pipeline.messages import Frame
from pipeline.stage import Stage
from pipeline.stream_clock import StreamClock

WRITE_EVERY_S = 0.5
"""A process that is killed loses what it has seen since it last wrote."""
FORGET_EVERY_S = 10.0
MOST_WAITING = 20_000
"""Events kept while the file cannot be written, as when the disk is full; older ones are lost."""

log = logging.getLogger(__name__)


class HistoryFile(Stage):
    """A sink: an SQLite file, see `emobot history`.

    Events are written as they happen, sums twice a second; each write is one transaction, so that the file is whole
    whenever it is read or the process is killed.

    Args:
        path: The file.
        keep_days: What is older is forgotten.
        max_mb: What is oldest is forgotten while the file has more megabytes (1,000,000 bytes).
        aggregate_only: Keep nothing about single people, but each camera's sums over all of them.

    Raises:
        ConfigError: The file cannot be written, or is no history.
    """

    def __init__(
        self,
        *,
        path: str = "out/history.sqlite",
        keep_days: Annotated[float, Meta(gt=0, le=36_500)] = 30.0,
        max_mb: Annotated[float, Meta(ge=1, le=1_000_000)] = 500.0,
        aggregate_only: bool = False,
    ) -> None:
        self.now: Callable[[], float] = time.time
        """The clock by which is written and forgotten; tests replace it."""
        self._keep_s = keep_days * 86_400
        self._each = not aggregate_only
        self._history = History(Path(path), int(max_mb * 1e6))
        self._cameras: dict[str, _Camera] = {}
        self._events: list[EventRow] = []
        self._written = self._forgotten = 0.0
        self._failed = False
        self.counts: Counter[str] = Counter()

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Take note of the frames, and write if it is time."""
        for frame in frames:
            self._note(frame)
        now = self.now()
        if self._events or not 0 <= now - self._written < WRITE_EVERY_S:
            self._write(now)
        yield from ()

    def close(self) -> None:
        """Write what is known, and close the file."""
        self._write(self.now())
        self._history.close()

    def _note(self, frame: Frame) -> None:
        camera = self._cameras.get(frame.camera)
        if camera is None:
            camera = self._cameras[frame.camera] = _Camera(Sums(PERIOD_S, each=self._each))
            camera.begin(frame)
        if camera.start != frame.start:
            self._happen(frame, camera, camera.episodes.end())
            self._keep(camera, frame.camera)
            camera.begin(frame)
        if (frame.state, frame.error) != (camera.state, camera.error):
            before, camera.state, camera.error = camera.state, frame.state, frame.error
            self._event(frame, "camera", before=before, after=frame.state, detail=frame.error or "")
        if frame.state == "live":
            at_s = camera.clock(frame)
            camera.sums.update(((f.track, f.label, f.confidence) for f in frame.faces), at_s)
            people = ((f.track, f.label) for f in frame.faces)
            self._happen(frame, camera, camera.episodes.update(people, frame.pts_ns / 1e9))
        elif frame.state == "ended":
            self._happen(frame, camera, camera.episodes.end())

    def _happen(self, frame: Frame, camera: "_Camera", happenings: Iterator[Happening]) -> None:
        for what in happenings:
            if not self._each:
                continue
            if isinstance(what, Appeared):
                self._event(frame, "appeared", track=what.track, after=what.label)
            elif isinstance(what, Changed):
                self._event(frame, "changed", track=what.track, before=what.before, after=what.after)
            else:
                self._event(frame, "lost", track=what.track, seconds=round(what.ended_s - what.began_s, 3))

    def _event(self, frame: Frame, kind: str, **values: object) -> None:
        camera = self._cameras[frame.camera]
        at_s = camera.clock(frame) if frame.captured_ns else self.now()
        values |= {"at": round(at_s, 3), "camera": frame.camera, "type": kind}
        self._events.append(EventRow(run=camera.run_ms, since=camera.since_ms, **values))  # type: ignore[arg-type]

    def _keep(self, camera: "_Camera", name: str) -> None:
        """Put aside the sums that have come in since the last time."""
        for (period_s, track), one in camera.sums.take().items():
            camera.minutes.append(
                MinuteRow(
                    at=int(period_s),
                    camera=name,
                    run=camera.run_ms,
                    since=camera.since_ms,
                    track=track,
                    people=camera.count(int(period_s), track, one.people),
                    looks=one.looks,
                    confidence=one.confidence / one.looks,
                    seconds=one.seconds,
                )
            )

    def _write(self, now: float) -> None:
        for name, camera in self._cameras.items():
            self._keep(camera, name)
        minutes = [row for camera in self._cameras.values() for row in camera.minutes]
        self._written = now
        try:
            if self._events or minutes:
                self._history.write(self._events, minutes)
                self._done()
            if not 0 <= now - self._forgotten < FORGET_EVERY_S:
                self._forgotten = now
                self._history.forget(now - self._keep_s)
            self._failed = False
        except sqlite3.OperationalError as error:
            if not self._failed:
                log.error("the history cannot be written, and goes on when it can: %s", error)
            self._failed = True
            self._drop(len(minutes))

    def _done(self) -> None:
        self.counts["events"] += len(self._events)
        self._events = []
        for camera in self._cameras.values():
            camera.minutes = []

    def _drop(self, minutes: int) -> None:
        """Lose what is oldest of what waits, if it is too much."""
        lost = max(0, len(self._events) - MOST_WAITING)
        self._events = self._events[lost:]
        self.counts["lost"] += lost
        if minutes > MOST_WAITING:
            for camera in self._cameras.values():
                camera.minutes = []
            self.counts["lost"] += minutes


@dataclass(slots=True)
class _Camera:
    sums: Sums
    start: tuple[int, int] = (0, 0)
    run_ms: int = 0
    since_ms: int = 0
    state: str = ""
    error: str | None = None
    clock: StreamClock = field(default_factory=StreamClock)
    episodes: Episodes = field(default_factory=Episodes)
    minutes: list[MinuteRow] = field(default_factory=list)
    """Not yet written."""
    people: set[int] = field(default_factory=set)
    """Everybody seen in the minute that began at `minute`."""
    minute: int = 0

    def begin(self, frame: Frame) -> None:
        """Forget people who are counted no longer."""
        self.start, self.run_ms, self.since_ms = frame.start, frame.run // 1_000_000, frame.since_ns // 1_000_000
        self.sums.forget()
        self.people = set()

    def count(self, minute: int, track: int, people: set[int]) -> int:
        """Return how many people a row is about, those of the same minute's earlier pieces included."""
        if track:
            return 1
        if minute != self.minute:
            self.minute, self.people = minute, set()
        self.people |= people
        return len(self.people)
