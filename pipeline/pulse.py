"""The signs a stage's process gives of itself: heartbeats to the supervisor, and whether it was told to stop."""

import signal
import time
from collections.abc import Mapping
from pathlib import Path

from pipeline.link import Outlet
from pipeline.messages import Message
from pipeline.metrics import COUNTS

EVERY_S = 0.5


class Beat(Message, frozen=True, kw_only=True):
    """One heartbeat."""

    stage: str
    worker: int
    pid: int


def supervisor_address(directory: Path) -> str:
    """Return where heartbeats go."""
    return f"ipc://{directory}/supervisor"


class Pulse:
    """Beats from the stage's own loop, so that a stage that hangs falls silent.

    Args:
        beat: What to send.
        outlet: Where to; None for a stage that runs without a supervisor.
    """

    def __init__(self, beat: Beat, outlet: Outlet[Beat] | None) -> None:
        self.stopping = False
        """Whether the process was told to stop."""
        self.stopped_s = 0.0
        """When it was, on the monotonic clock."""
        self._message = beat
        self._outlet = outlet
        self._next = 0.0
        self._counted: dict[str, int] = {}

    def obey(self) -> None:
        """Let SIGTERM ask for an orderly end; what comes from the terminal is the supervisor's business."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGHUP, signal.SIG_IGN if self._outlet else signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN if self._outlet else self._stop)

    def beat(self) -> bool:
        """Say that the loop goes round; return whether it may go on waiting for others."""
        now = time.monotonic()
        if self._outlet and now >= self._next:
            self._next = now + EVERY_S
            self._outlet.send(self._message)
        return not self.stopping

    def report(self, counts: Mapping[str, int]) -> None:
        """Add to the metrics what a stage has counted since the last time."""
        for what, count in counts.items():
            if count != self._counted.get(what, 0):
                COUNTS.labels(self._message.stage, what).inc(count - self._counted.get(what, 0))
                self._counted[what] = count

    def _stop(self, number: int, frame: object) -> None:
        self.stopped_s = time.monotonic()
        self.stopping = True
