"""What is known of each camera now, written by the sink, read by the pages."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from models.over_time.episodes import Episodes
from models.over_time.rate import FrameRate
from pipeline.messages import Face, Fault, Frame, Label, Probabilities, State
from pipeline.per_camera import PerCamera
from stages.web.live.samples import History, Samples

STALLED_AFTER_S, OFFLINE_AFTER_S = 2.0, 10.0
"""A source speaks at least once a second: one that is silent for longer has stalled, or its process has died."""
SAMPLES_HZ = 5.0
"""Samples of each person kept a second."""
CROWD = 10
"""The history holds so many people at once for its whole time; more shorten it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in the last picture."""

    track: int
    since_s: int
    """Since when people are counted, UNIX seconds: with the track one person of the camera."""
    label: Label
    confidence: float
    probabilities: Probabilities | None
    seconds: dict[str, float]
    """For how long each label was shown since they came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What a camera does at one moment."""

    name: str
    state: State | Literal["paused", "off"]
    """`paused` in the run, `off` by the browser whose camera it is, else what the camera says."""
    error: str
    """Why it is not live; empty if it is."""
    fault: Fault
    """Of which kind that is."""
    picture_at: float
    """When its last picture arrived, UNIX seconds; 0 before the first."""
    fps: float
    """Frames per second the camera sends, see `models.over_time.rate`."""
    saving: int
    """Load shedding level, see `models.following.load`; 0: none."""
    age_ms: float
    """Age of the last picture when it arrived here."""
    width: int
    height: int
    position_s: float
    """In the stream."""
    lossless: bool
    """Whether it is a recording, for which position means more than age."""
    people: tuple[Person, ...]


class Board:
    """All cameras; every method may be called from any thread.

    Args:
        keep_s: How far the history reaches back.
        now: The clock, UNIX seconds; tests replace it.
    """

    def __init__(self, keep_s: float, now: Callable[[], float] = time.time) -> None:
        self._keep_s = keep_s
        self._now = now
        self.cameras: dict[str, _Camera] = {}
        """What is shown of each camera, by its name."""
        self._people = PerCamera(self._begin, each="people")
        self._paused: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def take(self, frame: Frame) -> int:
        """Note what a frame says; return since when its people are counted, as in `person_key`."""
        with self._lock:
            camera = self.cameras.get(frame.camera)
            if camera is None:
                rows = int(self._keep_s * SAMPLES_HZ * CROWD)
                camera = self.cameras[frame.camera] = _Camera(History(self._keep_s, rows))
            people = self._people.of(frame)
            camera.take(frame, people, self._now())
            return people.since_s

    def _begin(self, frame: Frame) -> "_People":
        # two starts within a second are two
        before = self.cameras[frame.camera].people
        return _People(max(before.since_s + 1, frame.since_ns // 1_000_000_000))

    def keep(self, processes: Mapping[str, str]) -> None:
        """Forget the cameras that the run has no longer; the values say which of the others are `paused`."""
        with self._lock:
            for gone in self.cameras.keys() - processes.keys():
                del self.cameras[gone]
                self._people.pop(gone)
            self._paused = frozenset(name for name, process in processes.items() if process == "paused")

    def names(self) -> list[str]:
        """Return the cameras by name."""
        with self._lock:
            return sorted(self.cameras)

    def now(self, name: str) -> Now | None:
        """Return what a camera does, None for one that never said anything."""
        with self._lock:
            camera = self.cameras.get(name)
            return camera.now(name, self._now(), name in self._paused) if camera else None

    def history(self, name: str, last_s: float) -> Samples | None:
        """Return a camera's samples of the last seconds, None for one that is not known."""
        with self._lock:
            camera = self.cameras.get(name)
            return camera.history.select(self._now() - last_s) if camera else None


@dataclass(slots=True)
class _People:
    since_s: int
    episodes: Episodes = field(default_factory=Episodes)
    rate: FrameRate = field(default_factory=FrameRate)


@dataclass(slots=True)
class _Camera:
    history: History
    people: _People = field(default_factory=lambda: _People(0))
    frame: Frame | None = None
    """The last one, without its picture."""
    heard_at: float = 0.0
    picture_at: float = 0.0
    age_ms: float = 0.0
    sampled_at: float = 0.0
    faces: tuple[Face, ...] = ()
    width: int = 0
    height: int = 0
    position_s: float = 0.0
    saving: int = 0

    def take(self, frame: Frame, people: _People, now: float) -> None:
        self.people = people
        # the picture lies in memory that is written again
        self.heard_at = now
        self.frame = Frame(
            camera=frame.camera, state=frame.state, error=frame.error, fault=frame.fault, lossless=frame.lossless
        )
        if frame.state != "live":
            self.faces = ()
            return
        self.picture_at, self.age_ms = now, max(0.0, now - frame.captured_ns / 1e9) * 1e3
        self.faces, self.width, self.height = frame.faces, frame.width, frame.height
        self.position_s = frame.pts_ns / 1e9
        people.rate.update(frame.seq, frame.captured_ns / 1e9)
        self.saving = frame.saving
        for _ in people.episodes.update(((face.track, face.label) for face in frame.faces), self.position_s):
            pass
        if not 0 <= now - self.sampled_at < 1 / SAMPLES_HZ:
            self.sampled_at = now
            self.history.add(now, people.since_s, frame.faces)

    def now(self, name: str, now: float, paused: bool) -> Now:
        assert self.frame is not None
        state: State | Literal["paused"] = "paused" if paused else self.frame.state
        error = self.frame.error or ""
        silent_s = now - (self.picture_at if state == "live" else self.heard_at)
        if state not in ("ended", "paused") and silent_s > OFFLINE_AFTER_S:
            state = "offline"
        elif state == "live" and silent_s > STALLED_AFTER_S:
            state = "stalled"
        live = state == "live"
        shown_s = self.people.episodes.present()
        return Now(
            name=name,
            state=state,
            error="" if live else error,
            fault="" if live else self.frame.fault,
            picture_at=self.picture_at,
            fps=self.people.rate.fps if live else 0.0,
            saving=self.saving if live else 0,
            age_ms=self.age_ms,
            width=self.width,
            height=self.height,
            position_s=self.position_s,
            lossless=self.frame.lossless,
            people=tuple(
                Person(
                    track=face.track,
                    since_s=self.people.since_s,
                    label=face.label,
                    confidence=face.confidence,
                    probabilities=face.fused,
                    seconds=shown_s.get(face.track, {}),
                )
                for face in sorted(self.faces, key=lambda face: face.track)
            )
            if live
            else (),
        )
