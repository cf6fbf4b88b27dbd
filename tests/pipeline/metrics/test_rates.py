"""Rates between two readings of the metrics."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipeline.errors import InputError
from pipeline.metrics.counters import Counts, fetch_counts
from pipeline.metrics.rates import Interval


def snapshot(at: float, pictures: int, state: str = "live", late: int = 0) -> Counts:
    """Return the metrics of a camera after this number of frames, some of them older than 0.1 s at the output."""
    text = f"""# TYPE emobot_frames_in counter
emobot_frames_in_total{{stage="camera.hall",camera="hall"}} {pictures}
emobot_frames_in_total{{stage="detect",camera="hall"}} {pictures}
emobot_frames_in_total{{stage="stage.mine",camera="hall"}} {pictures}
emobot_frames_in_total{{stage="emotion",camera="hall"}} {pictures}
emobot_frames_in_total{{stage="output.video",camera="hall"}} {pictures}
# TYPE emobot_frames_out counter
emobot_frames_out_total{{stage="detect",camera="hall"}} {pictures - 5}
# TYPE emobot_frames_dropped counter
emobot_frames_dropped_total{{stage="detect",camera="hall",cause="error"}} 5
emobot_frames_dropped_total{{stage="output.video",camera="hall",cause="slow"}} {pictures / 10}
# TYPE emobot_camera_state gauge
emobot_camera_state{{camera="hall",state="live"}} {float(state == "live")}
emobot_camera_state{{camera="hall",state="offline"}} {float(state == "offline")}
emobot_camera_state{{camera="hall",state="paused"}} {float(state == "paused")}
emobot_camera_state{{camera="hall",state="removed"}} {float(state == "removed")}
# TYPE emobot_queue_frames gauge
emobot_queue_frames{{camera="hall"}} 3
# TYPE emobot_saving gauge
emobot_saving{{camera="hall"}} 2
# TYPE emobot_faces counter
emobot_faces_total{{camera="hall",label="happy"}} {3 * pictures}
emobot_faces_total{{camera="hall",label="sad"}} {pictures}
# TYPE emobot_restarts counter
emobot_restarts_total{{stage="detect"}} 2
# TYPE emobot_service_seconds histogram
emobot_service_seconds_sum{{stage="detect"}} {0.01 * pictures}
emobot_service_seconds_count{{stage="detect"}} {pictures}
# TYPE emobot_age_seconds histogram
emobot_age_seconds_bucket{{stage="output.video",camera="hall",le="0.1"}} {pictures - late}
emobot_age_seconds_bucket{{stage="output.video",camera="hall",le="+Inf"}} {pictures}
"""
    return Counts.of(text_string_to_metric_families(text), at)


def test_rates_are_of_the_interval() -> None:
    """Counts from before the interval are excluded."""
    interval = Interval(snapshot(10.0, 100), snapshot(14.0, 200))
    (camera,) = interval.cameras()

    assert (camera.camera, camera.state, camera.fps, camera.faces, camera.on_the_way) == (
        "hall",
        "live",
        25.0,
        100.0,
        3,
    )
    assert camera.dropped == pytest.approx(2.5)
    assert camera.saving == 2
    assert camera.labels == {"happy": 0.75, "sad": 0.25}
    assert camera.age_ms == (pytest.approx(50.0), pytest.approx(95.0))


def test_stages_come_in_the_order_of_the_way() -> None:
    """Rows have the time per frame and the number of restarts since the start."""
    stages = Interval(snapshot(0.0, 100), snapshot(4.0, 200)).stages()

    assert [stage.stage for stage in stages] == ["detect", "emotion", "stage.mine", "output.video"]
    detect = stages[0]
    assert (detect.arrived, detect.passed, detect.dropped, detect.restarts) == (25.0, 25.0, 0.0, 2)
    assert detect.service_ms == pytest.approx(10.0)
    assert stages[1].service_ms is None and stages[1].batch is None


@pytest.mark.parametrize(("state", "pictures", "shown"), [("live", 100, "silent"), ("offline", 100, "offline")])
def test_a_camera_that_sends_nothing_is_not_called_live(state: str, pictures: int, shown: str) -> None:
    """Its process may have been killed before it could report its state."""
    (camera,) = Interval(snapshot(0, 100), snapshot(2, pictures, state)).cameras()

    assert (camera.state, camera.fps, camera.age_ms, camera.labels) == (shown, 0.0, None, {})


def test_a_paused_camera_is_called_paused_and_a_removed_one_is_gone() -> None:
    """Neither of them has ended."""
    (camera,) = Interval(snapshot(0, 100), snapshot(2, 100, "paused")).cameras()

    assert camera.state == "paused"
    assert Interval(snapshot(0, 100), snapshot(2, 100, "removed")).cameras() == []


def test_counters_that_went_back_count_from_nothing() -> None:
    """A restart of the run between two readings resets the counters."""
    (camera,) = Interval(snapshot(0, 1000), snapshot(2, 50)).cameras()

    assert camera.fps == 25.0


def test_an_address_where_nothing_answers_is_named() -> None:
    """One line names it."""
    with pytest.raises(InputError, match="http://127.0.0.1:9/metrics"):
        fetch_counts("http://127.0.0.1:9/metrics")
