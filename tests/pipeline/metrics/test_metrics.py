"""What is counted and timed."""

import ast
import inspect

from prometheus_client import REGISTRY

from pipeline.metrics import metrics
from tests.pipeline.memory import Tally


def test_what_passes_is_looked_up_once(tally: Tally) -> None:
    """The same labels return the same counters, other labels others."""
    first = metrics.passing("detect", "a")
    first.frames_in.inc()
    metrics.passing("detect", "b").frames_in.inc(2)

    assert metrics.passing("detect", "a") is first
    assert tally("frames_in_total", stage="detect", camera="a") == 1
    assert tally("frames_in_total", stage="detect") == 3


def test_names_are_those_that_are_documented() -> None:
    """Names are public: dashboards use them."""
    found = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("emobot_")}

    assert found >= {
        "emobot_age_seconds",
        "emobot_batch_frames",
        "emobot_camera_duration_seconds",
        "emobot_camera_position_seconds",
        "emobot_camera_seconds",
        "emobot_camera_state",
        "emobot_counts",
        "emobot_faces",
        "emobot_frames_dropped",
        "emobot_frames_in",
        "emobot_frames_out",
        "emobot_queue_frames",
        "emobot_reconnects",
        "emobot_restarts",
        "emobot_saving",
        "emobot_service_seconds",
    }


def test_gauges_show_the_last_value_of_any_process() -> None:
    """Summing them up over processes that were replaced would be wrong."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(metrics))) if isinstance(node, ast.Call)]
    gauges = [call for call in calls if ast.unparse(call.func) == "Gauge"]

    assert len(gauges) >= 5
    for gauge in gauges:
        assert {k.arg: ast.unparse(k.value) for k in gauge.keywords}["multiprocess_mode"] == "'mostrecent'"
