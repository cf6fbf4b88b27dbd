"""What a loop counts is written a few times per second."""

import pytest
from prometheus_client import values

from pipeline.metrics import deferred, metrics
from pipeline.metrics.deferred import Deferred
from tests.pipeline.memory import Tally


def test_nothing_is_written_before_the_loop_says_so(tally: Tally) -> None:
    """Afterwards everything is, once."""
    counts, passed = Deferred(), metrics.passing("detect", "a")
    for _ in range(3):
        counts.inc(passed.frames_in, 2)
        counts.observe(passed.age, 0.5)
    counts.inc(passed.frames_out, 0)
    counts.set(metrics.saving("a"), 1)
    counts.set(metrics.saving("a"), 3)
    before = tally("frames_in_total", stage="detect"), tally("age_seconds_count", stage="detect")

    counts.flush()
    counts.flush()

    assert before == (0, 0)
    assert tally("frames_in_total", stage="detect") == 6
    assert tally("age_seconds_count", stage="detect") == 3
    assert tally("age_seconds_sum", stage="detect") == pytest.approx(1.5)  # of a process that ran other tests, too
    assert tally("saving", camera="a") == 3


def test_it_is_due_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy loop writes four times per second."""
    times = iter((100.0, 100.0, 100.2, 100.3))
    monkeypatch.setattr(deferred.time, "monotonic", lambda: next(times))
    counts = Deferred()
    due = [counts.is_due]
    counts.flush()
    due += [counts.is_due, counts.is_due]

    assert due == [True, False, True]


def test_a_write_per_bucket_not_per_value(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    """The values of a quarter of a second lie in few buckets."""
    written: list[float] = []
    monkeypatch.setattr(values.MutexValue, "inc", lambda self, amount: written.append(amount))
    counts, passed = Deferred(), metrics.passing("detect", "b")
    for value in (0.004, 0.0041, 0.0042, 0.012):
        counts.observe(passed.age, value)

    counts.flush()

    assert written == [pytest.approx(0.0243), 3, 1]  # the sum and two buckets
