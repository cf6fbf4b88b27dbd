"""The conclusions that benchmarks draw from counters."""

import json
from collections import defaultdict
from typing import Any

import pytest

from benchmarks.base import Benchmark
from benchmarks.peers.peers import ratio
from benchmarks.running import Snapshot, Window, group
from benchmarks.steps.link import Link
from benchmarks.steps.probes import ClockSink, read_rows
from benchmarks.tables import markdown
from benchmarks.whole.kiosk import slope
from benchmarks.whole.latency import Latency
from benchmarks.whole.soak import Soak, growth
from benchmarks.whole.streams import MOST, Streams, judge, largest
from pipeline.errors import InputError
from pipeline.metrics import names
from pipeline.metrics.counters import Counts, LabelSet
from stages.synthetic import Synthetic


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (Soak, ["config", "clip", "cameras", "minutes"]),
        (Streams, ["config", "clip", "height", "cameras", "video", "seconds"]),
        (Latency, ["config", "cameras", "seconds"]),
        (Link, ["height", "repetitions"]),
    ],
)
def test_options_are_those_of_a_benchmark_and_its_bases(kind: type[Benchmark], options: list[str]) -> None:
    """Those that several share are defined once."""
    assert list(kind.options()) == options


@pytest.mark.parametrize("limit", [0, 1, 3, 4, 5, 11, 14, 63, 64, 100])
@pytest.mark.parametrize("first", [2, 4])
def test_the_largest_number_that_is_held_is_found(limit: int, first: int) -> None:
    """The search needs few steps and tries no number twice."""
    tried: list[int] = []

    def holds(cameras: int) -> bool:
        tried.append(cameras)
        return cameras <= limit

    assert largest(holds, first) == min(limit, MOST)
    assert len(tried) == len(set(tried)) <= 12


def test_growth_compares_the_ends() -> None:
    """A peak in the middle is no growth, and neither is an empty series."""
    assert growth([100.0, 100.0, 500.0, 500.0, 110.0, 110.0, 110.0, 110.0]) == pytest.approx(0.1)
    assert growth([0.0, 0.0]) == 0.0


def test_a_ratio_is_the_median_of_pairs() -> None:
    """Each round is a pair, since the machine changes from round to round."""
    rounds = [{"ours": {"fps": o}, "fer": {"fps": t}} for o, t in ((100.0, 10.0), (50.0, 5.0), (90.0, 30.0))]

    assert ratio(rounds, "fer") == 10.0


def window(frames: int, seconds: float, dropped: int = 0, ages: tuple[int, int] = (100, 0)) -> Window:
    """Return a window in which one camera sent frames; `ages`: how many were younger than 50 ms, and than 200 ms."""
    source = {"stage": "camera.c0", "camera": "c0"}
    output = {"stage": "output.events", "camera": "c0"}
    young, old = ages
    ageing = f"{names.AGE}_bucket"
    after = samples(
        (names.FRAMES_IN, source, 100.0 + frames),
        (names.FRAMES_OUT, output, 40.0 + frames - dropped),
        (names.DROPPED, {**source, "cause": "no slot"}, 5.0 + dropped),
        (ageing, {**output, "le": "0.05"}, float(young)),
        (ageing, {**output, "le": "0.2"}, float(young + old)),
        (ageing, {**output, "le": "+Inf"}, float(young + old)),
        (names.COUNTS, {"stage": "detect", "what": "detections"}, 70.0),
        (names.COUNTS, {"stage": "detect", "what": "crops"}, 30.0),
    )
    before = samples(
        (names.FRAMES_IN, source, 100.0),
        (names.FRAMES_OUT, output, 40.0),
        (names.DROPPED, {**source, "cause": "no slot"}, 5.0),
        (names.COUNTS, {"stage": "detect", "what": "detections"}, 20.0),
    )
    cpu = {"capture": 4.0, "detect": 6.0}
    return Window(Snapshot(10.0, before, {"capture": 1.0}), Snapshot(10.0 + seconds, after, cpu))


