"""The interface of benchmarks: options in, measurements out, shown as a table and a plot."""

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from benchmarks.machine import machine, versions
from pipeline.config.options import Key, keyword_keys

Fields = Mapping[str, Any]
"""A benchmark's measurements, in JSON types."""


class Benchmark(ABC):
    """One benchmark.

    Its options on the command line are the keyword-only parameters of `__init__`, in its class and the classes it is
    derived from.
    """

    scope: ClassVar[Literal["isolated", "end to end"]]
    """Whether a single part is measured, or the whole program."""
    pace: ClassVar[Literal["real time", "as fast as possible", "real time and as fast as possible"]]
    """Whether frames arrive at a camera's rate."""

    @classmethod
    def options(cls) -> dict[str, Key]:
        """Return its options by name."""
        kinds = [kind for kind in reversed(cls.__mro__) if issubclass(kind, Benchmark) and "__init__" in vars(kind)]
        return {name: key for kind in kinds for name, key in keyword_keys(kind).items()}

    @abstractmethod
    def run(self) -> dict[str, Any]:
        """Run the benchmark; return the measurements and settings in JSON types.

        Raises:
            EmobotError: A requirement is missing, or the program under test failed.
        """

    @staticmethod
    @abstractmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return the measurements as a readable table; the first row contains the column names."""

    @staticmethod
    @abstractmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Draw the measurements into a Matplotlib figure."""

    def report(self, name: str, command: str) -> dict[str, Any]:
        """Run the benchmark; return the JSON report: command, machine, versions, time and measurements."""
        head = {
            "benchmark": name,
            "scope": self.scope,
            "pace": self.pace,
            "command": command,
            "taken_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "machine": machine(),
            "versions": versions(),
        }
        return {**head, **self.run()}

    @classmethod
    def plot(cls, path: Path, report: Fields) -> None:
        """Plot a report, possibly from another machine, into an image file."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 4.5), layout="constrained")
        FigureCanvasAgg(figure)
        cls.draw(figure, report)
        where = report["machine"]
        caption = f"{where['processor']}, {where['cores']} cores; {report['scope']}, {report['pace']}"
        figure.supxlabel(f"{caption}; {report['taken_at'][:10]}", fontsize=7, color="0.4")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=150)
