"""The current state of each camera; the sink writes it, the pages read it."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from models.over_time.cadence import SLACK, Cadence
from models.over_time.episodes import Episodes
from models.over_time.rate import FrameRate
from models.zones.watch import Crossed
from pipeline.messages import Face, Fault, Frame, Label, Probabilities, Region, State
from pipeline.per_camera import PerCamera
from stages.web.live.event_log import Entry, EventLog, Happening
from stages.web.live.samples import History, Samples
from stages.zones.watching import CameraZones

STALLED_AFTER_S, OFFLINE_AFTER_S = 2.0, 10.0
"""Seconds without a message after which a camera counts as stalled and as offline; if its frames usually are further
apart, both come later. A source without frames sends its state at least once per second, unless its process has died.
"""
SAMPLES_HZ = 5.0
"""Samples per second and person in the history."""
CROWD = 10
"""Number of people at a time for which the history keeps its full length; more people shorten it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person in the newest frame."""

    track: int
    since_s: int
    """Start of the track numbering, UNIX seconds: with the track it identifies a person of the camera."""
    label: Label
    confidence: float
    probabilities: Probabilities | None
    seconds: dict[str, float]
    """Seconds each label was shown since the person appeared."""
    face: Face | None = None
    """What `[landmarks]` measured of the face; None without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """State of one camera at one time."""

    name: str
    state: State | Literal["paused", "off"]
    """`paused` if the run paused it, `off` if it is a browser's camera that is not sent, else the camera's state."""
    error: str
    """Why it is not live; empty if it is."""
    fault: Fault
    """Kind of the error."""
    picture_at: float
    """Arrival of its newest frame, UNIX seconds; 0 before the first."""
    fps: float
    """Frames per second that the camera sends, see `models.over_time.rate`."""
    saving: int
    """Load-shedding level, see `models.following.load`; 0: none."""
    age_ms: float
    """Age of its newest frame on arrival, milliseconds."""
    width: int
    height: int
    region: Region | None
    """Part of the frame in which faces are detected, shares of the frame; None for all of it."""
    position_s: float
    """Position in the stream, seconds."""
    lossless: bool
    """Whether it is a recording, for which the page shows the position instead of the age."""
    people: tuple[Person, ...]
    zones: dict[str, int]
    """Number of people in each zone."""
    lines: dict[str, tuple[int, int]]
    """Crossings of each line, in and out, since the page has been running."""


