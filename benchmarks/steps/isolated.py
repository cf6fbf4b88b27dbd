"""`decode`, `detect`, `overlay`, `encode`: the cost of each step alone, on one core."""

import itertools
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from benchmarks.base import Fields
from benchmarks.clip import RecordingBenchmark
from benchmarks.harness import REPETITIONS, Cost, digits, measure, one_core, plain
from benchmarks.settings import alone
from pipeline.messages import Frame
from pipeline.stage import Stage
from stages.capture import Capture
from stages.detect import Detect
from stages.emotion import Emotion
from stages.events import Events
from stages.overlay import Overlay
from stages.record import Record

FRAMES = 150
"""Frames to process: five seconds of a camera. At 1080p they take 470 MB, briefly twice that."""
HEIGHTS = (480, 720, 1080)


def first_frames(clip: Path, count: int) -> list[Frame]:
    """Return the first frames of a clip, decoded in another process, as in the program.

    A decoding process returns memory to the system that others keep (`stages.media.gstreamer.give_memory_back`). That
    would make detection 10 % slower.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_decode, clip, count).result()


def _decode(clip: Path, count: int) -> list[Frame]:
    frames = (frame for frame in Capture(name="clip", source=str(clip)).process(()) if frame.pixels is not None)
    with closing(frames):
        return [replace(f, pixels=f.pixels.copy()) for f in itertools.islice(frames, count) if f.pixels is not None]


def decode_cost(clip: Path, frames: int, repetitions: int) -> Cost:
    """Measure decoding without opening the file."""
    with one_core():
        source = Capture(name="clip", source=str(clip), loop=True)
        stream = source.process(())
        with closing(stream):  # type: ignore[type-var]
            return measure(lambda: sum(1 for _ in itertools.islice(stream, frames)), repetitions=repetitions)


def stage_cost(make: Callable[[], Stage], frames: Sequence[Frame], repetitions: int) -> Cost:
    """Measure a filter or a sink one frame at a time; every repetition sends the same frames as a new stream."""
    with one_core(), closing(make()) as stage:
        runs = itertools.count(time.time_ns())

        def work() -> int:
            run = next(runs)
            for frame in frames:
                for _ in stage.process([replace(frame, run=run)]):
                    pass
            return len(frames)

        return measure(work, repetitions=repetitions)


def through(frames: Sequence[Frame], *stages: Stage) -> list[Frame]:
    """Send frames through a chain of filters, close them, and return the resulting frames."""
    for stage in stages:
        with closing(stage):
            frames = [result for frame in frames for result in stage.process([frame])]
    return list(frames)


class _Step(RecordingBenchmark):
    """One step at several frame heights.

    Args:
        height: Only this height in pixels; 0 for 480, 720 and 1080.
        repetitions: Number of repetitions.
        shared: Options of `RecordingBenchmark`.
    """

    scope = "isolated"
    pace = "as fast as possible"

    def __init__(self, *, height: int = 0, repetitions: int = REPETITIONS, **shared: Any) -> None:
        super().__init__(**shared)
        self._heights = (height,) if height else HEIGHTS
        self._repetitions = repetitions

    def run(self) -> dict[str, Any]:
        """Measure each height."""
        results = []
        for clip in dict.fromkeys(self.recording(height) for height in self._heights):
            frames = first_frames(clip, FRAMES)
            cost = self.cost(clip, frames)
            results.append({"width": frames[0].width, "height": frames[0].height, **plain(cost)})
        return {"unit": "frame", "frames": FRAMES, "threads": 1, "results": results}

    def cost(self, clip: Path, frames: Sequence[Frame]) -> Cost:
        """Measure with these frames, the first of the clip."""
        raise NotImplementedError

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return one row per height."""
        head = ("frame", "CPU ms per frame", "quartiles", "frames per second and core")
        return [head, *(_row(r) for r in fields["results"])]

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot one bar per frame size, with the quartiles."""
        axes = figure.subplots()
        results = fields["results"]
        medians = [r["cpu_ms"]["median"] for r in results]
        errors = [
            [m - r["cpu_ms"]["low"] for m, r in zip(medians, results, strict=True)],
            [r["cpu_ms"]["high"] - m for m, r in zip(medians, results, strict=True)],
        ]
        bars = axes.bar([f"{r['width']} x {r['height']}" for r in results], medians, yerr=errors, capsize=4, width=0.5)
        axes.bar_label(bars, [f"{digits(m)} ms" for m in medians], padding=4)
        axes.set_ylabel("CPU per frame, ms")
        axes.margins(y=0.15)
        axes.set_title(f"{fields['benchmark']}: one core, median and quartiles")


class Decode(_Step):
    """Decoding H.264 into I420."""

    def cost(self, clip: Path, frames: Sequence[Frame]) -> Cost:
        """Measure `stages.capture`."""
        return decode_cost(clip, len(frames), self._repetitions)


class DetectStep(_Step):
    """Detecting, tracking and cropping the face."""

    def cost(self, clip: Path, frames: Sequence[Frame]) -> Cost:
        """Measure `stages.detect`."""
        return stage_cost(lambda: Detect(**alone(self._options["detect"])), frames, self._repetitions)


class OverlayStep(_Step):
    """Drawing the overlay."""

    def cost(self, clip: Path, frames: Sequence[Frame]) -> Cost:
        """Measure `stages.overlay` with the results of the previous stages."""
        seen = through(frames, Detect(**alone(self._options["detect"])), Emotion(**alone(self._options["emotion"])))
        return stage_cost(lambda: Overlay(**alone(self._options["overlay"])), seen, self._repetitions)


class Encode(_Step):
    """Encoding and writing H.264."""

    def cost(self, clip: Path, frames: Sequence[Frame]) -> Cost:
        """Measure `stages.record`."""
        with tempfile.TemporaryDirectory(prefix="emobot-bench-") as folder:
            return stage_cost(lambda: Record(path=f"{folder}/out.mp4"), frames, self._repetitions)


def chain_costs(clip: Path, options: dict[str, dict[str, Any]], frames: int, repetitions: int) -> dict[str, Cost]:
    """Measure each step of a recording with published events, in isolation, on one core."""
    decoded = first_frames(clip, frames)
    detect, emotion = alone(options["detect"]), alone(options["emotion"])
    detected = through(decoded, Detect(**detect))
    known = through(detected, Emotion(**emotion))
    with tempfile.TemporaryDirectory(prefix="emobot-bench-") as folder:
        costs = {
            "detect": stage_cost(lambda: Detect(**detect), decoded, repetitions),
            "emotion": stage_cost(lambda: Emotion(**{**emotion, "threads": 1}), detected, repetitions),
            "output.events": stage_cost(lambda: Events(address=f"ipc://{folder}/events"), known, repetitions),
        }
    # last, see `first_frames`
    return {"capture": decode_cost(clip, frames, repetitions), **costs}


def _row(result: Fields) -> Sequence[str]:
    cpu = result["cpu_ms"]
    return (
        f"{result['width']} x {result['height']}",
        digits(cpu["median"]),
        f"{digits(cpu['low'])} to {digits(cpu['high'])}",
        digits(1e3 / result["wall_ms"]["median"]),
    )
