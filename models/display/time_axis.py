"""Steps of time axes: the ones on a clock, not those of decimal numbers."""

STEPS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""Seconds, minutes and hours between two marks; beyond that whole days."""


def step_s(length_s: float, most: int) -> float:
    """Return the seconds between two marks of an axis.

    Args:
        length_s: What the axis covers, seconds.
        most: So many steps at most.
    """
    day = STEPS_S[-1]
    return next((step for step in STEPS_S if length_s / step <= most), day * -(-length_s // (most * day)))