def samples(*rows: tuple[str, dict[str, str], float]) -> Counts:
    """Return counters of these metrics, labels and values."""
    found: dict[str, dict[LabelSet, float]] = defaultdict(dict)
    for name, labels, value in rows:
        found[name][frozenset(labels.items())] = value
    return Counts(found)


def test_a_window_is_what_happened_in_it() -> None:
    """Counts from before the window are excluded."""
    found = window(frames=300, seconds=10.0, dropped=3)

    assert found.frames("camera.", out=False) == 300
    assert found.frames("output.events") == 297
    assert found.dropped() == {"capture: no slot": 3}
    assert found.cpu_s == {"capture": 3.0, "detect": 6.0}


def test_cameras_are_held_while_little_is_lost_and_nothing_is_old() -> None:
    """A loss of 0.5 %, an age of 100 ms or a late decoder count as overload."""
    cases: list[tuple[dict[str, Any], bool]] = [
        ({"frames": 300}, True),
        ({"frames": 300, "dropped": 1}, True),
        ({"frames": 300, "dropped": 2}, False),
        ({"frames": 300, "ages": (90, 10)}, False),
        ({"frames": 280}, False),
    ]
    for options, held in cases:
        assert judge(window(seconds=10.0, **options), 1, False)["held"] is held, options
    late = judge(window(seconds=10.0, frames=280), 1, False)
    assert late["causes"] == {"capture: decoded late": 20}
    assert late["cores_busy"] == pytest.approx(0.9)


def test_how_often_a_camera_is_looked_at_is_per_camera_and_second() -> None:
    """Detections and classifications are rates per camera and second."""
    found = judge(window(seconds=10.0, frames=600), 2, False)

    assert found["per_second"] == {"detections": 2.5, "crops": 1.5}


@pytest.mark.parametrize(
    ("stage", "called"), [("camera.hall.2", "capture"), ("detect.1", "detect"), ("output.events", "output.events")]
)
def test_processes_are_counted_by_stage(stage: str, called: str) -> None:
    """All cameras are one group, and so are all workers of a stage."""
    assert group(stage) == called


def test_the_clock_sink_reads_what_the_camera_drew(tmp_path: Any) -> None:
    """The age is that of the frame, and a frame without a clock is not taken for a fresh one."""
    sink = ClockSink(path=str(tmp_path / "rows"))
    for clock in (True, False):
        camera = Synthetic(name="hall", fps=200.0, seconds=0.02, clock=clock)
        for frame in camera.process(()):
            list(sink.process([frame]))
    sink.close()
    rows = read_rows(tmp_path / "rows")
    drawn, plain = [r for r in rows if r[0] >= 0], [r for r in rows if r[0] < 0]

    assert len(drawn) >= 1
    assert len(plain) >= 1
    assert all(difference == 0 for _, difference in drawn)


def test_a_report_becomes_a_table(tmp_path: Any) -> None:
    """The table names the command; a file that is no report is refused in one line."""
    head = {
        "command": "emobot bench start",
        "taken_at": "2026-01-02T03:04:05Z",
        "scope": "end to end",
        "pace": "real time",
    }
    times = {"median": 2.0, "low": 1.5, "high": 2.5, "n": 5}
    found = {"machine": {"processor": "some", "cores": 2}, "start_s": times, "first_s": 9.0}
    (tmp_path / "start.json").write_text(json.dumps({"benchmark": "start", **head, **found}))
    (tmp_path / "no.json").write_text("{}")
    text = markdown(tmp_path / "start.json")

    assert "`emobot bench start`, 2026-01-02, some, 2 cores; end to end, real time." in text
    assert text.endswith("| 2.00 | 1.50 to 2.50 | 5 | 9.00 |")
    with pytest.raises(InputError, match="expected a report of emobot bench, found"):
        markdown(tmp_path / "no.json")


def test_a_slope_ignores_outliers() -> None:
    """The median of all pairs of samples."""
    points = [(30.0 * n, 5.0 + 0.1 * 30 * n + (100.0 if n == 7 else 0.0)) for n in range(20)]
    assert slope(points) == pytest.approx(0.1)
    assert slope([(0.0, 1.0)]) == 0.0
