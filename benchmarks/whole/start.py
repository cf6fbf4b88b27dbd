"""`start`: from the command to the first event."""

import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from benchmarks.base import Fields
from benchmarks.cameras import Place, outputs
from benchmarks.harness import digits, plain, spread
from benchmarks.running import START_S, Running
from benchmarks.settings import StagesBenchmark
from pipeline.errors import EmobotError
from pipeline.events import Observation
from pipeline.transport.pubsub import Subscriber


class Start(StagesBenchmark):
    """`emobot run` with the demo camera, until the first observation of a face is published.

    The first start is not counted, because it fills the disk cache and the cache of compiled networks.

    Args:
        repetitions: Number of starts.
        shared: Options of `StagesBenchmark`.
    """

    scope = "end to end"
    pace = "real time"

    def __init__(self, *, repetitions: int = 5, **shared: Any) -> None:
        super().__init__(**shared)
        self._repetitions = repetitions

    def run(self) -> dict[str, Any]:
        """Start the program repeatedly."""
        times = [self._once() for _ in range(1 + self._repetitions)]
        return {"unit": "s", "first_s": times[0], "start_s": plain(spread(times[1:])), "all_s": times[1:]}

    def _once(self) -> float:
        with closing(Place()) as place:
            tables = {"camera": {"demo": {"source": "demo"}}, **self._options, "output": outputs(place)}
            # subscribe before anything is published
            with Subscriber(place.events, ("emotion.",), timeout_s=1.0) as subscriber, Running(tables) as run:
                end = time.monotonic() + START_S
                while time.monotonic() < end:
                    for _, event in subscriber:
                        if isinstance(event, Observation):
                            return event.published_at - run.started_s
                    run.check()
        raise EmobotError(f"expected an event within {START_S:.0f} s of the start, found none")

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return one row."""
        s = fields["start_s"]
        middle = f"{digits(s['low'])} to {digits(s['high'])}"
        head = ("start to first event, s", "quartiles", "repetitions", "cold start, s")
        return [head, (digits(s["median"]), middle, str(s["n"]), digits(fields["first_s"]))]

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot every start."""
        axes = figure.subplots()
        times = fields["all_s"]
        bars = axes.bar(range(1, len(times) + 1), times, width=0.5)
        axes.bar_label(bars, [f"{t:.1f} s" for t in times], padding=2)
        axes.set_xticks(range(1, len(times) + 1))
        axes.set_xlabel("start number")
        axes.set_ylabel("seconds to the first event")
        axes.margins(y=0.12)
        axes.set_title("start: from the command to the first event, warm caches")
