"""`emobot batch --ray` on two nodes of one core each: its cost, and what happens when a node or a worker is lost.

`python -m benchmarks.whole.recordings_on_ray [SCENARIO...] [--recordings N] [--seconds S]`. It needs the extra `ray`.
"""

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil

from stages.record import Record
from stages.synthetic import Synthetic

SCENARIOS = ("jobs", "ray", "worker", "node", "frozen", "interrupt", "driver")
CORES = 1
"""Cores of each node."""
MARK = "pipeline.cli.recordings.node"
"""In the command line of the processes that a task starts."""
LIMIT_S = 300.0
"""Seconds after which a batch counts as hung."""


def main() -> None:
    """Print a line of JSON for each scenario."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=["jobs", "ray"], metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--recordings", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each")
    parser.add_argument("--height", type=int, default=480)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="emobot-bench-") as folder:
        films = make_films(Path(folder) / "films", given.recordings, given.seconds, given.height)
        if "jobs" in given.scenarios:
            report("jobs", run(films, Path(folder) / "jobs", ["--jobs", "2"]))
        with nodes() as cluster:
            for scenario in given.scenarios:
                if scenario != "jobs":
                    report(scenario, measure(scenario, films, Path(folder) / scenario, cluster))


def report(scenario: str, found: dict[str, Any]) -> None:
    """Print a line of JSON."""
    print(json.dumps({"scenario": scenario, **found}), flush=True)


def make_films(folder: Path, count: int, seconds: float, height: int) -> Path:
    """Write one recording and copies of it; return their folder."""
    folder.mkdir()
    first = folder / "00.mp4"
    source = Synthetic(
        name="x", faces=2, fps=25.0, seconds=seconds, width=height * 4 // 3, height=height, realtime=False
    )
    with closing(Record(path=str(first))) as record:
        for frame in source.process(()):
            record.process([frame])
    for number in range(1, count):
        shutil.copy(first, folder / f"{number:02}.mp4")
    return folder


def measure(scenario: str, films: Path, out: Path, cluster: Any) -> dict[str, Any]:
    """Process the recordings on a cluster; return seconds, what was done, and what was left behind."""
    second = next(iter(cluster.worker_nodes))
    disturb = {
        "worker": lambda batch: kill_worker(),
        "node": lambda batch: cluster.remove_node(second, allow_graceful=False),
        "frozen": lambda batch: freeze(second),
        "interrupt": lambda batch: batch.send_signal(signal.SIGINT),
        "driver": lambda batch: batch.kill(),
    }.get(scenario)
    found = run(films, out, ["--ray", cluster.address], disturb)
    if scenario in ("interrupt", "driver"):
        found["again"] = run(films, out, ["--ray", cluster.address])
    if scenario == "frozen":
        for process in psutil.Process().children(recursive=True):
            if process.status() == psutil.STATUS_STOPPED:
                process.kill()
        cluster.remove_node(second, allow_graceful=False)
    if scenario in ("node", "frozen"):
        cluster.add_node(num_cpus=CORES)
    return found


def run(films: Path, out: Path, options: list[str], disturb: Callable[[Any], None] | None = None) -> dict[str, Any]:
    """Run the batch, disturb it once a third is done, and return what it did."""
    command = [
        sys.executable,
        "-X",
        "faulthandler",
        "-m",
        "pipeline",
        "batch",
        str(films),
        "--out",
        str(out),
        "--no-video",
        *options,
    ]
    log = out.with_suffix(".log")
    before, spent_s = done(out), cpu_seconds()
    begun = time.monotonic()
    with log.open("w", encoding="utf-8") as lines, subprocess.Popen(command, stdout=lines, stderr=lines) as batch:
        disturbed = None
        if disturb:
            wanted = len(list(films.iterdir())) // 3
            wait_for(lambda: batch.poll() is not None or done(out) >= wanted)
            disturb(batch)
            disturbed = time.monotonic()
        try:
            code = batch.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            # with where each thread was
            batch.send_signal(signal.SIGABRT)
            code = batch.wait()
    ended = time.monotonic()
    tables = {hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in out.glob("*/faces.csv")}
    result: dict[str, Any] = {
        "code": code,
        "seconds": round(ended - begun, 1),
        "machine_cpu_seconds": round(cpu_seconds() - spent_s, 1),
        "done": done(out),
        "before": before,
        "tables": sorted(tables),
    }
    if disturbed:
        result["seconds_after"] = round(ended - disturbed, 1)
        wait_for(lambda: not alive(), 10.0)
        result["processes_left"] = len(alive())
    if code not in (0, 130):
        result["log"] = log.read_text(encoding="utf-8")[-9000:]
    result["lost"] = [line for line in log.read_text(encoding="utf-8").splitlines() if "lost" in line]
    return result


def cpu_seconds() -> float:
    """Return the CPU seconds of this machine; Ray does not collect those of its workers, and others must be quiet."""
    spent = psutil.cpu_times()
    return float(spent.user + spent.nice + spent.system)


def done(out: Path) -> int:
    """Return how many recordings have results."""
    return len(list(out.glob("*/source.json")))


def alive() -> list[psutil.Process]:
    """Return the processes that tasks have started."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if MARK in (process.info["cmdline"] or []):
            found.append(process)
    return found


def kill_worker() -> None:
    """Kill the worker of Ray that started the first processes found."""
    worker = alive()[0].parent()
    assert worker
    worker.kill()


def freeze(node: Any) -> None:
    """Stop a node and all below it, as a lost network would; they are killed at the end."""
    raylet = psutil.Process(node.all_processes["raylet"][0].process.pid)
    for process in [raylet, *raylet.children(recursive=True)]:
        process.suspend()


@contextmanager
def nodes() -> Iterator[Any]:
    """Start two nodes of one core each on this machine."""
    os.environ.update(RAY_USAGE_STATS_ENABLED="0", RAY_AUTH_MODE="token")
    from ray._private.authentication.authentication_token_setup import ensure_token_if_auth_enabled
    from ray.cluster_utils import Cluster

    ensure_token_if_auth_enabled(create_token_if_missing=True)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": CORES, "include_dashboard": False})
    try:
        cluster.add_node(num_cpus=CORES)
        yield cluster
    finally:
        cluster.shutdown()


def wait_for(condition: Callable[[], bool], seconds: float = LIMIT_S) -> None:
    """Wait until something is true."""
    end_s = time.monotonic() + seconds
    while not condition() and time.monotonic() < end_s:
        time.sleep(0.05)


if __name__ == "__main__":
    main()
