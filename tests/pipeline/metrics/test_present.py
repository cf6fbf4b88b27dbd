"""What `/metrics` shows of cameras that are paused or removed."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from pipeline.metrics.present import Present

NAMES = ("hall", "rests", "left")
STATES = {"hall": "live", "rests": "paused", "left": "removed"}


def shown(registry: CollectorRegistry) -> list[str]:
    """Return the series that Prometheus gets."""
    present = CollectorRegistry()
    present.register(Present(registry))
    lines = generate_latest(present).decode().splitlines()
    return [line for line in lines if not line.startswith("#") and "_created" not in line]


def test_a_camera_without_a_process_has_no_present_values() -> None:
    """Its state and what was counted stay; gauges of stages concern no camera."""
    registry = CollectorRegistry()
    state = Gauge("emobot_camera_state", "State", ["camera", "state"], registry=registry)
    decoder = Gauge("emobot_camera_decoder", "Decoder", ["camera", "decoder"], registry=registry)
    offset = Gauge("emobot_camera_clock_offset_seconds", "Clock", ["camera"], registry=registry)
    device = Gauge("emobot_device", "Device", ["stage"], registry=registry)
    frames = Counter("emobot_frames_in", "Frames", ["stage", "camera"], registry=registry)
    device.labels("emotion").set(1)
    for name in NAMES:
        for one in ("live", "paused", "removed"):
            state.labels(name, one).set(one == STATES[name])
        decoder.labels(name, "avdec_h264").set(1)
        offset.labels(name).set(0.5)
        frames.labels("detect", name).inc(3)

    assert shown(registry) == [
        'emobot_camera_state{camera="hall",state="live"} 1.0',
        'emobot_camera_state{camera="hall",state="paused"} 0.0',
        'emobot_camera_state{camera="hall",state="removed"} 0.0',
        'emobot_camera_state{camera="rests",state="live"} 0.0',
        'emobot_camera_state{camera="rests",state="paused"} 1.0',
        'emobot_camera_state{camera="rests",state="removed"} 0.0',
        'emobot_camera_state{camera="left",state="removed"} 1.0',
        'emobot_camera_decoder{camera="hall",decoder="avdec_h264"} 1.0',
        'emobot_camera_clock_offset_seconds{camera="hall"} 0.5',
        'emobot_device{stage="emotion"} 1.0',
        *(f'emobot_frames_in_total{{camera="{name}",stage="detect"}} 3.0' for name in NAMES),
    ]


def test_a_metric_of_no_camera_left_is_left_out_until_one_comes_back() -> None:
    """A camera that was removed and added again has its values."""
    registry = CollectorRegistry()
    state = Gauge("emobot_camera_state", "State", ["camera", "state"], registry=registry)
    queue = Gauge("emobot_queue_frames", "Queue", ["camera"], registry=registry)
    state.labels("hall", "removed").set(1)
    queue.labels("hall").set(2)
    assert [family.name for family in Present(registry).collect()] == ["emobot_camera_state"]

    state.labels("hall", "removed").set(0)
    assert [family.name for family in Present(registry).collect()] == ["emobot_camera_state", "emobot_queue_frames"]
