"""The dashboard for Grafana asks for metrics and labels that exist."""

import json
import re
from contextlib import suppress
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.metrics import MetricWrapperBase

from pipeline.metrics import metrics

ENDINGS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
GIVEN = {"le"}
"""Labels that Prometheus adds: the bucket of a histogram."""


@pytest.fixture
def dashboard(repository: Path) -> dict[str, Any]:
    """The dashboard."""
    read: dict[str, Any] = json.loads((repository / "docs/grafana.json").read_text())
    return read


def series() -> dict[str, set[str]]:
    """Return the labels of everything that Prometheus gets, by name."""
    all_of_them = [metric for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)]
    return {
        described.name + ending: labels_of(metric) | GIVEN
        for metric in all_of_them
        for described in metric.describe()
        for ending in ENDINGS[described.type]
    }


def labels_of(metric: MetricWrapperBase) -> set[str]:
    """Return the names of a metric's labels, which it only tells of what it has counted."""
    for count in range(1, 5):
        values = ["x"] * count
        with suppress(ValueError):
            metric.labels(*values)
            found = {name for one in metric.collect() for sample in one.samples for name in sample.labels}
            metric.remove(*values)
            return found
    raise AssertionError(metric)


def test_every_expression_asks_for_what_exists(dashboard: dict[str, Any]) -> None:
    """Names of metrics, labels that select or group, and labels in legends."""
    known = series()
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            names = re.findall(r"emobot_\w+", target["expr"])
            labels = {label for name in names for label in known[name]}
            asked = re.findall(r"(\w+)(?:=~|!=|!~|=)\"", target["expr"])
            asked += re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", target["expr"])))
            asked += re.findall(r"{{(\w+)}}", target["legendFormat"])

            assert names and set(asked) <= labels, panel["title"]


def test_stages_and_states_are_called_as_in_a_run(dashboard: dict[str, Any]) -> None:
    """A camera's stage is `camera.NAME`."""
    text = json.dumps([panel["targets"] for panel in dashboard["panels"]])
    stages = re.findall(r'stage=~\\"([^"]*)\\"', text)
    states = re.findall(r'state=~?\\"([^"]*)\\"', text)

    assert stages and all(re.fullmatch(stage, "camera.lobby") and not re.fullmatch(stage, "detect") for stage in stages)
    assert states and {state for some in states for state in some.split("|")} <= set(metrics.STATES)


def test_panels_do_not_overlap(dashboard: dict[str, Any]) -> None:
    """Each has a number and a place of its own, on 24 columns, and says what it shows."""
    panels = dashboard["panels"]
    places = [panel["gridPos"] for panel in panels]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["description"] for panel in panels)
    assert all(place["x"] + place["w"] <= 24 for place in places)
    for a, b in combinations(places, 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        assert beside or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
