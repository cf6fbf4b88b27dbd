"""Heartbeats from a stage's process to the supervisor, and its stop flag."""

import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pipeline.messages import Message
from pipeline.metrics.chosen import choose, forget
from pipeline.metrics.metrics import COUNTS, DECODER, DEVICE
from pipeline.transport.link import Outlet

HURRY = signal.SIGUSR1
"""Tells a process of a run to end without waiting for slow readers."""
EVERY_S = 0.5
"""Seconds between heartbeats."""

Phase = Literal["standby", "working", "failed"]
"""`standby`: ready to replace the previous process. `working`: it has, and no frame of that process is left.
`failed`: it ends with an error."""


class Beat(Message, frozen=True, kw_only=True):
    """One heartbeat."""

    stage: str
    worker: int
    pid: int
    phase: Phase = "working"
    error: str = ""
    """Why it failed, in one line."""


def supervisor_address(directory: Path) -> str:
    """Return the address that receives heartbeats."""
    return f"ipc://{directory}/supervisor"


class Pulse:
    """Sends heartbeats from the stage's own loop, so that a stage that hangs stops sending.

    Args:
        stage: Name of the stage.
        worker: Which of its workers.
        pid: This process.
        outlet: Outlet for heartbeats; None for a stage that runs without a supervisor.
    """

    def __init__(self, stage: str, worker: int, pid: int, outlet: Outlet[Beat] | None) -> None:
        self.stopping = False
        """Whether the process was asked to stop."""
        self.hurried = False
        """Whether the process was asked not to wait for slow readers."""
        self.stopped_s = 0.0
        """Time of that request in seconds, on the monotonic clock."""
        self.stopped_ns = 0
        """The same time, `time.time_ns()`."""
        self.phase: Phase = "standby"
        self._stage, self._worker, self._pid = stage, worker, pid
        self._outlet = outlet
        self._next = 0.0
        self._counted: dict[str, int] = {}
        self._devices: dict[str, str] | None = None
        self._decoder: str | None = None

    def obey(self) -> None:
        """Handle SIGTERM as an orderly stop; the supervisor handles signals from the terminal."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(HURRY, self._hurry)
        signal.signal(signal.SIGHUP, signal.SIG_IGN if self._outlet else signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN if self._outlet else self.stop)

    def beat(self) -> bool:
        """Send a heartbeat if one is due; return whether the process may continue to wait for others."""
        now = time.monotonic()
        if self._outlet and now >= self._next:
            self._next = now + EVERY_S
            self._send()
        return not self.stopping

    def beat_at_end(self) -> bool:
        """Send a heartbeat if one is due; return whether an ending process may continue to wait for its readers."""
        self.beat()
        return not self.hurried

    def enter(self, phase: Phase, error: str = "") -> None:
        """Enter a phase and send a heartbeat at once."""
        self.phase = phase
        if self._outlet:
            self._send(error)

    def report(self, counts: Mapping[str, int]) -> None:
        """Add to the metrics the increase of a stage's counters since the last call."""
        for what, count in counts.items():
            if count != self._counted.get(what, 0):
                COUNTS.labels(self._stage, what).inc(count - self._counted.get(what, 0))
                self._counted[what] = count

    def report_devices(self, devices: Mapping[str, str]) -> None:
        """Set the metrics of the devices that run a stage's networks, if they have changed."""
        if self._devices is None:
            self._devices = {}
            forget(DEVICE, stage=self._stage)  # an earlier process may have had other networks
        for network, device in devices.items():
            if device != self._devices.get(network):
                self._devices[network] = device
                choose(DEVICE, "device", device, stage=self._stage, network=network)

    def report_decoder(self, decoder: str) -> None:
        """Set the metric of the element that decodes a source, if it has changed; the first time also of `""`."""
        if decoder != self._decoder:
            self._decoder = decoder
            choose(DECODER, "decoder", decoder, camera=self._stage.removeprefix("camera."))

    def _send(self, error: str = "") -> None:
        assert self._outlet
        beat = Beat(stage=self._stage, worker=self._worker, pid=self._pid, phase=self.phase, error=error)
        self._outlet.send(beat)

    def stop(self, number: int, frame: object) -> None:
        """Ask the process to end in order; the handler of SIGTERM."""
        self.stopped_s, self.stopped_ns = time.monotonic(), time.time_ns()
        self.stopping = True

    def _hurry(self, number: int, frame: object) -> None:
        self.hurried = True
