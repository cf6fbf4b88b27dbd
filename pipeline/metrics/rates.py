"""What happened in a run between two readings of its counters, per camera and stage."""

import msgspec

from pipeline.metrics import names
from pipeline.metrics.counters import Counts


class CameraReading(msgspec.Struct, frozen=True, kw_only=True):
    """One camera over an interval."""

    camera: str
    state: str
    """State it reports; `silent` if that is `live` but no frame came."""
    fps: float
    """Frames per second that it sent, including dropped ones."""
    age_ms: tuple[float, float] | None
    """Median and 95th percentile of frame age at the slowest output, milliseconds; None without a frame."""
    dropped: float
    """Frames dropped per second, by all stages."""
    on_the_way: int
    faces: float
    """Faces per second, summed over the frames that `emotion` has finished."""
    labels: dict[str, float]
    """Fraction of each label among them, 0 to 1, the largest first."""
    saving: int = 0
    """Load-shedding level, 0 (none) to 4."""
    clock_s: float | None = None
    """This machine's clock minus the camera's, with the network's delay, seconds; None: the camera gives no time."""
    decoder: str = ""
    """The element that decodes it, empty if unknown."""


class StageReading(msgspec.Struct, frozen=True, kw_only=True):
    """One stage over an interval; all its processes together."""

    stage: str
    arrived: float
    """Frames per second that arrived."""
    passed: float
    """Frames per second that it forwarded or consumed."""
    dropped: float
    service_ms: float | None
    """Mean time per frame, milliseconds; None without a frame."""
    batch: float | None
    """Mean number of frames in a batch."""
    restarts: int
    """Number of restarts since the start of the run."""


class Interval:
    """What happened between two readings of one run's counters.

    Args:
        before: The earlier reading.
        after: The later reading. A counter that was reset by a restart of the run counts from 0.
    """

    def __init__(self, before: Counts, after: Counts) -> None:
        self.seconds = max(1e-3, after.at_s - before.at_s)
        self._now = after
        self._new = after.since(before)

    def cameras(self) -> list[CameraReading]:
        """Return all cameras that were not removed, sorted by name."""
        found = [self._camera(name) for name in sorted(self._now.by(names.STATE, "camera"))]
        return [camera for camera in found if camera.state != "removed"]

    def stages(self) -> list[StageReading]:
        """Return all stages except cameras, in pipeline order as far as their names tell."""
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
            clock_s=now.total(names.CAMERA_CLOCK_OFFSET, camera=name) or None,
            decoder=now.chosen(names.DECODER, "camera", "decoder", camera=name).get(name, ""),
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
