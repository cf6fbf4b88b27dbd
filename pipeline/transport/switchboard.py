"""What processes know of each worker: a small file that every process of the run maps.

Which process of a worker gets the frames: a worker that is replaced while frames flow has two processes for a moment.
Each listens at an address of its own, which ends in the number of its incarnation. The supervisor alone writes the
number that is in use; producers read it before each frame, so that the process that leaves gets what was sent before
and the one that comes gets everything after.

Whether a worker has taken everything: it counts how often it found messages and how often it waited in vain, so that a
producer knows when it may end.
"""

from typing import Any

import numpy as np

from pipeline.config.plan import Plan

FILE = "switchboard"
_FIELDS = 3
_INCARNATION, _TAKEN, _IDLE = range(_FIELDS)
_MODULUS = 2**32


class Switchboard:
    """The numbers of every worker, each with one writer.

    Args:
        plan: The run. In a directory without the file, as that of a stage on another machine, every number is 0.
    """

    def __init__(self, plan: Plan) -> None:
        self._first: dict[str, int] = {}
        count = 0
        for node in plan.nodes:
            if node.role != "source":  # cameras come and go, all others stay as they are for the whole run
                self._first[node.name] = count
                count += node.workers * _FIELDS
        path = plan.directory / FILE
        size = path.stat().st_size // 4 if path.exists() else 0
        self.is_shared = size >= count > 0
        """Whether the file is there."""
        # not as an array: NumPy takes ten times as long for one number
        self._numbers: Any = (np.memmap(path, np.uint32, "r+") if self.is_shared else np.zeros(count, np.uint32)).data

    @classmethod
    def create(cls, plan: Plan) -> "Switchboard":
        """Make the file, all numbers 0, and map it."""
        workers = sum(node.workers for node in plan.nodes if node.role != "source")
        (plan.directory / FILE).write_bytes(bytes(4 * _FIELDS * workers))
        return cls(plan)

    def incarnation(self, name: str, worker: int) -> int:
        """Return which process of this worker gets the frames."""
        return int(self._numbers[self._at(name, worker)])

    def switch(self, name: str, worker: int, incarnation: int) -> None:
        """Have all producers send to another process from their next frame on; the supervisor's to call."""
        self._numbers[self._at(name, worker)] = incarnation

    def note(self, name: str, worker: int, *, idle: bool) -> None:
        """Count that a worker found messages, or waited for some in vain; its own process's to call."""
        at = self._at(name, worker) + (_IDLE if idle else _TAKEN)
        self._numbers[at] = (self._numbers[at] + 1) % _MODULUS

    def seen(self, name: str, worker: int) -> tuple[int, int]:
        """Return how often a worker found messages, and how often it waited in vain."""
        at = self._at(name, worker)
        return int(self._numbers[at + _TAKEN]), int(self._numbers[at + _IDLE])

    def _at(self, name: str, worker: int) -> int:
        return self._first[name] + worker * _FIELDS
