"""What the metrics say at one moment, and what happened between two."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import msgspec

from pipeline.errors import InputError
from pipeline.metrics.camera_totals import quantile

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

TIMEOUT_S = 5.0
Labels = Mapping[str, str]


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


class Snapshot:
    """All samples of an endpoint at one moment.

    Args:
        families: What `prometheus_client` parsed.
        at: When, seconds of any clock that goes forwards.
    """

    def __init__(self, families: Iterable["Metric"], at: float) -> None:
        self.at = at
        self.samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    @classmethod
    def fetch(cls, url: str) -> "Snapshot":
        """Ask an endpoint.

        Raises:
            InputError: Nothing answers there, or something else than metrics.
        """
        from prometheus_client.parser import text_string_to_metric_families

        try:
            with urlopen(url, timeout=TIMEOUT_S) as answer:
                text = answer.read().decode()
            return cls(text_string_to_metric_families(text), time.monotonic())
        except (URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise InputError(f"expected the metrics of a run at {url}, found: {reason}") from error


class Interval:
    """What happened between two snapshots of one run.

    Args:
        before: The earlier one.
        after: The later one. A counter that went back (the run was started again) counts from 0.
    """

    def __init__(self, before: Snapshot, after: Snapshot) -> None:
        self.seconds = max(1e-3, after.at - before.at)
        self._after = after
        self._grown = {
            key: value - before.samples.get(key, 0.0) if value >= before.samples.get(key, 0.0) else value
            for key, value in after.samples.items()
        }

    def cameras(self) -> list[CameraReading]:
        """Return every camera, by name."""
        return [self._camera(name) for name in self._values("emobot_camera_state", "camera")]

    def stages(self) -> list[StageReading]:
        """Return every stage that is no camera, in the order of the pictures' way as far as it is known."""
        order = {"detect": 0, "emotion": 1, "overlay": 3}
        names = [name for name in self._values("emobot_frames_in_total", "stage") if not name.startswith("camera.")]
        names.sort(key=lambda name: (order.get(name, 4 if name.startswith("output.") else 2), name))
        return [self._stage(name) for name in names]

    def _camera(self, name: str) -> CameraReading:
        def mine(labels: Labels) -> bool:
            return labels.get("camera") == name

        arrived = self._sum("emobot_frames_in_total", lambda x: mine(x) and x["stage"] == f"camera.{name}")
        state = next(
            (x["state"] for x, value in self._now("emobot_camera_state") if mine(x) and value == 1), "connecting"
        )
        faces = {x["label"]: value for x, value in self._new("emobot_faces_total") if mine(x) and value}
        total = sum(faces.values())
        return CameraReading(
            camera=name,
            state="silent" if state == "live" and not arrived else state,
            fps=arrived / self.seconds,
            age_ms=self._age(name),
            dropped=self._sum("emobot_frames_dropped_total", mine) / self.seconds,
            on_the_way=int(sum(value for x, value in self._now("emobot_queue_frames") if mine(x))),
            faces=total / self.seconds,
            labels={label: n / total for label, n in sorted(faces.items(), key=lambda item: -item[1])},
            saving=int(max((value for x, value in self._now("emobot_saving") if mine(x)), default=0)),
        )

    def _stage(self, name: str) -> StageReading:
        def mine(labels: Labels) -> bool:
            return labels.get("stage") == name

        def mean(metric: str) -> float | None:
            count = self._sum(f"{metric}_count", mine)
            return self._sum(f"{metric}_sum", mine) / count if count else None

        service_s = mean("emobot_service_seconds")
        return StageReading(
            stage=name,
            arrived=self._sum("emobot_frames_in_total", mine) / self.seconds,
            passed=self._sum("emobot_frames_out_total", mine) / self.seconds,
            dropped=self._sum("emobot_frames_dropped_total", mine) / self.seconds,
            service_ms=None if service_s is None else service_s * 1e3,
            batch=mean("emobot_batch_frames"),
            restarts=int(sum(value for x, value in self._now("emobot_restarts_total") if mine(x))),
        )

    def _age(self, camera: str) -> tuple[float, float] | None:
        outputs: dict[str, dict[float, float]] = {}
        for labels, value in self._new("emobot_age_seconds_bucket"):
            if labels["camera"] == camera and labels["stage"].startswith("output."):
                outputs.setdefault(labels["stage"], {})[float(labels["le"])] = value
        ages = [(quantile(b, 0.5) * 1e3, quantile(b, 0.95) * 1e3) for b in outputs.values() if max(b.values())]
        return max(ages, key=lambda age: age[1], default=None)

    def _sum(self, metric: str, wanted: Callable[[Labels], bool]) -> float:
        return sum(value for labels, value in self._new(metric) if wanted(labels))

    def _new(self, metric: str) -> list[tuple[dict[str, str], float]]:
        return [(dict(labels), value) for (name, labels), value in self._grown.items() if name == metric]

    def _now(self, metric: str) -> list[tuple[dict[str, str], float]]:
        return [(dict(labels), value) for (name, labels), value in self._after.samples.items() if name == metric]

    def _values(self, metric: str, label: str) -> list[str]:
        return sorted({labels[label] for labels, _ in self._now(metric)})
