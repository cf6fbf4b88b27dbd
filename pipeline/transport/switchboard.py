"""Which process of a worker gets the frames: a small file that every process of the run maps.

A worker that is replaced while frames flow has two processes for a moment. Each listens at an address of its own, which
ends in the number of its incarnation. The supervisor alone writes the number that is in use; producers read it before
each frame, so that the process that leaves gets what was sent before and the one that comes gets everything after.
"""

from typing import Any

import numpy as np

from pipeline.config.plan import Plan

FILE = "switchboard"


class Switchboard:
    """The incarnation in use of every worker.

    Args:
        plan: The run. In a directory without the file, as that of a stage on another machine, every number is 0.
    """

    def __init__(self, plan: Plan) -> None:
        self._first: dict[str, int] = {}
        count = 0
        for node in plan.nodes:
            if node.role != "source":  # cameras come and go, all others stay as they are for the whole run
                self._first[node.name] = count
                count += node.workers
        path = plan.directory / FILE
        size = path.stat().st_size // 4 if path.exists() else 0
        # not as an array: NumPy takes ten times as long for one number
        self._numbers: Any = (
            np.memmap(path, np.uint32, "r+") if size >= count > 0 else np.zeros(count, np.uint32)
        ).data

    @classmethod
    def create(cls, plan: Plan) -> "Switchboard":
        """Make the file, all numbers 0, and map it."""
        path = plan.directory / FILE
        path.write_bytes(bytes(4 * sum(node.workers for node in plan.nodes if node.role != "source")))
        return cls(plan)

    def incarnation(self, name: str, worker: int) -> int:
        """Return which process of this worker gets the frames."""
        return int(self._numbers[self._first[name] + worker])

    def switch(self, name: str, worker: int, incarnation: int) -> None:
        """Have all producers send to another process from their next frame on."""
        self._numbers[self._first[name] + worker] = incarnation
