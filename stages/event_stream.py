"""Turns frames into events: observations of each face, and people who appear, change and are lost.

The outputs that publish events differ in the transport, not in the content.
"""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from models.over_time.episodes import Appeared, Changed, Episodes, Happening, Known
from models.over_time.sums import EVERYBODY, Sum, Sums
from models.zones.watch import Inside
from pipeline.alerts.changes import AlertChanges, alert_event
from pipeline.events import (
    AggregateEvent,
    AnyEvent,
    AppearedEvent,
    CameraEvent,
    ChangedEvent,
    LostEvent,
)
from pipeline.messages import Frame
from pipeline.observation import observation
from pipeline.per_camera import PerCamera
from pipeline.stage import Stage
from pipeline.stream_clock import StreamClock
from stages.zones.events import ZoneEvents
from stages.zones.totals import LEAST_PEOPLE, shown

STATE_EVERY_S = 5.0
"""Seconds between repeated state events of a camera, for subscribers that connect later."""


class EventOutput(Stage):
    """An output that publishes events.

    Args:
        observations_hz: Maximum observations of each person per second of the stream; 0: one per frame.
        aggregate_only: Publish no events about individuals, only sums over all people per camera and period.
        aggregate_s: Length of the period, seconds.
        min_people: With `aggregate_only`, minimum number of people of a sum over the frame, a zone or a line.
    """


class EventStream:
    """Turns frames into events.

    Args:
        observations_hz: Maximum observations of each person per second of the stream; 0: one per frame.
        aggregate_s: Seconds per period; publishes sums instead of single people. 0: publishes single people.
        min_people: Minimum number of people of a sum.
    """

    def __init__(self, observations_hz: float = 0.0, aggregate_s: float = 0.0, min_people: int = LEAST_PEOPLE) -> None:
        self.now: Callable[[], float] = time.time
        """The clock of `published_at`; tests replace it."""
        self._observations_hz = observations_hz
        self._aggregate_s = aggregate_s
        self._min_people = min_people
        self._cameras: dict[str, _Camera] = {}
        self._numbers: Counter[str] = Counter()
        """Next event's number of each camera; continues across its restarts and after its removal, so that subscribers
        can count lost events."""
        self._people = PerCamera(self._begin, each="people")
        self._alerts = AlertChanges(personal=not aggregate_s)
        self._resumed: dict[str, _Presence] = {}

    def read(self, frame: Frame) -> Iterator[AnyEvent]:
        """Yield the events of a frame."""
        camera = self._camera(frame.camera)
        if resumed := self._resumed.pop(frame.camera, None):
            camera.zones.resume(resumed.start, resumed.since_ns, resumed.inside)
            yield from self._resume(frame, resumed)
        if ended := self._people.take_ended(frame):
            yield from self._happen(frame, ended, ended.episodes.end())
            yield from self._publish_sums(frame, ended)
        people = self._people.of(frame)
        yield from self._publish_state(frame, camera)
        if self._aggregate_s:
            yield from self._sum_up(frame, camera, people)
        elif frame.state == "live":
            time_s = frame.pts_ns / 1e9
            labels = ((face.track, face.label) for face in frame.faces)
            yield from self._happen(frame, people, people.episodes.update(labels, time_s))
            for face in frame.faces:
                if people.is_due(face.track, time_s, self._observations_hz):
                    yield observation(frame, face, self._head_of_person(frame, people))
        elif frame.state == "ended":
            yield from self._happen(frame, people, people.episodes.end())
        yield from camera.zones.read(frame, partial(self._head, frame), camera.clock, self.now())
        for alert in self._alerts.read(frame):
            # a camera that sends nothing is spoken for by the frames of the others
            yield alert_event(alert, self._head(frame, alert.camera))

    def keep(self, cameras: Set[str]) -> Iterator[AnyEvent]:
        """Forget all cameras but these, and yield the last events of the others: their people leave, they are removed.

        Args:
            cameras: As in `Stage.keep`.
        """
        cleared = list(self._alerts.keep(cameras, self.now()))
        starts = {name: people.start for name, people in self._people.items()}
        # not those that only an earlier process knew: at the start of a box, its fleet's cameras have yet to come
        for name in sorted(self._cameras.keys() - cameras):
            camera = self._camera(name)
            last = camera.frame or Frame(camera=name)
            run, counted_ns = starts.get(name, last.start)
            frame = replace(last, run=run, counted_ns=counted_ns, state="ended", error=None, fault="", alerts=None)
            camera.published, camera.published_at = (frame.state, frame.error, frame.saving), self.now()
            yield from self.read(frame)
            for alert in cleared:
                if alert.camera == name:
                    yield alert_event(alert, self._head(frame))
            yield self._state(frame, removed=True)
            del self._cameras[name]
            self._people.pop(name)

    def presence(self) -> bytes:
        """Return who is present, for `resume` in the next process."""
        return _json.encode(
            {
                name: _Presence(
                    start=people.start,
                    since_ns=people.since_ns,
                    people=people.episodes.known(),
                    inside=self._camera(name).zones.inside(),
                )
                for name, people in self._people.items()
            }
        )

    def resume(self, presence: bytes) -> None:
        """Continue where another process ended: those who are still present have not appeared again.

        Args:
            presence: What `presence` returned there; ignored if it cannot be read.
        """
        with contextlib.suppress(msgspec.MsgspecError):
            self._resumed = msgspec.json.decode(presence, type=dict[str, _Presence])

    def _resume(self, frame: Frame, resumed: "_Presence") -> Iterator[AnyEvent]:
        if resumed.start == frame.start:
            self._people.of(frame).episodes.resume(resumed.people, frame.pts_ns / 1e9)
            return
        # the camera has started again meanwhile: its people have left
        gone = _People(resumed.start, resumed.since_ns, Sums(1.0, each=False))
        gone.episodes.resume(resumed.people, float("-inf"))
        yield from self._happen(frame, gone, gone.episodes.end())

    def _camera(self, name: str) -> "_Camera":
        if name not in self._cameras:
            self._cameras[name] = _Camera(ZoneEvents(self._aggregate_s, self._min_people, STATE_EVERY_S))
        return self._cameras[name]

    def _begin(self, frame: Frame) -> "_People":
        return _People(frame.start, frame.since_ns, Sums(self._aggregate_s or 1.0, each=False))

    def _publish_state(self, frame: Frame, camera: "_Camera") -> Iterator[AnyEvent]:
        now = self.now()
        published = (frame.state, frame.error, frame.saving)
        if published == camera.published and 0 <= now - camera.published_at < STATE_EVERY_S:
            return
        camera.published, camera.published_at = published, now
        camera.frame = replace(frame, pixels=None, crops=None, faces=(), hidden=(), panels=(), alerts=None)
        yield self._state(frame)

    def _state(self, frame: Frame, *, removed: bool = False) -> CameraEvent:
        return CameraEvent(
            **self._head(frame),
            state=frame.state,
            error=frame.error,
            fault=frame.fault,
            width=frame.width,
            height=frame.height,
            fps=frame.fps,
            saving=frame.saving,
            removed=removed,
        )

    def _sum_up(self, frame: Frame, camera: "_Camera", people: "_People") -> Iterator[AnyEvent]:
        at_s = camera.clock(frame)
        period_s = people.sums.period(at_s)
        if frame.state == "ended" or period_s != people.period_s:
            yield from self._publish_sums(frame, people)
        if frame.state == "live":
            people.period_s = period_s
            people.sums.update(((f.track, f.label, f.confidence) for f in frame.faces), at_s)

    def _publish_sums(self, frame: Frame, people: "_People") -> Iterator[AnyEvent]:
        if people.period_s is None:
            return
        one = people.sums.take().get((people.period_s, EVERYBODY), Sum())
        count = shown(len(one.people), self._min_people)
        if count is None:
            one = Sum()
        yield AggregateEvent(
            **self._head(frame),
            began_at=people.period_s,
            period_s=self._aggregate_s,
            people=count,
            looks=one.looks,
            confidence=one.confidence / max(1, one.looks),
            emotions_ms={label: round(seconds * 1e3, 3) for label, seconds in one.seconds.items() if seconds},
        )
        people.period_s = None

    def _happen(self, frame: Frame, people: "_People", happenings: Iterator[Happening]) -> Iterator[AnyEvent]:
        for what in happenings:
            head = self._head_of_person(frame, people)
            if isinstance(what, Appeared):
                yield AppearedEvent(**head, track=what.track, label=what.label)
            elif isinstance(what, Changed):
                confidence = next(face.confidence for face in frame.faces if face.track == what.track)
                yield ChangedEvent(
                    **head, track=what.track, before=what.before, after=what.after, confidence=confidence
                )
            else:
                people.observed_s.pop(what.track, None)
                emotions_ms = {label: round(seconds * 1e3, 3) for label, seconds in what.label_s.items()}
                duration_ms = round((what.ended_s - what.began_s) * 1e3, 3)
                yield LostEvent(**head, track=what.track, duration_ms=duration_ms, emotions_ms=emotions_ms)

    def _head(self, frame: Frame, name: str = "") -> dict[str, Any]:
        name = name or frame.camera
        camera = self._camera(name)
        camera.model = frame.model or camera.model
        self._numbers[name] += 1
        now = self.now()
        # a state without a frame, such as the end of a stream, is of now
        camera.at_s = frame.at_ns / 1e9 or max(now, camera.at_s)
        return {
            "camera": name,
            "seq": self._numbers[name] - 1,
            "pts_ms": frame.pts_ns / 1e6 if name == frame.camera else 0.0,
            "captured_at": camera.at_s,
            "clock": frame.clock,
            "published_at": now,
            "model": camera.model,
        }

    def _head_of_person(self, frame: Frame, people: "_People") -> dict[str, Any]:
        return {**self._head(frame), "since": people.since_ns / 1e9}


