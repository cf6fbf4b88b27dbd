"""`emotion`: the network's faces per second by engine, precision and batch size."""

import contextlib
import importlib.util
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.base import Benchmark, Fields
from benchmarks.harness import digits, measure, one_core, plain
from models.devices import Arithmetic
from models.engines import Engine, best_engine, create_engine, load_network
from models.engines.choose import EngineName
from pipeline.errors import ConfigError

BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
GPU_BATCHES = (1, 16, 64, 128, 256, 512, 1024, 4096)
FACES = 256
"""Fewest faces classified per repetition."""
GPU_CALLS = 50
"""Fewest calls per repetition on a GPU; each takes a few milliseconds."""
PRECISIONS: tuple[Arithmetic, ...] = ("bf16", "f32")
SEED = 1


class EmotionEngines(Benchmark):
    """From crops in main memory to probabilities in main memory, on one core and on all cores.

    Args:
        model: The network, see `[emotion]`.
        batch: Only these batch sizes; by default 1 to 256, on a GPU up to 4096.
        repetitions: Number of repetitions of each measurement.

    Raises:
        ConfigError: The network does not exist.
    """

    scope = "isolated"
    pace = "as fast as possible"

    def __init__(self, *, model: str = "fast", batch: tuple[int, ...] = (), repetitions: int = 5) -> None:
        try:
            self._network = load_network(model)
        except (FileNotFoundError, ValueError) as error:
            raise ConfigError(f"model: {error}") from error
        self._batches = batch
        self._repetitions = repetitions

    def run(self) -> dict[str, Any]:
        """Measure OpenVINO in both precisions, and the GPU engine, or TensorFlow without a GPU."""
        results = []
        best = best_engine()
        # one core last, because OpenVINO counts the cores only once
        for threads in sorted({1, len(os.sched_getaffinity(0))}, reverse=True):
            with one_core() if threads == 1 else contextlib.nullcontext():
                for engine in self._engines(best, threads):
                    named = {
                        "engine": engine.name,
                        "precision": engine.precision,
                        "device": engine.device,
                        "threads": threads,
                    }
                    batches = self._batches or (GPU_BATCHES if engine.device == "GPU" else BATCHES)
                    results += [{**named, **self._measure(engine, batch)} for batch in batches]
        return {"unit": "face", "model": self._network.identity, "results": results}

    def _engines(self, best: EngineName, threads: int) -> Iterator[Engine]:
        network = self._network
        if importlib.util.find_spec("openvino"):
            for precision in PRECISIONS:
                engine = create_engine(network, "openvino", precision=precision, threads=threads)
                if engine.precision == precision:  # otherwise this CPU lacks the instructions
                    yield engine
        if best == "openvino":
            if importlib.util.find_spec("tensorflow"):
                # a process's first engine fixes its number of threads; the core limits it anyway
                yield create_engine(network, "tensorflow")
        elif threads > 1:  # a GPU is not limited by CPU cores
            for precision in PRECISIONS:
                yield create_engine(network, best, precision=precision)

    def _measure(self, engine: Engine, batch: int) -> dict[str, Any]:
        crops = np.random.default_rng(SEED).integers(
            0, 256, (batch, engine.network.size, engine.network.size), np.uint8
        )
        times = max(GPU_CALLS if engine.device == "GPU" else 1, FACES // batch)

        def work() -> int:
            for _ in range(times):
                engine.predict(crops)
            return times * batch

        cost = measure(work, repetitions=self._repetitions)
        return {"batch": batch, "faces_per_s": 1e3 / cost.wall_ms.median, **plain(cost)}

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return one row per engine and batch size."""
        head = ("engine", "precision", "device", "threads", "batch", "faces per second", "CPU ms per face")
        return [
            head,
            *(
                (
                    r["engine"],
                    r["precision"],
                    r["device"],
                    str(r["threads"]),
                    str(r["batch"]),
                    f"{r['faces_per_s']:,.0f}",
                    digits(r["cpu_ms"]["median"]),
                )
                for r in fields["results"]
            ),
        ]

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot faces per second over the batch size, one line per engine."""
        axes = figure.subplots()
        lines: dict[tuple[str, int], list[tuple[int, float]]] = {}
        for r in fields["results"]:
            key = f"{r['engine']} {r['precision']}", r["threads"]
            lines.setdefault(key, []).append((r["batch"], r["faces_per_s"]))
        on_card = {f"{r['engine']} {r['precision']}" for r in fields["results"] if r["device"] == "GPU"}
        colours = {name: f"C{i}" for i, name in enumerate(dict.fromkeys(name for name, _ in lines))}
        for (name, threads), points in lines.items():
            style = "--" if threads == 1 else "-"
            label = name if name in on_card else f"{name}, {threads} thread{'s' if threads > 1 else ''}"
            axes.plot(*zip(*points, strict=True), style, color=colours[name], marker="o", markersize=3, label=label)
        axes.set_xscale("log", base=2)
        axes.set_xticks([r for r in sorted({r["batch"] for r in fields["results"]})])
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlabel("faces in a batch")
        axes.set_ylabel("faces per second")
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.grid(alpha=0.3)
        figure.legend(loc="outside right upper", fontsize=8)
        card = f", on {', '.join(fields['machine']['gpu'])}" if on_card else ""
        axes.set_title(f"emotion: network {fields['model']}{card}")
