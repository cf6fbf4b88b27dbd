"""What the agent of a box asks of the cameras there."""

from collections.abc import Mapping
from typing import Any, Protocol


class Cameras(Protocol):
    """The cameras of a fleet that run on this box."""

    @property
    def running(self) -> Mapping[str, dict[str, Any]]:
        """Return the options of each, by name."""

    @property
    def refused(self) -> Mapping[str, str]:
        """Return those that this box cannot run, and why."""

    async def want(self, cameras: Mapping[str, dict[str, Any]], ended: set[str]) -> None:
        """Add and remove cameras until these run, each behind a closed fence; those in `ended` are removed first."""

    async def look(self) -> None:
        """Read the state of each, and what the box can run."""

    @property
    def states(self) -> Mapping[str, str]:
        """Return the state of each, as last read."""

    @property
    def clocks(self) -> Mapping[str, float]:
        """Return this machine's clock minus that of each camera that gives a time, seconds."""

    @property
    def ready(self) -> frozenset[str]:
        """Return those that deliver frames, or have had the time to."""

    @property
    def healthy(self) -> bool:
        """Return whether the run answers."""

    def capacity(self) -> int:
        """Return how many cameras this box can run."""

    def open(self, camera: str, end_ns: int) -> None:
        """Let a camera's frames pass to the outputs until a time."""

    def shut(self, camera: str) -> None:
        """Let none pass."""
