"""Tells other programs what happens: one event for each look at a face, and for whoever comes, changes and leaves."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from msgspec import Meta

from models.episodes import Appeared, Changed, Episodes, Happening
from models.sums import EVERYBODY, Sum, Sums
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
from pipeline.pubsub import ADDRESS, Publisher
from pipeline.stage import Stage
from pipeline.stream_clock import StreamClock

STATE_EVERY_S = 5.0
"""A camera's state is repeated so often, for subscribers that came later."""


class Events(Stage):
    """Publishes events on a ZeroMQ PUB socket, see `docs/wire-format.md`.

    Args:
        address: Where subscribers connect; only this machine can reach the default.
        observations_hz: At most so many observations of each person per second of the stream; 0: every picture's.
        aggregate_only: Publish no event about single people, but one for each camera and period about all of them.
        aggregate_s: Length of the period.

    Raises:
        ConfigError: An option is out of range, or the address is malformed or in use.
    """

    def __init__(
        self,
        *,
        address: Annotated[str, Meta(pattern=ADDRESS, examples=["tcp://127.0.0.1:5556"])] = "tcp://127.0.0.1:5556",
        observations_hz: Annotated[float, Meta(ge=0)] = 0.0,
        aggregate_only: bool = False,
        aggregate_s: Annotated[float, Meta(ge=1, le=86_400)] = 10.0,
    ) -> None:
        self.now: Callable[[], float] = time.time
        """The clock of `published_at`; tests replace it."""
        self._observations_hz = observations_hz
        self._aggregate_s = aggregate_s if aggregate_only else 0.0
        self._publisher = Publisher(address)
        self._cameras: dict[str, _Camera] = {}
        self.address = self._publisher.address
        """Where the events are; the port that was chosen, if port 0 or * was asked for."""
        self.counts: Counter[str] = Counter()

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Publish what the frames say."""
        for frame in frames:
            camera = self._cameras.get(frame.camera)
            if camera is None:
                camera = _Camera(frame.start, Sums(self._aggregate_s or 1.0, each=False), since_ns=frame.since_ns)
                self._cameras[frame.camera] = camera
            if camera.start != frame.start:
                self._happen(frame, camera, camera.episodes.end())
                self._tell_sums(frame, camera)
                camera.begin(frame)
            self._tell_state(frame, camera)
            if self._aggregate_s:
                self._sum_up(frame, camera)
            elif frame.state == "live":
                time_s = frame.pts_ns / 1e9
                self._happen(frame, camera, camera.episodes.update(((f.track, f.label) for f in frame.faces), time_s))
                for face in frame.faces:
                    if camera.is_due(face.track, time_s, self._observations_hz):
                        self._send(_observation(frame, face, self._head_of_person(frame, camera)))
            elif frame.state == "ended":
                self._happen(frame, camera, camera.episodes.end())
        yield from ()

    def close(self) -> None:
        """Stop publishing."""
        self._publisher.close()

    def _tell_state(self, frame: Frame, camera: "_Camera") -> None:
        now = self.now()
        told = (frame.state, frame.error, frame.saving)
        if told == camera.told and 0 <= now - camera.told_at < STATE_EVERY_S:
            return
        camera.told, camera.told_at = told, now
        self._send(
            CameraEvent(
                **self._head(frame, camera),
                state=frame.state,
                error=frame.error,
                fault=frame.fault,
                width=frame.width,
                height=frame.height,
                fps=frame.fps,
                saving=frame.saving,
            )
        )

    def _sum_up(self, frame: Frame, camera: "_Camera") -> None:
        at_s = camera.clock(frame)
        period_s = camera.sums.period(at_s)
        if frame.state == "ended" or period_s != camera.period_s:
            self._tell_sums(frame, camera)
        if frame.state == "live":
            camera.period_s = period_s
            camera.sums.update(((f.track, f.label, f.confidence) for f in frame.faces), at_s)

    def _tell_sums(self, frame: Frame, camera: "_Camera") -> None:
        if camera.period_s is None:
            return
        one = camera.sums.take().get((camera.period_s, EVERYBODY), Sum())
        self._send(
            AggregateEvent(
                **self._head(frame, camera),
                began_at=camera.period_s,
                period_s=self._aggregate_s,
                people=len(one.people),
                looks=one.looks,
                confidence=one.confidence / max(1, one.looks),
                emotions_ms={label: round(seconds * 1e3, 3) for label, seconds in one.seconds.items() if seconds},
            )
        )
        camera.period_s = None

    def _happen(self, frame: Frame, camera: "_Camera", happenings: Iterator[Happening]) -> None:
        for what in happenings:
            head = self._head_of_person(frame, camera)
            if isinstance(what, Appeared):
                self._send(AppearedEvent(**head, track=what.track, label=what.label))
            elif isinstance(what, Changed):
                confidence = next(face.confidence for face in frame.faces if face.track == what.track)
                self._send(
                    ChangedEvent(**head, track=what.track, before=what.before, after=what.after, confidence=confidence)
                )
            else:
                camera.observed_s.pop(what.track, None)
                emotions_ms = {label: round(seconds * 1e3, 3) for label, seconds in what.label_s.items()}
                duration_ms = round((what.ended_s - what.began_s) * 1e3, 3)
                self._send(LostEvent(**head, track=what.track, duration_ms=duration_ms, emotions_ms=emotions_ms))

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

    def _send(self, event: AnyEvent) -> None:
        self._publisher.send(event)
        self.counts["events"] += 1


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
