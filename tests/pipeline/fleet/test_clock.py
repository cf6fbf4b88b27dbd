"""The difference between a box's clock and the server's."""

import pytest

from pipeline.fleet.clock import KEPT, ServerClock
from pipeline.fleet.view import offset_text


def test_the_quickest_measurement_counts() -> None:
    """A slow answer says little: its error is half the time it took."""
    clock = ServerClock()
    assert clock.offset is None
    clock.note(100.0, 90.5, 102.0)
    clock.note(110.0, 100.1, 110.2)
    clock.note(120.0, 108.0, 121.0)

    assert clock.offset == pytest.approx((10.0, 0.1))


def test_a_clock_that_was_set_is_known_after_a_while() -> None:
    """Old measurements are forgotten; one during which the clock was set back is none."""
    clock = ServerClock()
    clock.note(10.0, 10.0, 10.001)
    clock.note(20.0, 20.0, 5.0)
    for at_s in range(KEPT):
        clock.note(at_s, at_s + 3600.0, at_s + 0.2)

    assert clock.offset == pytest.approx((-3599.9, 0.1))


@pytest.mark.parametrize(
    ("seconds", "error_s", "text"),
    [(None, 0.0, ""), (0.0123, 0.0004, "+12.3 ms ± 0.4"), (-1.5, 0.0, "-1500.0 ms"), (0.0, 0.001, "+0.0 ms ± 1.0")],
)
def test_offsets_are_shown_in_milliseconds(seconds: float | None, error_s: float, text: str) -> None:
    """With their error, if it is known."""
    assert offset_text(seconds, error_s) == text
