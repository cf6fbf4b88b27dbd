"""`soak`: do resources grow under full load, with one slow subscriber?"""

import contextlib
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil

from benchmarks.base import Fields
from benchmarks.cameras import Place, played
from benchmarks.clip import RecordingBenchmark
from benchmarks.running import SUPERVISOR, Running, Window
from pipeline.transport.pubsub import Subscriber

CAMERAS = 10
SLOW_S = 0.5
"""Seconds the slow subscriber pauses after each event."""
EVERY_S = 5.0
WARM_UP_FRAMES = 60
PART = 0.25
"""Fraction of the samples at each end whose medians are compared to measure growth."""


class Soak(RecordingBenchmark):
    """Enough live cameras to saturate the CPU, and one subscriber that cannot keep up with their events.

    Args:
        cameras: Number of cameras; exactly one value.
        minutes: Duration in minutes.
        shared: Options of `RecordingBenchmark`.
    """

    scope = "end to end"
    pace = "real time"

    def __init__(
        self,
        *,
        cameras: tuple[int, ...] = (CAMERAS,),
        minutes: float = 10.0,
        **shared: Any,
    ) -> None:
        super().__init__(**shared)
        self._cameras = cameras[0]
        self._minutes = minutes

    def run(self) -> dict[str, Any]:
        """Take a sample every few seconds."""
        samples: list[dict[str, Any]] = []
        with (
            closing(Place()) as place,
            Running(played(self.recording(), self._cameras, place, self._options, realtime=True)) as run,
        ):
            run.wait_for_frames("output.events", WARM_UP_FRAMES, self._cameras)
            with _slow_subscriber(place.events) as heard:
                end = time.monotonic() + self._minutes * 60
                every_s = min(EVERY_S, self._minutes * 60 / 8)
                while time.monotonic() < end:
                    samples.append(_sample(run, run.window(every_s)))
                    if len(samples) % 12 == 0:
                        gone_s = samples[-1]["at_s"] - samples[0]["at_s"]
                        print(f"{gone_s:.0f} s: {samples[-1]['total_mb']:.0f} MB", file=sys.stderr)
        start = samples[0]["at_s"]
        samples = [{**sample, "at_s": sample["at_s"] - start} for sample in samples]
        names = list(samples[0]["memory_mb"])
        return {
            "cameras": self._cameras,
            "minutes": self._minutes,
            "clip": self.recording().name,
            "growth": growth([sample["total_mb"] for sample in samples]),
            "growth_by_process": {
                name: growth([sample["memory_mb"].get(name, 0.0) for sample in samples]) for name in names
            },
            "descriptors_growth": growth([sample["descriptors"] for sample in samples]),
            "shared_growth": growth([sample["shared_mb"] for sample in samples]),
            "slow_subscriber_read": heard[0],
            "looks": samples,
        }

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return the first and the last sample, the worst one, and the overall growth and losses."""
        samples = fields["looks"]
        head = ("", "memory", "descriptors", "/dev/shm", "age p99", "dropped", "cores busy")

        def row(name: str, sample: Fields) -> Sequence[str]:
            return (
                name,
                f"{sample['total_mb']:.0f} MB",
                str(sample["descriptors"]),
                f"{sample['shared_mb']:.0f} MB",
                f"{sample['p99_ms']:.0f} ms",
                f"{sample['dropped']:.2%}",
                f"{sample['cores_busy']:.2f}",
            )

        grown = (f"{fields[name]:+.1%}" for name in ("growth", "descriptors_growth", "shared_growth"))
        lost = statistics.mean(sample["dropped"] for sample in samples)
        return [
            head,
            row("first sample", samples[0]),
            row("last sample", samples[-1]),
            row("worst sample", max(samples, key=lambda sample: (sample["dropped"], sample["p99_ms"]))),
            ("growth; dropped in total", *grown, "", f"{lost:.2%}", ""),
        ]

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot memory by process, and the age of frames, over time."""
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        samples = fields["looks"]
        minutes = [sample["at_s"] / 60 for sample in samples]
        upper.plot(
            minutes, [sample["total_mb"] for sample in samples], color="k", label=f"all ({fields['growth']:+.1%})"
        )
        for name in samples[0]["memory_mb"]:
            upper.plot(minutes, [sample["memory_mb"].get(name, float("nan")) for sample in samples], label=name)
        upper.set_ylim(bottom=0)
        upper.set_ylabel("private memory, MB")
        upper.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
        lower.plot(minutes, [sample["p99_ms"] for sample in samples], color="C3")
        lower.set_ylim(bottom=0)
        lower.set_ylabel("age p99, ms")
        lower.set_xlabel("minutes")
        figure.suptitle(
            f"soak: {fields['cameras']} live cameras, one subscriber that reads {1 / SLOW_S:g} events a second"
        )


def growth(values: Sequence[float]) -> float:
    """Return the relative growth from the median of the first quarter of the values to that of the last."""
    part = max(1, round(len(values) * PART))
    before, after = statistics.median(values[:part]), statistics.median(values[-part:])
    return after / before - 1 if before else 0.0


def _sample(run: Running, window: Window) -> dict[str, Any]:
    frames = max(1, window.frames("camera.", out=False))
    return {
        "at_s": window.last.at_s,
        **footprint(run),
        "p99_ms": window.age_ms("output.", 0.99),
        "dropped": sum(window.dropped().values()) / frames,
        "cores_busy": sum(window.cpu_s.values()) / window.seconds,
    }


def footprint(run: Running) -> dict[str, Any]:
    """Return the memory, descriptors and shared memory of a run's processes; cameras are combined."""
    memory: dict[str, float] = {}
    descriptors = 0
    for name, process in run.processes():
        with contextlib.suppress(psutil.NoSuchProcess):
            # private memory only; shared frames are in /dev/shm
            memory[name] = memory.get(name, 0.0) + process.memory_full_info().uss / 2**20
            descriptors += process.num_fds()
    cameras = [name for name in memory if name.startswith("camera.")]
    grouped = {name: mb for name, mb in memory.items() if name not in cameras}
    grouped["capture"] = sum(memory[name] for name in cameras)
    return {
        "memory_mb": {name: grouped[name] for name in sorted(grouped, key=lambda n: (n == SUPERVISOR, n))},
        "total_mb": sum(grouped.values()),
        "descriptors": descriptors,
        "shared_mb": _tree_bytes(run.directory) / 2**20,
    }


def _tree_bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_blocks * 512
    return total


@contextlib.contextmanager
def _slow_subscriber(endpoint: str) -> Iterator[list[int]]:
    """Read events slowly in a thread; yield a list with the number of events read."""
    heard, stop = [0], threading.Event()

    def work() -> None:
        with Subscriber(endpoint, timeout_s=0.2) as subscriber:
            while not stop.is_set():
                for _ in subscriber:
                    heard[0] += 1
                    if stop.wait(SLOW_S):
                        return

    thread = threading.Thread(target=work, name="slow subscriber")
    thread.start()
    try:
        yield heard
    finally:
        stop.set()
        thread.join()
