"""Raises and clears the alerts of the config, and puts them into every frame."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta
from msgspec.structs import replace

from pipeline.alerts.rule import Rule, make_rule
from pipeline.errors import ConfigError
from pipeline.events import Observation
from pipeline.messages import Alert, Frame
from pipeline.stage import Stage
from pipeline.stream_clock import StreamClock
from stages.alerts.state import StateFile
from stages.alerts.watch import KEEP_S, Watch
from stages.event_stream import EventStream

EVERY_S = 1.0
"""Seconds between two evaluations of an alert without an event."""
SILENT_S = 2.0
"""Seconds without a frame after which a camera's alerts are put into the frames of the others."""
SAVE_S = 5.0
"""Seconds between two writes of the state without a change of an alert."""
SELDOM_HZ = 1e-6
"""Observations of a person per second: none but the first, since alerts use the other events."""


class Alerts(Stage):
    """Evaluates the tables `[alert.NAME]`, see `docs/alerts.md`.

    Args:
        state: File that keeps which alerts are raised, so that a restart repeats no message. Two runs need different
            ones.
        min_people: With `aggregate_only` in `[privacy]`, fewest people about whom a condition can be met.
        rules: The tables; the config sets it.
        zones: Names of the zones of each camera of the config; set by it.
        cameras: Names of the cameras that are not paused; set by the config.
        aggregate_only: Refuse quantities about single people; set by `[privacy]`.

    Raises:
        ConfigError: A condition is malformed, or the state cannot be written.
    """

    alone = (("state",),)

    def __init__(
        self,
        *,
        state: str = "out/alerts.json",
        min_people: Annotated[int, Meta(ge=2, le=1000)] = 5,
        rules: dict[str, Any],
        zones: dict[str, Any],
        cameras: tuple[str, ...],
        aggregate_only: bool = False,
    ) -> None:
        self.now: Callable[[], float] = time.time
        """The clock; tests replace it."""
        self._rules = make_rules(rules, zones, aggregate_only=aggregate_only)
        self._cameras = cameras
        self._least = max(2, min_people) if aggregate_only else 1
        self._watched = {
            camera: {
                rule.name: rule.about_people and self._least <= 1 for rule in self._rules if camera in rule.cameras
            }
            for camera in cameras
        }
        self._path = Path(state)
        self._file: StateFile | None = None
        self.watch: Watch | None = None
        """The alerts; None before the first frame, when this process has replaced the one before."""
        self._stream = EventStream(SELDOM_HZ)
        self._clocks: dict[str, StreamClock] = {}
        self._evaluated: dict[str, float] = {}
        """Time of each camera's last evaluation, by its own clock."""
        self._starts: dict[str, tuple[int, int]] = {}
        """Track numbering of each camera."""
        self._heard: dict[str, float] = {}
        """When each camera's last frame came; a recording's clock is not this one."""
        self._lossless: set[str] = set()
        self._ticked = self._saved = 0.0
        self.counts: Counter[str] = Counter(raised=0)

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse a malformed condition.

        Raises:
            ConfigError: One line for the first mistake.
        """
        make_rules(options["rules"], options["zones"], aggregate_only=options.get("aggregate_only", False))

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Evaluate the alerts, and yield the frames with them."""
        now = self.now()
        watch = self.watch or self._begin(now)
        changed: list[Alert] = []
        for frame in frames:
            changed += self._follow(watch, frame, now)
            watched = self._watched.get(frame.camera, {})
            yield replace(frame, alerts=self._alerts_of(watch, frame.camera, now), watched=watched)
        if not 0 <= now - self._ticked < EVERY_S:
            self._ticked = now
            for camera in watch.worlds.keys() - self._lossless:
                if not 0 <= now - self._evaluated.get(camera, 0.0) < EVERY_S:
                    changed += self._evaluate(watch, camera, now)
            watch.forget(now - KEEP_S)
        self.counts["raised"] += sum(not alert.cleared_s for alert in changed)
        if changed or not 0 <= now - self._saved < SAVE_S:
            self._save(watch, now)

    def close(self) -> None:
        """Write the state and release its file."""
        if self._file and self.watch:
            self._file.save(self.watch.memory())
            self._file.close()
            self._file = None

    def _begin(self, now: float) -> Watch:
        # not before the first frame: until then the process that this one replaces uses the file
        self._file = StateFile(self._path)
        self.watch = Watch(self._rules, self._cameras, now, self._least, self._file.load())
        return self.watch

    def _save(self, watch: Watch, now: float) -> None:
        self._saved = now
        if self._file:
            self._file.save(watch.memory())

    def _follow(self, watch: Watch, frame: Frame, now: float) -> list[Alert]:
        camera = frame.camera
        if camera not in watch.worlds or (frame.state == "ended" and not frame.lossless):
            # a camera ends only with its run, and the next one shall find its alerts raised
            return []
        self._heard[camera] = now
        at_s = now
        if frame.lossless:
            self._lossless.add(camera)
            at_s = (
                self._clocks.setdefault(camera, StreamClock())(frame)
                if frame.captured_ns
                else self._evaluated.get(camera, now)
            )
        elif frame.state == "live":
            at_s = frame.captured_ns / 1e9
        if frame.state == "live" and self._starts.setdefault(camera, frame.start) != frame.start:
            self._starts[camera] = frame.start
            watch.worlds[camera].restart()
        happened = False
        for event in self._stream.read(frame):
            watch.take(camera, event, at_s)
            happened |= not isinstance(event, Observation)
        if frame.state == "live":
            watch.worlds[camera].see(at_s)
        due = not 0 <= at_s - self._evaluated.get(camera, 0.0) < EVERY_S
        return self._evaluate(watch, camera, at_s) if happened or due else []

    def _evaluate(self, watch: Watch, camera: str, at_s: float) -> list[Alert]:
        self._evaluated[camera] = at_s
        return watch.evaluate(camera, at_s)

    def _alerts_of(self, watch: Watch, camera: str, now: float) -> tuple[Alert, ...]:
        return tuple(
            alert
            for (_, of), alert in watch.alerts.items()
            if of == camera or not 0 <= now - self._heard.get(of, 0.0) <= SILENT_S
        )


def make_rules(rules: dict[str, Any], zones: dict[str, Any], *, aggregate_only: bool) -> list[Rule]:
    """Return the alerts of the tables.

    Raises:
        ConfigError: A table is wrong; one line.
    """
    made = []
    for name, table in rules.items():
        try:
            made.append(make_rule(name, table, zones, aggregate_only=aggregate_only))
        except ConfigError as error:
            raise ConfigError(f"{name}: {error}") from None
    return made
