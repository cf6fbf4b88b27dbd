"""What frames say in events: one for each look at a face, and for whoever comes, changes and leaves.

The outputs that tell other programs differ in what carries the events, not in what they say.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from models.over_time.episodes import Appeared, Changed, Episodes, Happening
from models.over_time.sums import EVERYBODY, Sum, Sums
from pipeline.events import (
    AggregateEvent,
    AnyEvent,
    AppearedEvent,
    BoxEvent,
    CameraEvent,
    ChangedEvent,
    LostEvent,
    Observation,
)
from pipeline.messages import EMOTIONS, Face, Frame, Probabilities
from pipeline.stream_clock import StreamClock

STATE_EVERY_S = 5.0
"""A camera's state is repeated so often, for subscribers that came later."""


class EventStream:
    """Turns frames into events.

    Args:
        observations_hz: At most so many observations of each person per second of the stream; 0: every picture's.
        aggregate_s: Tell nothing of single people, but sums over periods of so many seconds; 0: of single people.
    """

    def __init__(self, observations_hz: float = 0.0, aggregate_s: float = 0.0) -> None:
        self.now: Callable[[], float] = time.time
        """The clock of `published_at`; tests replace it."""
        self._observations_hz = observations_hz
        self._aggregate_s = aggregate_s
        self._cameras: dict[str, _Camera] = {}

    def read(self, frame: Frame) -> Iterator[AnyEvent]:
        """Yield what a frame says."""
        camera = self._cameras.get(frame.camera)
        if camera is None:
            camera = _Camera(frame.start, Sums(self._aggregate_s or 1.0, each=False), since_ns=frame.since_ns)
            self._cameras[frame.camera] = camera
        if camera.start != frame.start:
            yield from self._happen(frame, camera, camera.episodes.end())
            yield from self._tell_sums(frame, camera)
            camera.begin(frame)
        yield from self._tell_state(frame, camera)
        if self._aggregate_s:
            yield from self._sum_up(frame, camera)
        elif frame.state == "live":
            time_s = frame.pts_ns / 1e9
            people = ((face.track, face.label) for face in frame.faces)
            yield from self._happen(frame, camera, camera.episodes.update(people, time_s))
            for face in frame.faces:
                if camera.is_due(face.track, time_s, self._observations_hz):
                    yield _observation(frame, face, self._head_of_person(frame, camera))
        elif frame.state == "ended":
            yield from self._happen(frame, camera, camera.episodes.end())

    def _tell_state(self, frame: Frame, camera: "_Camera") -> Iterator[AnyEvent]:
        now = self.now()
        told = (frame.state, frame.error, frame.saving)
        if told == camera.told and 0 <= now - camera.told_at < STATE_EVERY_S:
            return
        camera.told, camera.told_at = told, now
        yield CameraEvent(
            **self._head(frame, camera),
            state=frame.state,
            error=frame.error,
            fault=frame.fault,
            width=frame.width,
            height=frame.height,
            fps=frame.fps,
            saving=frame.saving,
        )

    def _sum_up(self, frame: Frame, camera: "_Camera") -> Iterator[AnyEvent]:
        at_s = camera.clock(frame)
        period_s = camera.sums.period(at_s)
        if frame.state == "ended" or period_s != camera.period_s:
            yield from self._tell_sums(frame, camera)
        if frame.state == "live":
            camera.period_s = period_s
            camera.sums.update(((f.track, f.label, f.confidence) for f in frame.faces), at_s)

    def _tell_sums(self, frame: Frame, camera: "_Camera") -> Iterator[AnyEvent]:
        if camera.period_s is None:
            return
        one = camera.sums.take().get((camera.period_s, EVERYBODY), Sum())
        yield AggregateEvent(
            **self._head(frame, camera),
            began_at=camera.period_s,
            period_s=self._aggregate_s,
            people=len(one.people),
            looks=one.looks,
            confidence=one.confidence / max(1, one.looks),
            emotions_ms={label: round(seconds * 1e3, 3) for label, seconds in one.seconds.items() if seconds},
        )
        camera.period_s = None

    def _happen(self, frame: Frame, camera: "_Camera", happenings: Iterator[Happening]) -> Iterator[AnyEvent]:
        for what in happenings:
            head = self._head_of_person(frame, camera)
            if isinstance(what, Appeared):
                yield AppearedEvent(**head, track=what.track, label=what.label)
            elif isinstance(what, Changed):
                confidence = next(face.confidence for face in frame.faces if face.track == what.track)
                yield ChangedEvent(
                    **head, track=what.track, before=what.before, after=what.after, confidence=confidence
                )
            else:
                camera.observed_s.pop(what.track, None)
                emotions_ms = {label: round(seconds * 1e3, 3) for label, seconds in what.label_s.items()}
                duration_ms = round((what.ended_s - what.began_s) * 1e3, 3)
                yield LostEvent(**head, track=what.track, duration_ms=duration_ms, emotions_ms=emotions_ms)

    def _head(self, frame: Frame, camera: "_Camera") -> dict[str, Any]:
        camera.model = frame.model or camera.model
        camera.seq += 1
        return {
            "camera": frame.camera,
            "seq": camera.seq - 1,
            "pts_ms": frame.pts_ns / 1e6,
            "captured_at": frame.captured_ns / 1e9,
            "published_at": self.now(),
            "model": camera.model,
        }

    def _head_of_person(self, frame: Frame, camera: "_Camera") -> dict[str, Any]:
        return {**self._head(frame, camera), "since": camera.since_ns / 1e9}


@dataclass(slots=True)
class _Camera:
    start: tuple[int, int]
    sums: Sums
    since_ns: int = 0
    seq: int = 0
    """Goes on through the runs of a camera: a subscriber counts its losses by it."""
    told: tuple[str, str | None, int] = ("", None, 0)
    """State, error and saving, when they were last published."""
    told_at: float = 0.0
    model: str = ""
    episodes: Episodes = field(default_factory=Episodes)
    observed_s: dict[int, float] = field(default_factory=dict)
    clock: StreamClock = field(default_factory=StreamClock)
    period_s: float | None = None
    """Begin of the period of which there is something to publish, where only sums are."""

    def begin(self, frame: Frame) -> None:
        """Forget people who are counted no longer."""
        self.start, self.since_ns, self.episodes, self.observed_s = frame.start, frame.since_ns, Episodes(), {}
        self.sums.forget()

    def is_due(self, track: int, time_s: float, rate_hz: float) -> bool:
        """Return whether an observation of this person is to be published now."""
        last = self.observed_s.get(track)
        # half a millisecond of grace, so that 10 Hz of a 30 Hz stream is every third picture
        if rate_hz and last is not None and 0 <= time_s - last < 1 / rate_hz - 0.0005:
            return False
        self.observed_s[track] = time_s
        return True


def _observation(frame: Frame, face: Face, head: dict[str, Any]) -> Observation:
    box = face.box
    return Observation(
        **head,
        track=face.track,
        frame=frame.seq,
        width=frame.width,
        height=frame.height,
        box=BoxEvent(x=box.x, y=box.y, width=box.width, height=box.height),
        score=face.score,
        raw=_by_name(face.raw),
        fused=_by_name(face.fused),
        label=face.label,
        confidence=face.confidence,
    )


def _by_name(probabilities: Probabilities | None) -> dict[str, float] | None:
    return None if probabilities is None else dict(zip(EMOTIONS, probabilities, strict=True))
