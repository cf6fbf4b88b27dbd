"""Numbers at the end of a run."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipeline.metrics import camera_totals
from pipeline.metrics.camera_totals import CameraSummary, summarize
from pipeline.metrics.counters import Counts

TEXT = """# TYPE emobot_frames_in counter
emobot_frames_in_total{stage="camera.b",camera="b"} 11
emobot_frames_in_total{stage="camera.a",camera="a"} 3
emobot_frames_in_total{stage="camera.absent",camera="absent"} 0
emobot_frames_in_total{stage="detect",camera="b"} 9
# TYPE emobot_camera_seconds counter
emobot_camera_seconds_total{camera="b"} 1
# TYPE emobot_camera_position_seconds gauge
emobot_camera_position_seconds{camera="b"} 2.5
# TYPE emobot_camera_duration_seconds gauge
emobot_camera_duration_seconds{camera="b"} 5
# TYPE emobot_frames_dropped counter
emobot_frames_dropped_total{stage="camera.b",camera="b",cause="no slot"} 2
emobot_frames_dropped_total{stage="output.x",camera="b",cause="slow"} 1
emobot_frames_dropped_total{stage="output.y",camera="b",cause="slow"} 1
emobot_frames_dropped_total{stage="detect",camera="b",cause="stale"} 0
# TYPE emobot_faces counter
emobot_faces_total{camera="b",label="happy"} 7
# TYPE emobot_age_seconds histogram
emobot_age_seconds_bucket{stage="detect",camera="b",le="8.0"} 9
emobot_age_seconds_bucket{stage="output.x",camera="b",le="1.0"} 9
emobot_age_seconds_bucket{stage="output.y",camera="b",le="2.0"} 9
"""


def test_the_rate_counts_intervals() -> None:
    """Eleven frames within one second are ten per second."""
    assert CameraSummary(camera="a", frames=11, seconds=1.0).fps == 10.0
    assert CameraSummary(camera="a", frames=1).fps == 0.0


def test_cameras_that_had_frames_are_summed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """By name; drops of all stages by cause, and the age at the slowest output."""
    counts = Counts.of(text_string_to_metric_families(TEXT))
    monkeypatch.setattr(camera_totals, "read_counts", lambda directory: counts)

    assert summarize(Path()) == [
        CameraSummary(camera="a", frames=3),
        CameraSummary(
            camera="b",
            frames=11,
            seconds=1.0,
            position_s=2.5,
            duration_s=5.0,
            age_ms=(1000.0, pytest.approx(1900.0)),
            dropped={"no slot": 2, "slow": 2},
            faces={"happy": 7},
        ),
    ]
