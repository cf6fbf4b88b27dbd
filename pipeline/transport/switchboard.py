"""Three numbers per worker, and one for all, in a small file that every process of the run maps.

The incarnation says which process of a worker receives frames. While a worker is replaced it has two processes, each
with an address that ends in its incarnation. Only the supervisor writes the number. Producers read it before each
frame: frames sent before the switch go to the old process, all later ones to the new process.

The other two count how often a worker found messages and how often it waited in vain. They tell a producer that is
about to end whether the worker has received everything.

The number for all is the time when the supervisor last worked at a change. Meanwhile a process loads, and after the
switch frames wait for it, so producers let more of them wait than usual.
"""

import time
from typing import Any

import numpy as np

from pipeline.config.plan import COMES_LATER, Plan

FILE = "switchboard"
HANDOVER_S = 3.0
"""Seconds after the last step of a change during which frames may still wait for its process: it works off what
arrived during the handover (0.1 to 0.3 s with three cameras), and `detect` compiles networks beside its work."""
_FIELDS = 3
_INCARNATION, _TAKEN, _IDLE = range(_FIELDS)
_CHANGED, _HEADER = 0, 1
_MODULUS = 2**32


class Switchboard:
    """The numbers of every worker; each number has one writer.

    Args:
        plan: The run. Without the file, as for a stage on another machine, every number is 0.
    """

    def __init__(self, plan: Plan) -> None:
        self._first: dict[str, int] = {}
        count = _HEADER
        for name, workers in _workers(plan):
            self._first[name] = count
            count += workers * _FIELDS
        path = plan.directory / FILE
        size = path.stat().st_size // 4 if path.exists() else 0
        self.is_shared = size >= count > _HEADER
        """Whether the file exists."""
        # not as an array: NumPy takes ten times as long for one number
        self._numbers: Any = (np.memmap(path, np.uint32, "r+") if self.is_shared else np.zeros(count, np.uint32)).data

    @classmethod
    def create(cls, plan: Plan) -> "Switchboard":
        """Create the file with all numbers 0, and map it."""
        workers = sum(count for _, count in _workers(plan))
        (plan.directory / FILE).write_bytes(bytes(4 * (_HEADER + _FIELDS * workers)))
        return cls(plan)

    def incarnation(self, name: str, worker: int) -> int:
        """Return the number of the process of this worker that receives frames."""
        return int(self._numbers[self._at(name, worker)])

    def switch(self, name: str, worker: int, incarnation: int) -> None:
        """Make all producers send to another process from their next frame on; only the supervisor calls this."""
        self._numbers[self._at(name, worker)] = incarnation

    def hand_over(self) -> None:
        """Note that a change is in progress; only the supervisor calls this."""
        self._numbers[_CHANGED] = _now_ms()

    def is_handing_over(self) -> bool:
        """Return whether a change was in progress within the last `HANDOVER_S`."""
        return (_now_ms() - int(self._numbers[_CHANGED])) % _MODULUS < 1000 * HANDOVER_S

    def note(self, name: str, worker: int, *, idle: bool) -> None:
        """Count that a worker found messages, or waited in vain; only its own process calls this."""
        at = self._at(name, worker) + (_IDLE if idle else _TAKEN)
        self._numbers[at] = (self._numbers[at] + 1) % _MODULUS

    def seen(self, name: str, worker: int) -> tuple[int, int]:
        """Return how often a worker found messages, and how often it waited in vain."""
        at = self._at(name, worker)
        return int(self._numbers[at + _TAKEN]), int(self._numbers[at + _IDLE])

    def _at(self, name: str, worker: int) -> int:
        return self._first[name] + worker * _FIELDS


def _workers(plan: Plan) -> list[tuple[str, int]]:
    """Return the stages and how many workers each has, the same for every plan of a run.

    Cameras are added and removed during a run; the place of the stage that may be is the last one.
    """
    found = [(node.name, node.workers) for node in plan.nodes if node.role != "source" and node.name != COMES_LATER]
    return [*found, (COMES_LATER, 1)]


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000 % _MODULUS
