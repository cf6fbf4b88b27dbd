"""A run of which one stage is run by hand."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pipeline.messages import Frame
from pipeline.transport.ring import Ring
from pipeline.worker.pulse import Pulse
from pipeline.worker.runner import Runner
from tests.pipeline.memory import SIDE, Clock, Network, Script, line, picture, pulse, stop

MS = 1_000_000


class World:
    """A run of which one stage is run by hand."""

    def __init__(self, tmp_path: Path, clock: Clock, network: Network) -> None:
        self.clock, self.network = clock, network
        self.plan = line(tmp_path)
        self.pulse = pulse()
        self.ring = Ring.create(tmp_path / "a.1.ring", slots=16, slot_bytes=SIDE * SIDE * 3 // 2, readers=1)
        self.sent = 0

    def frame(self, seq: int, camera: str = "a", **more: Any) -> Frame:
        """Return a frame that has just been captured."""
        size = {"width": SIDE, "height": SIDE}
        return Frame(**{"camera": camera, "seq": seq, "order": seq, "captured_ns": self.clock.now_ns, **size, **more})

    def shown(self, seq: int, **more: Any) -> Frame:
        """Return a frame with its picture, which shows its number."""
        slot = self.ring.fill(picture(seq), [0])
        assert slot is not None
        return self.frame(seq, slot=slot, **more)

    def send(self, name: str, *frames: Frame, incarnation: int = 0) -> None:
        """Send frames to a stage."""
        outlet = self.network.outlet(self.plan.address(name, 0, incarnation), Frame, 10**6)
        for frame in frames:
            assert outlet.send(frame)

    def runner(self, name: str, stage: Script, incarnation: int = 0, beating: Pulse | None = None) -> Runner:
        """Return the loop around a stage."""
        return Runner(self.plan, self.plan[name], 0, stage, beating or self.pulse, incarnation)

    def run(self, name: str, stage: Script, after_s: float = 1.0) -> None:
        """Run a stage, and tell it to stop after a while."""
        self.clock.at(after_s, lambda: stop(self.pulse))
        self.runner(name, stage).run()

    def arrived(self, name: str) -> list[Frame]:
        """Return what was sent to a stage."""
        return self.network.arrived(self.plan.address(name, 0))

    def tuned(self, name: str, **more: Any) -> None:
        """Give a stage other keys of the runner."""
        nodes = [n if n.name != name else replace(n, keys=replace(n.keys, **more)) for n in self.plan.nodes]
        self.plan = replace(self.plan, nodes=tuple(nodes))


def failing(*numbers: int, kind: type[Exception] = RuntimeError) -> Callable[[Sequence[Frame]], Sequence[Frame]]:
    """Return a function that fails on frames of these numbers, and forwards the others."""

    def process(frames: Sequence[Frame]) -> Sequence[Frame]:
        if any(frame.seq in numbers for frame in frames):
            raise kind("told to fail")
        return frames

    return process


def numbers(frames: Sequence[Frame]) -> list[int]:
    """Return the numbers of frames."""
    return [frame.seq for frame in frames]