@dataclass(slots=True)
class _Camera:
    zones: ZoneEvents
    published: tuple[str, str | None, int] = ("", None, 0)
    """State, error and load-shedding level of the last published state event."""
    published_at: float = 0.0
    frame: Frame | None = None
    """The frame of that event, without its contents."""
    model: str = ""
    at_s: float = 0.0
    """`captured_at` of the last event, UNIX seconds."""
    clock: StreamClock = field(default_factory=StreamClock)


@dataclass(slots=True)
class _People:
    start: tuple[int, int]
    since_ns: int
    sums: Sums
    episodes: Episodes = field(default_factory=Episodes)
    observed_s: dict[int, float] = field(default_factory=dict)
    period_s: float | None = None
    """Start of the period with unpublished sums, if only sums are published."""

    def is_due(self, track: int, time_s: float, rate_hz: float) -> bool:
        """Return whether an observation of this person is due."""
        last = self.observed_s.get(track)
        # half a millisecond of grace, so that 10 Hz of a 30 Hz stream is every third frame
        if rate_hz and last is not None and 0 <= time_s - last < 1 / rate_hz - 0.0005:
            return False
        self.observed_s[track] = time_s
        return True


class _Presence(msgspec.Struct, frozen=True, kw_only=True):
    """Who is in front of one camera."""

    start: tuple[int, int]
    """Identity of the track numbering, as `Frame.start`."""
    since_ns: int
    people: list[Known]
    inside: list[Inside] = []


_json = msgspec.json.Encoder()
