"""What `/metrics` shows of cameras that are paused or removed: their state, and what was counted before.

A process's file keeps the last value of each gauge, and a removed camera has no process that could set it to 0.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pipeline.metrics import names

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric
    from prometheus_client.registry import Collector

AWAY = ("paused", "removed")
"""States of a camera without a process."""


class Present:
    """A collector without the present values of cameras that are away.

    Args:
        files: Sums up the files of all processes.
    """

    def __init__(self, files: "Collector") -> None:
        self._files = files

    def collect(self) -> "Iterable[Metric]":
        """Yield the families that have a sample left."""
        families = list(self._files.collect())
        states = [sample for family in families if family.name == names.STATE for sample in family.samples]
        away = {one.labels["camera"]: one.labels["state"] for one in states if one.value}
        away = {camera: state for camera, state in away.items() if state in AWAY}
        for family in families:
            left = copy.copy(family)
            left.samples = [one for one in family.samples if family.type != "gauge" or _is_kept(one.labels, away)]
            if left.samples:
                yield left


def _is_kept(labels: Mapping[str, str], away: Mapping[str, str]) -> bool:
    """Return whether a gauge's sample is shown: of a paused camera all states, of a removed one that it is."""
    state = away.get(labels.get("camera", ""))
    return state is None or labels.get("state") == state or (state == "paused" and "state" in labels)
