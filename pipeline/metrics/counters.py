"""The only reader of counters: reads a run's counts from its processes' files or from `/metrics`."""

import struct
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import InputError
from pipeline.metrics import names

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric
    from prometheus_client.registry import Collector

TIMEOUT_S = 5.0
"""Seconds to wait for a run's answer."""
_TRIES = 20

LabelSet = frozenset[tuple[str, str]]
Buckets = Mapping[float, float]
"""Cumulative counts of a histogram by upper bound, in its unit (seconds for ages)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run has counted at one time, or between two.

    Methods take a metric of `pipeline.metrics.names` and the wanted values of labels. A value that ends in a dot, such
    as `stage="output."`, matches all that begin with it; an empty one matches all.
    """

    samples: Mapping[str, Mapping[LabelSet, float]]
    """Values by name and labels; counters without `_total`."""
    at_s: float = 0.0
    """Seconds of the monotonic clock."""

    @classmethod
    def of(cls, families: Iterable["Metric"], at_s: float = 0.0) -> "Counts":
        """Return what prometheus_client has collected or parsed."""
        samples: dict[str, dict[LabelSet, float]] = defaultdict(dict)
        for family in families:
            for sample in family.samples:
                samples[sample.name.removesuffix("_total")][frozenset(sample.labels.items())] = sample.value
        return cls(samples, at_s)

    @classmethod
    def together(cls, parts: Sequence["Counts"]) -> "Counts":
        """Return the sums of what several processes or machines have counted, at the time of the last one."""
        samples: dict[str, dict[LabelSet, float]] = defaultdict(lambda: defaultdict(float))
        for part in parts:
            for name, found in part.samples.items():
                for labels, value in found.items():
                    samples[name][labels] += value
        return cls(samples, max((part.at_s for part in parts), default=0.0))

    def since(self, earlier: "Counts") -> "Counts":
        """Return what was counted after an earlier time; a counter that was reset counts from 0. Not for gauges."""
        grown: dict[str, dict[LabelSet, float]] = {}
        for name, found in self.samples.items():
            before = earlier.samples.get(name, {})
            grown[name] = {labels: _growth(before.get(labels, 0.0), value) for labels, value in found.items()}
        return Counts(grown, self.at_s)

    def rows(self, metric: str, **wanted: str) -> list[tuple[dict[str, str], float]]:
        """Return labels and values, in the unit of the metric, of a counter or gauge."""
        exact = {(key, text) for key, text in wanted.items() if not _is_prefix(text)}
        # most samples are discarded here, which is cheap
        found = [(dict(labels), value) for labels, value in self.samples.get(metric, {}).items() if exact <= labels]
        for key, text in wanted.items():
            found = [row for row in found if row[0].get(key, "").startswith(text)]
        return found

    def total(self, metric: str, **wanted: str) -> float:
        """Return the sum of a counter or gauge, in its unit."""
        return sum(value for _, value in self.rows(metric, **wanted))

    def by(self, metric: str, label: str, **wanted: str) -> dict[str, float]:
        """Return the sums of a counter or gauge, in its unit, by the value of a label."""
        sums: dict[str, float] = defaultdict(float)
        for labels, value in self.rows(metric, **wanted):
            sums[labels[label]] += value
        return dict(sums)

    def chosen(self, metric: str, label: str, what: str, **wanted: str) -> dict[str, str]:
        """Return the values of a label `what` for which a gauge is not 0, by another label, see `choose`."""
        return {labels[label]: labels[what] for labels, value in self.rows(metric, **wanted) if value}

    def buckets(self, metric: str, **wanted: str) -> Buckets:
        """Return a histogram."""
        return {float(bound): count for bound, count in self.by(f"{metric}_bucket", "le", **wanted).items()}

    def buckets_by(self, metric: str, label: str, **wanted: str) -> dict[str, Buckets]:
        """Return the histograms by the value of a label."""
        found: dict[str, dict[float, float]] = defaultdict(lambda: defaultdict(float))
        for labels, count in self.rows(f"{metric}_bucket", **wanted):
            found[labels[label]][float(labels["le"])] += count
        return {value: dict(buckets) for value, buckets in found.items()}

    def mean(self, metric: str, **wanted: str) -> float | None:
        """Return a histogram's mean in its unit; None for an empty one."""
        count = self.total(f"{metric}_count", **wanted)
        return self.total(f"{metric}_sum", **wanted) / count if count else None

    def age_ms(self, camera: str) -> tuple[float, float] | None:
        """Return median and 95th percentile of frame age, ms, at the camera's slowest output; None without frames."""
        outputs = self.buckets_by(names.AGE, "stage", stage="output.", camera=camera).values()
        ages = [(1e3 * quantile(b, 0.5), 1e3 * quantile(b, 0.95)) for b in outputs if any(b.values())]
        return max(ages, key=lambda age: age[1], default=None)


def read_counts(directory: Path) -> Counts:
    """Return what the processes have written into their files; nothing if the directory does not exist.

    Raises:
        OSError: A file cannot be read.
        ValueError: The directory was removed meanwhile.
    """
    families = collector(directory).collect() if directory.is_dir() else ()
    return Counts.of(families, time.monotonic())


def read_gauges(directory: Path, stage: str) -> Counts:
    """Return the gauges of one stage's or camera's processes, also of those before; others' files are not read.

    Args:
        directory: As for `read_counts`.
        stage: Name of the stage, such as `detect` or `camera.hall`.
    """
    from prometheus_client.multiprocess import MultiProcessCollector

    files = sorted(map(str, directory.glob(f"gauge_*_{stage}.*.db")))
    merged = _Retrying(lambda: MultiProcessCollector.merge(files))  # type: ignore[no-untyped-call]
    return Counts.of(merged.collect(), time.monotonic())


def fetch_counts(url: str) -> Counts:
    """Return what a run serves at `/metrics`.

    Raises:
        InputError: No answer, or not one with metrics.
    """
    # import late: they take as long as all of this process's other imports, and a worker of Ray needs neither
    from urllib.error import URLError
    from urllib.request import urlopen

    from prometheus_client.parser import text_string_to_metric_families

    try:
        with urlopen(url, timeout=TIMEOUT_S) as answer:
            text = answer.read().decode()
        return Counts.of(text_string_to_metric_families(text), time.monotonic())
    except (URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise InputError(f"expected the metrics of a run at {url}, found: {reason}") from error


def collector(directory: Path) -> "Collector":
    """Return the collector that sums up the files of all processes of a run."""
    # import late: the library decides at import whether several processes share numbers
    from prometheus_client.multiprocess import MultiProcessCollector
    from prometheus_client.registry import CollectorRegistry

    files = MultiProcessCollector(CollectorRegistry(), str(directory))  # type: ignore[no-untyped-call]
    return _Retrying(files.collect)


class _Retrying:
    """Reads again if a process has just created its file and written nothing yet."""

    def __init__(self, read: "Callable[[], Iterable[Metric]]") -> None:
        self._read = read

    def collect(self) -> "Iterable[Metric]":
        for _ in range(_TRIES - 1):
            try:
                return list(self._read())
            except struct.error:
                time.sleep(0.01)
        return self._read()


def quantile(buckets: Buckets, q: float) -> float:
    """Return a quantile of a histogram, linear within its bucket, as Prometheus' `histogram_quantile`.

    Args:
        buckets: The histogram.
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


def _growth(before: float, after: float) -> float:
    return after - before if after >= before else after


def _is_prefix(wanted: str) -> bool:
    return wanted[-1:] in ("", ".")
