"""Receives the events of a run in a thread."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from benchmarks.whole.losses import Gap
from pipeline.events import Observation
from pipeline.transport.pubsub import Subscriber


class Listener:
    """A subscriber: `with Listener(endpoint) as heard: ...`.

    Args:
        endpoint: Address on which events are published.
    """

    def __init__(self, endpoint: str) -> None:
        self.events = 0
        self.newest: dict[str, float] = {}
        """Capture time of the newest frame with an event, UNIX seconds, by camera."""
        self.observed: set[tuple[str, float, int, int]] = set()
        """Camera, `since`, frame and track of each observation."""
        self.gaps: list[Gap] = []
        """Gaps in the event numbers, which restart with the publishing process."""
        self._endpoint = endpoint
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="listener")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def until(self, condition: Callable[["Listener"], bool], seconds: float) -> bool:
        """Wait for a condition, for at most this many seconds; return whether it holds."""
        end_s = time.monotonic() + seconds
        while not condition(self):
            if time.monotonic() > end_s:
                return False
            time.sleep(0.02)
        return True

    def _work(self) -> None:
        last: dict[str, tuple[int, float]] = {}
        with Subscriber(self._endpoint, timeout_s=0.2) as subscriber:
            while not self._stop.is_set():
                for _, event in subscriber:
                    self.events += 1
                    name, at_s = event.camera, event.captured_at
                    self.newest[name] = max(at_s, self.newest.get(name, 0.0))
                    if isinstance(event, Observation):
                        self.observed.add((name, event.since, event.frame, event.track))
                    seq, before_s = last.get(name, (event.seq - 1, at_s))
                    if event.seq > seq + 1:
                        self.gaps.append(Gap(name, round(before_s * 1e9), round(at_s * 1e9), event.seq - seq - 1))
                    last[name] = event.seq, at_s
                    if self._stop.is_set():
                        return
