"""What happened in a run between two readings of its counters, per camera and stage."""

import msgspec

from pipeline.metrics import names
from pipeline.metrics.counters import Counts


class CameraReading(msgspec.Struct, frozen=True, kw_only=True):
    """One camera over an interval."""

    camera: str
    state: str
    """What it says it does; `silent` where it says `live` and nothing came."""
    fps: float
    """Frames per second it sent, dropped ones included."""
    age_ms: tuple[float, float] | None
    """Median and 95th percentile of a picture's age when the slowest output is done with it; None without one."""
    dropped: float
    """Pictures lost per second, by all stages."""
    on_the_way: int
    faces: float
    """Faces classified per second."""
    labels: dict[str, float]
    """Share of each label among them, the largest first."""
    saving: int = 0
    """Load shedding level, 0 none to 3 most."""


class StageReading(msgspec.Struct, frozen=True, kw_only=True):
    """One stage over an interval; all its processes together."""

    stage: str
    arrived: float
    """Pictures per second."""
    passed: float
    """Pictures per second it passed on, or consumed."""
    dropped: float
    service_ms: float | None
    """Mean time for a picture; None where there was none."""
    batch: float | None
    """Mean number of pictures it got at once."""
    restarts: int
    """Since the run began."""


class Interval:
    """What happened between two readings of one run's counters.

    Args:
        before: The earlier one.
        after: The later one. A counter that went back (the run was started again) counts from 0.
    """

    def __init__(self, before: Counts, after: Counts) -> None:
        self.seconds = max(1e-3, after.at_s - before.at_s)
        self._now = after
        self._new = after.since(before)

    def cameras(self) -> list[CameraReading]:
        """Return every camera, by name."""
        return [self._camera(name) for name in sorted(self._now.by(names.STATE, "camera"))]

    def stages(self) -> list[StageReading]:
        """Return every stage that is no camera, in the order of the pictures' way as far as it is known."""
        order = {"detect": 0, "emotion": 1, "overlay": 3}
        found = [name for name in self._now.by(names.FRAMES_IN, "stage") if not name.startswith("camera.")]
        found.sort(key=lambda name: (order.get(name, 4 if name.startswith("output.") else 2), name))
        return [self._stage(name) for name in found]

    def _camera(self, name: str) -> CameraReading:
        now, new = self._now, self._new
        arrived = new.total(names.FRAMES_IN, camera=name, stage=f"camera.{name}")
        states = now.rows(names.STATE, camera=name)
        state = next((labels["state"] for labels, value in states if value == 1), "connecting")
        faces = {label: count for label, count in new.by(names.FACES, "label", camera=name).items() if count}
        total = sum(faces.values())
        return CameraReading(
            camera=name,
            state="silent" if state == "live" and not arrived else state,
            fps=arrived / self.seconds,
            age_ms=new.age_ms(name),
            dropped=new.total(names.DROPPED, camera=name) / self.seconds,
            on_the_way=int(now.total(names.QUEUE, camera=name)),
            faces=total / self.seconds,
            labels={label: n / total for label, n in sorted(faces.items(), key=lambda item: -item[1])},
            saving=int(max((level for _, level in now.rows(names.SAVING, camera=name)), default=0)),
        )

    def _stage(self, name: str) -> StageReading:
        service_s = self._new.mean(names.SERVICE, stage=name)
        return StageReading(
            stage=name,
            arrived=self._new.total(names.FRAMES_IN, stage=name) / self.seconds,
            passed=self._new.total(names.FRAMES_OUT, stage=name) / self.seconds,
            dropped=self._new.total(names.DROPPED, stage=name) / self.seconds,
            service_ms=None if service_s is None else service_s * 1e3,
            batch=self._new.mean(names.BATCH, stage=name),
            restarts=int(self._now.total(names.RESTARTS, stage=name)),
        )
