"""`pipeline`: recordings as fast as possible, compared with the isolated cost of the steps."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from benchmarks.base import Fields
from benchmarks.cameras import Place, played
from benchmarks.clip import RecordingBenchmark
from benchmarks.harness import digits, one_core, plain, spread
from benchmarks.running import Running
from benchmarks.steps.isolated import chain_costs

CAMERAS = (1, 2, 4, 8)
FRAMES = 150
WARM_UP_FRAMES = 30
"""Frames of each recording before the measurement starts."""


class Throughput(RecordingBenchmark):
    """The whole program on recordings, without loss, with published events.

    Args:
        cameras: Numbers of concurrent recordings.
        seconds: Seconds of each repetition.
        repetitions: Number of repetitions, in the same run of the program.
        shared: Options of `RecordingBenchmark`.
    """

    scope = "end to end"
    pace = "as fast as possible"

    def __init__(
        self,
        *,
        cameras: tuple[int, ...] = CAMERAS,
        seconds: float = 5.0,
        repetitions: int = 3,
        **shared: Any,
    ) -> None:
        super().__init__(**shared)
        self._cameras = cameras
        self._seconds = seconds
        self._repetitions = repetitions

    def run(self) -> dict[str, Any]:
        """Measure the isolated steps, then the program with each number of recordings."""
        with one_core():
            alone = chain_costs(self.recording(), self._options, FRAMES, repetitions=5)
        alone_ms = sum(cost.cpu_ms.median for cost in alone.values())
        results = [self._run(cameras, alone_ms) for cameras in self._cameras]
        isolated = {name: plain(cost.cpu_ms) for name, cost in alone.items()}
        return {
            "unit": "frame",
            "clip": self.recording().name,
            "seconds": self._seconds,
            "isolated_ms": isolated,
            "isolated_sum_ms": alone_ms,
            "results": results,
            "efficiency": results[0]["efficiency"],
        }

    def _run(self, cameras: int, alone_ms: float) -> dict[str, Any]:
        with (
            closing(Place()) as place,
            Running(played(self.recording(), cameras, place, self._options, realtime=False)) as run,
        ):
            run.wait_for_frames("output.events", WARM_UP_FRAMES, cameras)
            windows = [run.window(self._seconds) for _ in range(self._repetitions)]
        frames = [window.frames("output.") for window in windows]
        cpu_ms = spread([sum(w.cpu_s.values()) * 1e3 / n for w, n in zip(windows, frames, strict=True)])
        stages = list(windows[0].cpu_s)
        return {
            "cameras": cameras,
            "fps": plain(spread([n / w.seconds for w, n in zip(windows, frames, strict=True)])),
            "cpu_ms": plain(cpu_ms),
            "cpu_ms_by_stage": {
                stage: spread([w.cpu_s.get(stage, 0.0) * 1e3 / n for w, n in zip(windows, frames, strict=True)]).median
                for stage in stages
            },
            "efficiency": alone_ms / cpu_ms.median,
        }

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return one row per number of recordings, and one for the isolated steps."""
        stages = list(fields["isolated_ms"])
        head = ("recordings", "frames/s", "CPU ms per frame", *stages, "supervisor", "efficiency")
        alone = [digits(fields["isolated_ms"][stage]["median"]) for stage in stages]
        return [
            head,
            ("isolated steps", "", digits(fields["isolated_sum_ms"]), *alone, "", ""),
            *(
                (
                    str(r["cameras"]),
                    digits(r["fps"]["median"]),
                    digits(r["cpu_ms"]["median"]),
                    *(digits(r["cpu_ms_by_stage"].get(stage, 0.0)) for stage in (*stages, "supervisor")),
                    f"{r['efficiency']:.2f}",
                )
                for r in fields["results"]
            ),
        ]

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot frames per second, and CPU time per frame by stage, next to the isolated cost of the steps."""
        left, right = figure.subplots(1, 2)
        results = fields["results"]
        names = [str(r["cameras"]) for r in results]
        bars = left.bar(names, [r["fps"]["median"] for r in results], width=0.5)
        left.bar_label(bars, fmt="%.0f", padding=2)
        left.set_xlabel("recordings at once")
        left.set_ylabel("frames per second, all together")
        left.margins(y=0.12)
        columns = ["alone", *names]
        alone = {stage: cost["median"] for stage, cost in fields["isolated_ms"].items()}
        heights = [alone, *(r["cpu_ms_by_stage"] for r in results)]
        below = [0.0] * len(columns)
        for stage in list(dict.fromkeys(stage for column in heights for stage in column)):
            values = [column.get(stage, 0.0) for column in heights]
            right.bar(columns, values, 0.6, bottom=below, label=stage)
            below = [b + v for b, v in zip(below, values, strict=True)]
        for x, total in enumerate(below):
            right.annotate(digits(total), (x, total), ha="center", va="bottom", fontsize=8)
        right.set_xlabel("recordings at once")
        right.set_ylabel("CPU per frame, ms")
        right.margins(y=0.25)
        right.legend(fontsize=7, ncols=2, loc="upper center")
        figure.suptitle("pipeline: recordings as fast as possible, events only")
