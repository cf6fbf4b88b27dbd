"""Tick steps of time axes: round times instead of round decimals."""

STEPS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""Seconds between two ticks; longer steps are whole days."""


def step_s(length_s: float, most: int) -> float:
    """Return the seconds between two ticks of an axis.

    Args:
        length_s: Length of the axis, seconds.
        most: Largest number of steps.
    """
    day = STEPS_S[-1]
    return next((step for step in STEPS_S if length_s / step <= most), day * -(-length_s // (most * day)))
