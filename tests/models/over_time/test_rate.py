"""The frame rate is the camera's, not that of what arrives."""

import pytest

from models.over_time.rate import FrameRate


def test_dropped_frames_count() -> None:
    """Every third frame arrives: the camera still sends thirty per second."""
    rate = FrameRate()
    for number in range(0, 300, 3):
        rate.update(number, number / 30)

    assert rate.fps == pytest.approx(30.0)


def test_a_change_shows_within_two_seconds() -> None:
    """Frames from before the window do not count."""
    rate = FrameRate()
    for number in range(100):
        rate.update(number, number / 50)
    for number in range(100, 122):
        rate.update(number, 2 + (number - 100) / 10)

    assert rate.fps == pytest.approx(10.0)


def test_a_single_frame_has_no_rate() -> None:
    """The first frame, a restart of the numbers and a long pause give no rate."""
    rate = FrameRate()
    assert rate.fps == 0.0
    rate.update(5, 1.0)
    assert rate.fps == 0.0
    rate.update(6, 1.1)
    rate.update(0, 1.2)
    assert rate.fps == 0.0
    rate.update(1, 19.0)
    assert rate.fps == 0.0


@pytest.mark.parametrize("step_s", [1.0, 3.0, 9.0])
def test_a_slow_camera_has_a_rate(step_s: float) -> None:
    """Also where its frames are further apart than the rate is measured; a pause makes no difference later."""
    rate = FrameRate()
    for n in range(4):
        rate.update(n, n * step_s)
    assert rate.fps == pytest.approx(1 / step_s)

    for n in range(4, 120):
        rate.update(n, 4 * step_s + n / 30)
    assert rate.fps == pytest.approx(30.0)
