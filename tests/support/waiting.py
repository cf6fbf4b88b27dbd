"""Wait for a condition instead of a time."""

import time
from collections.abc import Callable

POLL_S = 0.02
"""Seconds between two looks at a condition."""


def until(condition: Callable[[], object], known: Callable[[], object] = str, seconds: float = 60.0) -> None:
    """Wait for a condition; fail with what is known when it does not come."""
    end_s = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end_s, known()
        time.sleep(POLL_S)
