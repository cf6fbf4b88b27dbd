"""Marks of time axes are those of a clock."""

import pytest

from models.display.time_axis import step_s


@pytest.mark.parametrize(
    ("length_s", "step"),
    [(2.0, 0.5), (58.0, 10), (300.0, 60), (361.0, 120), (3600.0, 600), (5 * 3600.0, 3600), (86400.0, 21600)],
)
def test_steps_are_seconds_minutes_and_hours(length_s: float, step: float) -> None:
    """Steps are never 50 s or 20 min."""
    assert step_s(length_s, 6) == step


def test_days_are_whole() -> None:
    """Steps beyond a day are whole days, for any length."""
    assert step_s(30 * 86400.0, 6) == 5 * 86400
