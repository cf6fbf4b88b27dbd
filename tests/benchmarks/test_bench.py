"""`emobot bench`: every benchmark runs, small, and its JSON has what readers of it expect; no test looks at a time."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from benchmarks.peers import peers
from benchmarks.peers.peers import Peers
from benchmarks.running import Running
from benchmarks.steps import curve, engines, isolated, link
from benchmarks.steps.isolated import first_frames, through
from benchmarks.whole import latency, soak, streams, throughput
from models.runtimes import openvino_core
from pipeline.cli.bench import BENCHMARKS, bench
from pipeline.errors import EmobotError
from stages.detect import Detect
from stages.emotion import Emotion
from stages.media import gstreamer
from tests.support.films import film

app = typer.Typer()
app.command()(bench)

HEAD = {"benchmark", "scope", "pace", "command", "taken_at", "machine", "versions"}

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed"),
]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every benchmark measure few frames: the tests check neither the results nor their stability."""
    for module in (streams, latency, soak, peers, throughput):
        monkeypatch.setattr(module, "WARM_UP_FRAMES", 5)
    for module in (isolated, throughput):
        monkeypatch.setattr(module, "FRAMES", 10)
    monkeypatch.setattr(engines, "FACES", 8)
    monkeypatch.setattr(link, "FRAMES", 20)
    monkeypatch.setattr(curve, "MESSAGES", 20)
    monkeypatch.setattr(link, "PACE_HZ", 20.0)
    monkeypatch.setattr(peers, "FRAMES", dict.fromkeys(peers.FRAMES, 10))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of one face, two seconds."""
    return film(tmp_path_factory.mktemp("clip") / "clip.mp4", width=640, height=360, fps=30.0)


def run(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """Run a benchmark and return its JSON; it also draws."""
    files = ["--json", str(tmp_path / "out.json"), "--plot", str(tmp_path / "out.png")]
    result = CliRunner().invoke(app, [*arguments, *files], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    report: dict[str, Any] = json.loads((tmp_path / "out.json").read_text())
    assert report.keys() > HEAD
    assert report["benchmark"] == arguments[0]
    assert report["machine"]["cores"] >= 1
    assert report["versions"]["numpy"]
    return report


@pytest.mark.parametrize("name", ["decode", "detect", "overlay", "encode"])
def test_a_step_alone(tmp_path: Path, clip: Path, name: str) -> None:
    """The report gives the cost per frame with its spread."""
    (result,) = run(tmp_path, name, "--clip", str(clip), "--repetitions", "2")["results"]

    assert (result["width"], result["height"]) == (640, 360)
    assert 0 < result["cpu_ms"]["low"] <= result["cpu_ms"]["median"] <= result["cpu_ms"]["high"]
    assert result["cpu_ms"]["n"] == 2


def test_the_link(tmp_path: Path) -> None:
    """The report covers tokens and inline pixels, ipc and tcp, paced and as fast as possible."""
    report = run(tmp_path, "link", "--height", "480", "--repetitions", "1")
    ways = {(r["pixels"], r["transport"], r["pace"]) for r in report["results"]}

    assert len(ways) == 6
    assert all(r["cpu_ms"]["median"] > 0 and r["mb_per_s"] > 0 for r in report["results"])


def test_encryption(tmp_path: Path) -> None:
    """The report covers events and faces, without encryption and with it."""
    report = run(tmp_path, "curve", "--repetitions", "1")

    assert [(r["what"], r["curve"]) for r in report["results"]] == [
        ("event", False),
        ("event", True),
        ("face", False),
        ("face", True),
    ]
    assert all(r["cpu_ms"]["median"] > 0 for r in report["results"])


def test_the_whole_program_on_recordings(tmp_path: Path, clip: Path) -> None:
    """The report gives frames per second, CPU by stage and the efficiency, with the options of a config."""
    config = tmp_path / "config.toml"
    config.write_text(
        '[camera.x]\nsource = "demo"\n[output.events]\nkind = "events"\n'
        "[emotion]\nbatch = 8\n[detect]\nclassify_hz = 5\n"
    )
    options = ("--cameras", "1", "--seconds", "1", "--repetitions", "1", "--config", str(config))
    report = run(tmp_path, "pipeline", "--clip", str(clip), *options)
    (result,) = report["results"]

    assert result["fps"]["median"] > 0
    assert {"capture", "detect", "emotion", "output.events"} <= result["cpu_ms_by_stage"].keys()
    assert report["isolated_sum_ms"] == pytest.approx(sum(c["median"] for c in report["isolated_ms"].values()))
    assert report["efficiency"] == pytest.approx(report["isolated_sum_ms"] / result["cpu_ms"]["median"])


def test_live_cameras(tmp_path: Path, clip: Path) -> None:
    """The report gives the number of cameras handled and the result of each step of the search."""
    report = run(tmp_path, "streams", "--clip", str(clip), "--cameras", "1", "--seconds", "1")
    (step,) = report["steps"]

    assert report["streams"] == int(step["held"])
    assert report["seconds"] == 1
    assert step["dropped"] >= 0
    assert step["cores_by_stage"].keys() >= {"capture", "detect", "emotion"}


def test_latency_of_events_and_frames(tmp_path: Path) -> None:
    """Four percentiles of each; the clock in every frame is that of its message."""
    report = run(tmp_path, "latency", "--cameras", "1", "--seconds", "1")
    event, picture = report["results"]

    assert (event["path"], picture["path"]) == ("event", "picture")
    for result in (event, picture):
        assert result["n"] > 0
        assert 0 < result["p50"] <= result["p90"] <= result["p99"] <= result["p99.9"]
    assert picture["unreadable"] == picture["of_another_message"] == 0


def test_a_soak_measures_every_process(tmp_path: Path, clip: Path) -> None:
    """The report gives memory, descriptors and shared memory over time."""
    report = run(tmp_path, "soak", "--clip", str(clip), "--cameras", "1", "--minutes", "0.05")

    assert len(report["looks"]) >= 4
    assert {"capture", "detect", "emotion", "output.events", "supervisor"} <= report["looks"][0]["memory_mb"].keys()
    assert all(look["descriptors"] > 10 and look["shared_mb"] > 0 for look in report["looks"])
    assert report["slow_subscriber_read"] >= 1


def test_the_start(tmp_path: Path) -> None:
    """The report gives the time from the command to the first event; the cold start is separate."""
    report = run(tmp_path, "start", "--repetitions", "1")

    assert report["start_s"]["median"] == report["all_s"][0] > 0
    assert report["first_s"] > 0


def test_skipped_peers_are_named(tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report still has a ratio for every program; ours is measured as in `pipeline`."""

    def ours(self: Peers, options: dict[str, Any]) -> dict[str, float]:
        return {"fps": 200.0 if options["detect"] else 100.0, "cpu_ms": 10.0, "faces": 1.0}

    monkeypatch.setattr(Peers, "ours", ours)
    others = ("reference_loop_no_drawing", "ancestor", "fer")
    skipped = [argument for name in others for argument in ("--skip", name)]
    report = run(tmp_path, "peers", "--clip", str(clip), "--repetitions", "1", "--seconds", "1", *skipped)

    assert report["ratios"].keys() >= {"reference_loop", "ancestor", "fer"}
    assert report["ratios"]["reference_loop"] > 0
    assert report["ratios"]["fer"] is None
    assert report["ratios_scheduled"]["reference_loop"] == pytest.approx(2 * report["ratios"]["reference_loop"])
    assert report["absent"] == dict.fromkeys(others, "skipped")


