"""Reads the counters of the run's stages for the pages; `/metrics` reads the same ones."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.metrics import names
from pipeline.metrics.counters import Buckets, quantile, read_counts

RENEW_S = 1.0
"""Seconds between two reads of the counters, which all pages share."""


@dataclass(frozen=True, slots=True)
class StageNumbers:
    """One stage since the start of the run."""

    frames_in: int = 0
    frames_out: int = 0
    dropped: int = 0
    restarts: int = 0
    service: Buckets = field(default_factory=dict)
    """Cumulative counts of its time per frame by upper bound, seconds."""
    ages: Buckets = field(default_factory=dict)
    """Cumulative counts of the frames' age after it by upper bound, seconds."""

    def service_ms(self, q: float) -> float:
        """Return the `q` quantile, 0 to 1, of its time per frame, milliseconds."""
        return 1e3 * quantile(self.service, q)

    def age_ms(self, q: float) -> float:
        """Return the `q` quantile, 0 to 1, of the frames' age, milliseconds."""
        return 1e3 * quantile(self.ages, q)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The whole run."""

    stages: dict[str, StageNumbers]
    dropped: dict[str, int]
    """Frames of each camera that the stages dropped."""
    decoders: dict[str, str] = field(default_factory=dict)
    """Element that decodes each camera."""


class Counters:
    """Reads the counters, at most once per `RENEW_S`."""

    def __init__(self) -> None:
        self._directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
        self._read_at = -RENEW_S
        self._numbers = Numbers({}, {})

    @property
    def available(self) -> bool:
        """Whether there are counters: a stage started on its own belongs to no run."""
        return bool(self._directory)

    def read(self) -> Numbers:
        """Return the counts, at most `RENEW_S` old."""
        if self._directory and time.monotonic() - self._read_at >= RENEW_S:
            self._read_at = time.monotonic()
            self._numbers = _read(Path(self._directory))
        return self._numbers


def _read(directory: Path) -> Numbers:
    counts = read_counts(directory)
    frames_in, frames_out, dropped, restarts, others = (
        counts.by(metric, "stage")
        for metric in (names.FRAMES_IN, names.FRAMES_OUT, names.DROPPED, names.RESTARTS, names.COUNTS)
    )
    service, ages = (counts.buckets_by(metric, "stage") for metric in (names.SERVICE, names.AGE))
    stages = {
        stage: StageNumbers(
            frames_in=int(frames_in.get(stage, 0)),
            frames_out=int(frames_out.get(stage, 0)),
            dropped=int(dropped.get(stage, 0)),
            restarts=int(restarts.get(stage, 0)),
            service=service.get(stage, {}),
            ages=ages.get(stage, {}),
        )
        for stage in (frames_in | frames_out | dropped | restarts | others)
    }
    dropped_of = {camera: int(count) for camera, count in counts.by(names.DROPPED, "camera").items()}
    return Numbers(stages, dropped_of, counts.chosen(names.DECODER, "camera", "decoder"))
