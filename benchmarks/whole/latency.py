"""`latency`: from capture to the event, and from capture to the frame at an output."""

import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from benchmarks.base import Fields
from benchmarks.cameras import Place, outputs
from benchmarks.harness import digits, quantiles
from benchmarks.running import Running, Window
from benchmarks.settings import StagesBenchmark
from benchmarks.steps.probes import read_rows
from pipeline.events import Observation
from pipeline.metrics import names
from pipeline.transport.pubsub import Subscriber

CAMERAS = (1, 4)
AT = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
WARM_UP_FRAMES = 60
FACE = 0.145
"""Height of the face as a fraction of the frame's, as in `benchmarks.clip`."""


class Latency(StagesBenchmark):
    """The demo camera at 720p30 with a clock burnt into its frames.

    An event's latency ends when a subscriber in another process receives it. A frame's latency ends when an output
    after the overlay has read its clock, which also shows that pixels and message belong together. Each is measured in
    its own run: events without a video output, as in most runs.

    Args:
        cameras: Numbers of cameras to measure.
        seconds: Seconds of each measurement.
        shared: Options of `StagesBenchmark`.
    """

    scope = "end to end"
    pace = "real time"

    def __init__(self, *, cameras: tuple[int, ...] = CAMERAS, seconds: float = 60.0, **shared: Any) -> None:
        super().__init__(**shared)
        self._cameras = cameras
        self._seconds = seconds

    def run(self) -> dict[str, Any]:
        """Measure both paths with each number of cameras."""
        results = []
        for cameras in self._cameras:
            results.append({"path": "event", "cameras": cameras, **self._events(cameras)})
            results.append({"path": "picture", "cameras": cameras, **self._pictures(cameras)})
        return {"unit": "ms", "seconds": self._seconds, "source": "demo 1280 x 720 at 30 fps", "results": results}

    def _config(self, cameras: int, place: Place, **more: Any) -> dict[str, Any]:
        demo = {"source": "demo", "clock": True, "size": FACE}
        return {
            "camera": {f"c{n}": {**demo, "seed": n} for n in range(cameras)},
            **self._options,
            "output": {**outputs(place), **more},
        }

    def _events(self, cameras: int) -> dict[str, Any]:
        with closing(Place()) as place, Running(self._config(cameras, place)) as run:
            run.wait_for_frames("output.events", WARM_UP_FRAMES, cameras)
            first = run.snapshot()
            ages, published = [], []
            with Subscriber(place.events, ("emotion.",), timeout_s=5.0) as subscriber:
                end = time.monotonic() + self._seconds
                for _, event in subscriber:
                    if isinstance(event, Observation):
                        ages.append((time.time() - event.captured_at) * 1e3)
                        published.append((event.published_at - event.captured_at) * 1e3)
                    if time.monotonic() >= end:
                        break
            run.check()
            window = Window(first, run.snapshot())
        return {
            "n": len(ages),
            **dict(zip(AT, quantiles(ages, list(AT.values())), strict=True)),
            "published": dict(zip(AT, quantiles(published, list(AT.values())), strict=True)),
            "dropped": round(window.counts.total(names.DROPPED)),
        }

    def _pictures(self, cameras: int) -> dict[str, Any]:
        with closing(Place()) as place:
            path = place.path / "clock"
            sink = {"clock": {"use": "benchmarks.steps.probes:ClockSink", "path": str(path)}}
            with Running(self._config(cameras, place, **sink)) as run:
                run.wait_for_frames("output.clock", WARM_UP_FRAMES, cameras)
                before = len(read_rows(path))
                window = run.window(self._seconds)
                rows = read_rows(path)[before:]
        readable = [row for row in rows if row[0] >= 0]
        ages = [age / 1e6 for age, _ in readable]
        return {
            "n": len(rows),
            **dict(zip(AT, quantiles(ages, list(AT.values())), strict=True)),
            "unreadable": len(rows) - len(readable),
            "of_another_message": sum(difference != 0 for _, difference in readable),
            "dropped": sum(window.dropped().values()),
        }

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return one row per path and number of cameras."""
        head = ("capture to", "cameras", *(f"{name}, ms" for name in AT), "samples", "dropped")
        return [
            head,
            *(
                (
                    r["path"],
                    str(r["cameras"]),
                    *(digits(r[name]) for name in AT),
                    str(r["n"]),
                    str(r["dropped"]),
                )
                for r in fields["results"]
            ),
        ]

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot the percentiles, one group of bars per path and number of cameras."""
        axes = figure.subplots()
        results = fields["results"]
        for i, r in enumerate(results):
            cameras = f"{r['cameras']} camera{'s' if r['cameras'] > 1 else ''}"
            at = [x + (i - (len(results) - 1) / 2) * 0.2 for x in range(len(AT))]
            bars = axes.bar(at, [r[name] for name in AT], 0.18, label=f"capture to {r['path']}, {cameras}")
            axes.bar_label(bars, [f"{r[name]:.0f}" for name in AT], padding=2, fontsize=8)
        axes.set_xticks(range(len(AT)), list(AT))
        axes.set_ylabel("milliseconds")
        axes.margins(y=0.12)
        axes.legend(fontsize=8)
        axes.set_title("latency: live cameras, 720p30")
