"""What each camera did, from the counters of all processes."""

import struct
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.messages import Message

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric
    from prometheus_client.registry import Collector

_TRIES = 20


class CameraSummary(Message, frozen=True, kw_only=True):
    """One camera's numbers since the start of the run."""

    camera: str
    frames: int = 0
    """Pictures the source had, dropped ones included."""
    seconds: float = 0.0
    """From its first picture to its latest."""
    position_s: float = 0.0
    duration_s: float = 0.0
    age_ms: tuple[float, float] = (0.0, 0.0)
    """Median and 95th percentile of a picture's age when the slowest output is done with it."""
    dropped: dict[str, int] = {}
    """Pictures lost, by cause; a picture lost by one output of several counts as well."""
    faces: dict[str, int] = {}
    """Faces classified, by label."""

    @property
    def fps(self) -> float:
        """Return the pictures per second that arrived."""
        return (self.frames - 1) / self.seconds if self.seconds > 0 else 0.0


def summarize(directory: Path) -> list[CameraSummary]:
    """Read the counters.

    Args:
        directory: Where the processes of a run write them.

    Returns:
        One summary for each camera that had a picture, by name.
    """
    totals: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    dropped: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    faces: dict[str, dict[str, int]] = defaultdict(dict)
    ages: dict[tuple[str, str], dict[float, float]] = defaultdict(dict)
    for family in counters(directory).collect():
        for sample in family.samples:
            labels, value = sample.labels, sample.value
            camera = labels.get("camera", "")
            if sample.name == "emobot_frames_in_total" and labels["stage"].startswith("camera."):
                totals[camera]["frames"] = value
            elif sample.name.startswith("emobot_camera_"):
                totals[camera][sample.name] = value
            elif sample.name == "emobot_frames_dropped_total" and value:
                dropped[camera][labels["cause"]] += int(value)
            elif sample.name == "emobot_faces_total":
                faces[camera][labels["label"]] = int(value)
            elif sample.name == "emobot_age_seconds_bucket" and labels["stage"].startswith("output."):
                ages[camera, labels["stage"]][float(labels["le"])] = value
    return [
        CameraSummary(
            camera=camera,
            frames=int(numbers["frames"]),
            seconds=numbers["emobot_camera_seconds_total"],
            position_s=numbers["emobot_camera_position_seconds"],
            duration_s=numbers["emobot_camera_duration_seconds"],
            age_ms=_slowest([buckets for (name, _), buckets in ages.items() if name == camera]),
            dropped=dict(dropped[camera]),
            faces=faces[camera],
        )
        for camera, numbers in sorted(totals.items())
        if numbers["frames"]
    ]


def counters(directory: Path) -> "Collector":
    """Return what sums up the counters of all processes of a run."""
    # imported late: the library decides at import whether several processes share numbers
    from prometheus_client.multiprocess import MultiProcessCollector
    from prometheus_client.registry import CollectorRegistry

    return _Counters(MultiProcessCollector(CollectorRegistry(), str(directory)))  # type: ignore[no-untyped-call]


class _Counters:
    """Reads again where a process has this moment created its file and written nothing into it."""

    def __init__(self, collector: "Collector") -> None:
        self._collector = collector

    def collect(self) -> "Iterable[Metric]":
        for _ in range(_TRIES - 1):
            try:
                return list(self._collector.collect())
            except struct.error:
                time.sleep(0.01)
        return self._collector.collect()


def quantile(buckets: Mapping[float, float], q: float) -> float:
    """Return a quantile of a histogram, linear within its bucket, as Prometheus' `histogram_quantile`.

    Args:
        buckets: Cumulative counts by upper bound, in the histogram's unit (seconds for ages).
        q: Between 0 and 1.

    Returns:
        The quantile in the histogram's unit, such as seconds; 0 for an empty histogram.
    """
    bounds = sorted(buckets)
    rank = q * (buckets[bounds[-1]] if bounds else 0.0)
    low, below = 0.0, 0.0
    for bound in bounds:
        if buckets[bound] >= rank and buckets[bound] > below:
            high = low if bound == float("inf") else bound
            return low + (high - low) * (rank - below) / (buckets[bound] - below)
        low, below = bound, buckets[bound]
    return 0.0


def _slowest(outputs: list[dict[float, float]]) -> tuple[float, float]:
    pairs = [(quantile(b, 0.5) * 1e3, quantile(b, 0.95) * 1e3) for b in outputs]
    return max(pairs, key=lambda pair: pair[1], default=(0.0, 0.0))
