"""What a box is to run: its plan, and which cameras it has to stop first."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.fleet.records import Plan
from pipeline.fleet.server.store import Store
from pipeline.transport.fence import now_ns


class Wanted:
    """What one box is to run.

    Args:
        box: Its name.

    Attributes:
        changed: Set when other cameras are to run, or some are to be stopped.
        outdated: Set when the leader says that it has written another plan.
    """

    def __init__(self, box: str) -> None:
        self._box = box
        self._plan = Plan()
        self._read_ns = 0
        self._ended: set[str] = set()
        self.changed = asyncio.Event()
        self.outdated = asyncio.Event()

    @property
    def planned(self) -> Mapping[str, dict[str, Any]]:
        """Return the options of each camera of the plan, by name."""
        return self._plan.cameras

    @property
    def ended(self) -> frozenset[str]:
        """Return the cameras whose lease is over and that still run."""
        return frozenset(self._ended)

    async def read(self, store: Store) -> None:
        """Read the plan.

        Raises:
            Unreachable: The server does not answer.
        """
        entry = await store.fleet.get(f"plan.{self._box}")
        plan = (entry.read(Plan) if entry else None) or Plan()
        self._read_ns = now_ns()
        if plan != self._plan:
            self._plan = plan
            self.changed.set()

    def fresh(self, age_s: float) -> Mapping[str, dict[str, Any]]:
        """Return the cameras of the plan if it was read within some seconds; else none."""
        return self.planned if now_ns() - self._read_ns < age_s * 1e9 else {}

    def end(self, camera: str) -> None:
        """Have a camera stopped, even if it is in the plan."""
        self._ended.add(camera)
        self.changed.set()

    def note_stopped(self, cameras: Iterable[str]) -> None:
        """Note that cameras have stopped: from now on they may run again."""
        self._ended.difference_update(cameras)
