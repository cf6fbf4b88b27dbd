"""Gauges that name what was chosen: 1 for it, 0 for everything else; and values of processes that have ended."""

import os
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import Gauge

from pipeline.metrics.counters import read_gauges


def choose(gauge: Gauge, label: str, chosen: str, **labels: str) -> None:
    """Set a gauge to 1 for the chosen value of a label, and to 0 for those before, also of an earlier process.

    Args:
        gauge: The gauge, with the mode `mostrecent`.
        label: Its label that names what was chosen.
        chosen: The value; empty: none.
        labels: Its other labels, among them `stage` or `camera`.
    """
    for row in _set_before(gauge, labels):
        if row[label] != chosen:
            gauge.labels(**row).set(0)
    if chosen:
        gauge.labels(**labels, **{label: chosen}).set(1)


def forget(gauge: Gauge, **labels: str) -> None:
    """Set a gauge to 0 if an earlier process has left another value; no series begins by that.

    Args:
        gauge: The gauge, with the mode `mostrecent`.
        labels: Its labels, among them `stage` or `camera`.
    """
    for row in _set_before(gauge, labels):
        gauge.labels(**row).set(0)


def _set_before(gauge: Gauge, labels: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield the labels of the gauge's values other than 0, of the stage or camera in them."""
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    (family,) = gauge.describe()
    stage = labels.get("stage") or f"camera.{labels['camera']}"
    # a batch of a thousand recordings has as many files of others
    for row, value in read_gauges(Path(directory), stage).rows(family.name, **labels) if directory else ():
        if value:
            yield row
