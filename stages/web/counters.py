"""Reads the counters of the run's stages for the pages; `/metrics` reads the same ones."""

import os
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.metrics.camera_totals import counters, quantile

RENEW_S = 1.0
"""Seconds between two reads of the counters, which all pages share."""


@dataclass(slots=True)
class StageNumbers:
    """One stage since the start of the run."""

    frames_in: int = 0
    frames_out: int = 0
    dropped: int = 0
    restarts: int = 0
    service: dict[float, float] = field(default_factory=dict)
    """Cumulative counts of its time per frame by upper bound, seconds."""
    ages: dict[float, float] = field(default_factory=dict)
    """Cumulative counts of the frames' age after it by upper bound, seconds."""

    def service_ms(self, q: float) -> float:
        """Return a quantile of its time per frame."""
        return 1e3 * quantile(self.service, q)

    def age_ms(self, q: float) -> float:
        """Return a quantile of the frames' age."""
        return 1e3 * quantile(self.ages, q)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The whole run."""

    stages: dict[str, StageNumbers]
    dropped: dict[str, int]
    """Frames of each camera that the stages dropped."""


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
    stages: dict[str, StageNumbers] = defaultdict(StageNumbers)
    dropped: dict[str, int] = defaultdict(int)
    for family in counters(directory).collect():
        for sample in family.samples:
            labels, value = sample.labels, sample.value
            stage = stages[labels["stage"]] if "stage" in labels else StageNumbers()
            if sample.name == "emobot_frames_in_total":
                stage.frames_in += int(value)
            elif sample.name == "emobot_frames_out_total":
                stage.frames_out += int(value)
            elif sample.name == "emobot_frames_dropped_total":
                stage.dropped += int(value)
                dropped[labels["camera"]] += int(value)
            elif sample.name == "emobot_restarts_total":
                stage.restarts += int(value)
            elif sample.name == "emobot_service_seconds_bucket":
                stage.service[float(labels["le"])] = value
            elif sample.name == "emobot_age_seconds_bucket":
                bound = float(labels["le"])
                stage.ages[bound] = stage.ages.get(bound, 0.0) + value
    return Numbers(dict(stages), dict(dropped))
