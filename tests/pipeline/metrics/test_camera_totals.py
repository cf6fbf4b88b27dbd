"""Numbers at the end of a run."""

import struct
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.mmap_dict import MmapedDict

from pipeline.metrics.camera_totals import CameraSummary, counters, quantile

INF = float("inf")


@pytest.mark.parametrize(
    ("buckets", "q", "expected"),
    [
        ({1.0: 0, 2.0: 10, INF: 10}, 0.5, 1.5),
        ({1.0: 10, 2.0: 10, INF: 10}, 0.95, 0.95),
        ({1.0: 0, 2.0: 0, INF: 4}, 0.5, 2.0),
        ({1.0: 0, INF: 0}, 0.5, 0.0),
        ({}, 0.5, 0.0),
    ],
)
def test_quantiles_are_linear_within_a_bucket(buckets: dict[float, float], q: float, expected: float) -> None:
    """As Prometheus computes them; beyond the last bound the last bound is the answer."""
    assert quantile(buckets, q) == pytest.approx(expected)


@given(st.lists(st.floats(0, 4), min_size=1, max_size=50), st.floats(0, 1))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(values: list[float], q: float) -> None:
    """The estimate is never further off than its bucket is wide."""
    bounds = [1.0, 2.0, 3.0, 4.0]
    buckets = {bound: float(sum(v <= bound for v in values)) for bound in bounds} | {INF: float(len(values))}
    rank = max(1, -int(-q * len(values) // 1))
    true = sorted(values)[rank - 1]

    assert abs(quantile(buckets, q) - true) <= 1.0


def test_the_rate_counts_intervals() -> None:
    """Eleven pictures within one second are ten per second."""
    assert CameraSummary(camera="a", frames=11, seconds=1.0).fps == 10.0
    assert CameraSummary(camera="a", frames=1).fps == 0.0


def test_a_file_that_was_just_created_is_read_again(tmp_path: Path) -> None:
    """Counters are read while a process starts: until it has written, its file is empty, and nothing fails."""
    file = tmp_path / "counter_1.db"
    file.touch()
    written = MmapedDict(str(tmp_path / "counter_2.db"))
    written.close()
    filler = threading.Timer(0.05, lambda: file.write_bytes((tmp_path / "counter_2.db").read_bytes()))
    filler.start()
    found = list(counters(tmp_path).collect())
    filler.join()

    assert found == []
    file.write_bytes(b"")
    with pytest.raises(struct.error):
        list(counters(tmp_path).collect())
