"""A process that gets no processor is no process that hangs."""

import os
import time

import pytest

from pipeline.supervision.starvation import hangs, waited_s


@pytest.mark.parametrize(
    ("silent_s", "starved_s", "result"),
    [(19, 0, False), (21, 0, True), (21, 2, False), (41, 20, True), (59, 50, False), (61, 61, True)],
)
def test_only_silence_with_a_processor_counts(silent_s: float, starved_s: float, result: bool) -> None:
    """Up to three times the limit."""
    assert hangs(silent_s, starved_s, 20.0) is result


def test_the_wait_for_a_processor_is_read_from_the_system() -> None:
    """It grows, and never by more than the time that passes; a process that is gone has none."""
    before, began = waited_s(os.getpid()), time.monotonic()
    sum(range(100_000))
    assert 0 <= waited_s(os.getpid()) - before <= time.monotonic() - began + 0.1
    assert waited_s(10_000_000) == 0.0
