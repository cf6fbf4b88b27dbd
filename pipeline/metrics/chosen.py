"""Gauges that name what was chosen: 1 for it, 0 for everything else."""

import os
from pathlib import Path

from prometheus_client import Gauge

from pipeline.metrics.counters import read_counts


def choose(gauge: Gauge, label: str, chosen: str, **labels: str) -> None:
    """Set a gauge to 1 for the chosen value of a label, and to 0 for those before, also of an earlier process.

    Args:
        gauge: The gauge, with the mode `mostrecent`.
        label: Its label that names what was chosen.
        chosen: The value; empty: none.
        labels: Its other labels.
    """
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    (family,) = gauge.describe()
    name = family.name
    for row, value in read_counts(Path(directory)).rows(name, **labels) if directory else ():
        if value and row[label] != chosen:
            gauge.labels(**row).set(0)
    if chosen:
        gauge.labels(**labels, **{label: chosen}).set(1)
