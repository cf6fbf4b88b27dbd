"""Reading what the processes of a run have counted."""

import re
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.parser import text_string_to_metric_families

from pipeline.metrics import names
from pipeline.metrics.counters import Counts, quantile, read_counts

INF = float("inf")
TEXT = """# TYPE emobot_frames_in counter
emobot_frames_in_total{stage="camera.a",camera="a"} 9
emobot_frames_in_total{stage="stage.my",camera="a"} 8
emobot_frames_in_total{stage="stage.my2",camera="a"} 7
emobot_frames_in_total{stage="stage.my",camera="b"} 5
# TYPE emobot_saving gauge
emobot_saving{camera="a"} 2
# TYPE emobot_age_seconds histogram
emobot_age_seconds_bucket{stage="output.x",camera="a",le="1.0"} 4
emobot_age_seconds_bucket{stage="output.x",camera="a",le="+Inf"} 4
emobot_age_seconds_sum{stage="output.x",camera="a"} 2
emobot_age_seconds_count{stage="output.x",camera="a"} 4
emobot_age_seconds_bucket{stage="output.y",camera="a",le="1.0"} 0
emobot_age_seconds_bucket{stage="output.y",camera="a",le="+Inf"} 0
emobot_age_seconds_sum{stage="output.y",camera="a"} 0
emobot_age_seconds_count{stage="output.y",camera="a"} 0
"""


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


def test_a_file_that_was_just_created_is_read_again(tmp_path: Path) -> None:
    """Counters are read while a process starts: until it has written, its file is empty, and nothing fails."""
    file = tmp_path / "counter_1.db"
    file.touch()
    written = MmapedDict(str(tmp_path / "counter_2.db"))
    written.close()
    filler = threading.Timer(0.05, lambda: file.write_bytes((tmp_path / "counter_2.db").read_bytes()))
    filler.start()
    found = read_counts(tmp_path)
    filler.join()

    assert found.samples == {}
    file.write_bytes(b"")
    with pytest.raises(struct.error):
        read_counts(tmp_path)


@pytest.fixture
def counts() -> Counts:
    """Return what a run with two cameras has counted."""
    return Counts.of(text_string_to_metric_families(TEXT))


@pytest.mark.parametrize(
    ("wanted", "total"),
    [
        ({}, 29),
        ({"stage": ""}, 29),
        ({"stage": "camera."}, 9),
        ({"stage": "stage."}, 20),
        ({"stage": "stage.my"}, 13),
        ({"stage": "stage.my", "camera": "b"}, 5),
        ({"stage": "stage"}, 0),
        ({"stage": "stage.my", "camera": "c"}, 0),
        ({"cause": "slow"}, 0),
    ],
)
def test_labels_select_counters(counts: Counts, wanted: dict[str, str], total: int) -> None:
    """A stage whose name begins with another's is not counted with it; only a dot stands for all of a kind."""
    assert counts.total(names.FRAMES_IN, **wanted) == total


def test_every_kind_of_metric_is_read(counts: Counts) -> None:
    """Counters, gauges and histograms, under the names of the module; without samples there is nothing."""
    assert counts.by(names.FRAMES_IN, "stage", camera="a") == {"camera.a": 9, "stage.my": 8, "stage.my2": 7}
    assert counts.rows(names.SAVING) == [({"camera": "a"}, 2)]
    assert counts.buckets_by(names.AGE, "stage") == {"output.x": {1.0: 4, INF: 4}, "output.y": {1.0: 0, INF: 0}}
    assert counts.buckets(names.AGE) == {1.0: 4, INF: 4}
    assert (counts.mean(names.AGE), counts.mean(names.AGE, stage="output.y")) == (0.5, None)
    assert (counts.age_ms("a"), counts.age_ms("b")) == ((500, 950), None)
    assert (counts.total(names.DROPPED), counts.buckets(names.SERVICE), counts.mean(names.BATCH)) == (0, {}, None)


def test_a_difference_counts_from_the_earlier_time(counts: Counts) -> None:
    """What did not exist then counts in full, as does what was reset since."""
    later = Counts.of(text_string_to_metric_families(TEXT.replace('"a"} 9', '"a"} 12').replace('"a"} 8', '"a"} 3')))

    assert later.since(counts).by(names.FRAMES_IN, "stage", camera="a") == {
        "camera.a": 3,
        "stage.my": 3,
        "stage.my2": 0,
    }
    assert later.since(Counts({})).samples == later.samples


def test_a_run_that_has_not_begun_has_counted_nothing(tmp_path: Path) -> None:
    """Its directory may not exist yet."""
    assert read_counts(tmp_path / "metrics").samples == {}


@pytest.mark.process
def test_readers_do_not_decide_how_processes_count() -> None:
    """prometheus_client decides at import; the supervisor names the directory later."""
    code = "import sys, pipeline.metrics.counters; sys.exit('prometheus_client' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_names_are_written_once(repository: Path) -> None:
    """No source file but one spells a metric, or the beginning of one."""
    metrics = [value for name, value in vars(names).items() if name.isupper()]
    spelled = {
        (path.name, word)
        for package in ("pipeline", "stages", "models", "training", "benchmarks")
        for path in (repository / package).rglob("*.py")
        for word in re.findall(r"\bemobot_\w+", path.read_text())
        if any(name.startswith(word) or word.startswith(name) for name in metrics)
    }

    assert len(metrics) == 20
    assert spelled == {("names.py", name) for name in metrics}