def test_the_network(tmp_path: Path) -> None:
    """The report covers every engine and precision of this machine, at the requested batch sizes."""
    report = run(tmp_path, "emotion", "--batch", "1", "--batch", "4", "--repetitions", "1")
    kinds = {(r["engine"], r["precision"]) for r in report["results"]}

    assert {("openvino", "f32"), ("tensorflow", "f32")} <= kinds
    has_bf16 = "BF16" in openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    assert (("openvino", "bf16") in kinds) == has_bf16
    assert {r["batch"] for r in report["results"]} == {1, 4}
    assert all(r["faces_per_s"] > 0 for r in report["results"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("speed", "expected one of the benchmarks link, curve, decode"),
        ("start --minutes 2", "expected options of start (--config, --repetitions), found --minutes"),
        ("decode --clip OUT/none.mp4", "expected --clip to be a file"),
        ("decode --height 500", "expected a height of 480, 720, 1080, found 500"),
        ("decode --json OUT/none/x.json", "expected a folder to write x.json into"),
        ("emotion --model nobody", "model: expected a model out of"),
        ("pipeline --config OUT/none.toml", "expected --config to be a file"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path: Path, arguments: str, message: str) -> None:
    """The error says what was expected and found, and where."""
    result = CliRunner().invoke(app, arguments.replace("OUT", str(tmp_path)).split())

    assert isinstance(result.exception, EmobotError)
    assert len(str(result.exception).splitlines()) == 1
    assert message in str(result.exception)


def test_a_run_that_ends_reports_why() -> None:
    """A benchmark fails with the last line of the program it measures."""
    tables = {"camera": {"a": {"source": "demo", "size": 3.0}}, "output": {"events": {"kind": "events"}}}
    with Running(tables) as running, pytest.raises(EmobotError, match="size: expected a number"):
        running.until(lambda: False)


def test_every_benchmark_is_there() -> None:
    """Each name leads to a class with typed options."""
    from benchmarks.base import Benchmark
    from pipeline.cli.bench import find_benchmark

    assert all(issubclass(find_benchmark(name), Benchmark) for name in BENCHMARKS)


def test_steps_are_measured_on_results_of_earlier_steps(clip: Path) -> None:
    """Each step is measured on the results of the previous ones: an overlay without faces would cost nothing."""
    found = through(first_frames(clip, 5), Detect(), Emotion())

    assert len(found) == 5
    assert all(frame.faces and frame.faces[0].fused and frame.pixels is not None for frame in found)


def test_only_soak_accepts_chaos() -> None:
    """Every other benchmark refuses `--chaos`."""
    with pytest.raises(EmobotError, match="expected --chaos with soak, found it with 'decode'"):
        bench("decode", chaos=True)