class Board:
    """State of all cameras. All methods are thread-safe.

    Args:
        keep_s: Length of the history, seconds.
        now: The clock, UNIX seconds; tests replace it.

    Attributes:
        events: What happened lately.
    """

    def __init__(self, keep_s: float, now: Callable[[], float] = time.time) -> None:
        self._keep_s = keep_s
        self._now = now
        self.events = EventLog()
        self.cameras: dict[str, _Camera] = {}
        """What is shown of each camera, by its name."""
        self._people = PerCamera(self._begin, each="people")
        self._paused: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def take(self, frame: Frame) -> int:
        """Record a frame; return the start of its track numbering, as in `person_key`."""
        with self._lock:
            camera = self.cameras.get(frame.camera)
            if camera is None:
                rows = int(self._keep_s * SAMPLES_HZ * CROWD)
                camera = self.cameras[frame.camera] = _Camera(History(self._keep_s, rows))
            now = self._now()
            if ended := self._people.take_ended(frame):
                self.events.happened(frame.camera, now, [*camera.count(ended.zones.end()), *ended.episodes.end()])
            people = self._people.of(frame)
            if camera.frame is None or camera.frame.state != frame.state:
                self.events.add(Entry(at=now, camera=frame.camera, kind="state", state=frame.state))
            self.events.happened(frame.camera, now, camera.take(frame, people, now))
            return people.since_s

    def _begin(self, frame: Frame) -> "_People":
        # whole seconds, but two restarts within a second must differ
        before = self.cameras[frame.camera].people
        return _People(max(before.since_s + 1, frame.since_ns // 1_000_000_000))

    def keep(self, processes: Mapping[str, str]) -> None:
        """Forget cameras that are no longer in the run, and record which of the others are `paused`."""
        with self._lock:
            for gone in self.cameras.keys() - processes.keys():
                del self.cameras[gone]
                self._people.pop(gone)
            self._paused = frozenset(name for name, process in processes.items() if process == "paused")

    def names(self) -> list[str]:
        """Return the names of the cameras, sorted."""
        with self._lock:
            return sorted(self.cameras)

    def now(self, name: str) -> Now | None:
        """Return a camera's state, None before its first message."""
        with self._lock:
            camera = self.cameras.get(name)
            return camera.now(name, self._now(), name in self._paused) if camera else None

    def history(self, name: str, last_s: float) -> Samples | None:
        """Return a camera's samples of the last `last_s` seconds, None for an unknown camera."""
        with self._lock:
            camera = self.cameras.get(name)
            return camera.history.select(self._now() - last_s) if camera else None


@dataclass(slots=True)
class _People:
    since_s: int
    episodes: Episodes = field(default_factory=Episodes)
    rate: FrameRate = field(default_factory=FrameRate)
    cadence: Cadence = field(default_factory=Cadence)
    zones: CameraZones = field(default_factory=CameraZones)


@dataclass(slots=True)
class _Camera:
    history: History
    people: _People = field(default_factory=lambda: _People(0))
    frame: Frame | None = None
    """The last frame, without its pixels."""
    heard_at: float = 0.0
    picture_at: float = 0.0
    age_ms: float = 0.0
    fps: float = 0.0
    """Its nominal frame rate, frames per second; 0 if unknown."""
    sampled_at: float = 0.0
    faces: tuple[Face, ...] = ()
    width: int = 0
    height: int = 0
    region: Region | None = None
    position_s: float = 0.0
    saving: int = 0
    crossed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Crossings by line and direction."""

    def count(self, happened: Iterable[Happening]) -> list[Happening]:
        """Count the crossings in what happened, and return it."""
        found = list(happened)
        self.crossed.update((one.line, one.direction) for one in found if isinstance(one, Crossed))
        return found

    def take(self, frame: Frame, people: _People, now: float) -> list[Happening]:
        self.people = people
        in_zones = self.count(people.zones.see(frame))
        # without the pixels: their memory is reused for later frames
        self.heard_at = now
        self.frame = Frame(
            camera=frame.camera, state=frame.state, error=frame.error, fault=frame.fault, lossless=frame.lossless
        )
        if frame.state != "live":
            self.faces = ()
            return [*in_zones, *(people.episodes.end() if frame.state == "ended" else ())]
        self.picture_at, self.age_ms = now, max(0.0, now - frame.captured_ns / 1e9) * 1e3
        self.fps = frame.fps
        self.faces, self.width, self.height = frame.faces, frame.width, frame.height
        self.region = frame.region
        self.position_s = frame.pts_ns / 1e9
        people.rate.update(frame.seq, frame.captured_ns / 1e9)
        people.cadence.note(self.position_s)
        self.saving = frame.saving
        labels = ((face.track, face.label) for face in frame.faces)
        happened = [*people.episodes.update(labels, self.position_s), *in_zones]
        if not 0 <= now - self.sampled_at < 1 / SAMPLES_HZ:
            self.sampled_at = now
            self.history.add(now, people.since_s, frame.faces)
        return happened

    def now(self, name: str, now: float, paused: bool) -> Now:
        assert self.frame is not None
        state: State | Literal["paused"] = "paused" if paused else self.frame.state
        error = self.frame.error or ""
        if now < self.heard_at:
            # the clock was set back: a camera that is silent would stay live until it has caught up
            self.heard_at, self.picture_at = now, min(self.picture_at, now)
        silent_s = now - (self.picture_at if state == "live" else self.heard_at)
        # `fps` tells how far apart frames are before there are two
        next_s = SLACK * max(self.people.cadence.usual_s, 1 / self.fps if self.fps else 0.0) if state == "live" else 0.0
        if state not in ("ended", "paused") and silent_s > max(OFFLINE_AFTER_S, 2 * next_s):
            state = "offline"
        elif state == "live" and silent_s > max(STALLED_AFTER_S, next_s):
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
            region=self.region,
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
                    face=face if face.facing is not None else None,
                )
                for face in sorted(self.faces, key=lambda face: face.track)
            )
            if live
            else (),
            zones=self.people.zones.occupancy(),
            lines={line: (self.crossed[line, "in"], self.crossed[line, "out"]) for line in self.people.zones.lines},
        )
