"""What every benchmark is: options in, numbers out, a table and a plot of them."""

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from benchmarks.machine import machine, versions

Fields = Mapping[str, Any]
"""What a benchmark found, as JSON holds it."""


class Benchmark(ABC):
    """One question about speed.

    The keyword-only parameters of a subclass's `__init__` are its options on the command line.
    """

    scope: ClassVar[Literal["isolated", "end to end"]]
    """Whether one part is measured alone, or the program as it is used."""
    pace: ClassVar[Literal["real time", "as fast as possible", "real time and as fast as possible"]]
    """Whether the pictures come at the rate of a camera."""

    @abstractmethod
    def run(self) -> dict[str, Any]:
        """Measure; return what was found, including the settings, in types that JSON has.

        Raises:
            EmobotError: Something it needs is absent, or the program under test failed.
        """

    @staticmethod
    @abstractmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return the numbers as a table for people; the first row has the names of the columns."""

    @staticmethod
    @abstractmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Draw the numbers into a Matplotlib figure."""

    def report(self, name: str, command: str) -> dict[str, Any]:
        """Measure; return what is written as JSON: who measured what, where and when, and what was found."""
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
        """Draw a report, one made elsewhere too, into an image file."""
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
