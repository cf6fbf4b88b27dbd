"""A camera whose only reader is the test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.config.plan import Plan
from pipeline.messages import Frame
from pipeline.transport.ring import Rings
from pipeline.worker.source_runner import SourceRunner
from tests.pipeline.memory import SIDE, Clock, Network, Script, line, node, picture, pulse


class World:
    """A camera whose only reader is the test."""

    def __init__(self, tmp_path: Path, clock: Clock, network: Network, patch: pytest.MonkeyPatch) -> None:
        patch.setattr("pipeline.worker.priority.Priority.lower", lambda self: None)
        self.clock, self.network = clock, network
        self.plan: Plan = line(tmp_path, node("camera.a", "look"), node("look", pixels="read"))
        self.pulse = pulse()
        self.rings = Rings(tmp_path)
        self.got: list[Frame] = []

    def frame(self, seq: int, side: int = SIDE, **more: Any) -> Frame:
        """Return a picture that has just been captured."""
        more = {"pixels": picture(seq % 251, side), "width": side, "height": side, "fps": 25.0} | more
        return Frame(camera="a", run=1, seq=seq, captured_ns=self.clock.now_ns, **more)

    def run(self, frames: Iterator[Frame]) -> SourceRunner:
        """Run a source of these frames to its end."""
        runner = SourceRunner(self.plan, self.plan["camera.a"], Script(lambda _: frames), self.pulse)
        runner.run()
        return runner

    def read(self) -> None:
        """Take what has arrived, and give its slots back."""
        for frame in self.network.arrived(self.plan.address("look", 0)):
            self.got.append(frame)
            if frame.slot:
                self.release(frame)

    def release(self, frame: Frame) -> None:
        """Give a slot back."""
        assert frame.slot
        ring = self.rings[frame.slot]
        assert ring
        pixels = ring.view(frame.slot, frame.height, frame.width)
        assert pixels is None or int(pixels[0, 0]) == frame.seq % 251
        ring.release(frame.slot, [0])

    def reads_every(self, seconds: float, times: int = 1000) -> None:
        """Have a reader that polls for frames at this interval."""
        for n in range(times):
            self.clock.at(n * seconds, self.read)

    @property
    def seqs(self) -> list[int]:
        """Return the numbers of the pictures read."""
        return [frame.seq for frame in self.got if frame.state == "live"]
