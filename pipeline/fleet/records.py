"""What a fleet stores in its two buckets, in JSON.

The fleet's bucket is kept: `camera.NAME`, `drain.BOX`, `plan.BOX`, `unplaced`. The bucket of leases forgets each record
after the ttl: `lease.CAMERA`, `box.BOX`, `leader`, `clock.BOX`.
"""

from typing import Any

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all records; readers ignore fields they do not know."""


class Mark(Record, frozen=True, kw_only=True):
    """`clock.BOX`: nothing but the time at which the server has stored it."""


class Camera(Record, frozen=True, kw_only=True):
    """`camera.NAME`: a camera of the fleet."""

    options: dict[str, Any] = {}
    """The keys of its table, as in `config.toml`."""


class Drain(Record, frozen=True, kw_only=True):
    """`drain.BOX`: a box that is to become empty."""

    since_s: float = 0.0
    """UNIX seconds."""


class Unplaced(Record, frozen=True, kw_only=True):
    """`unplaced`: cameras that no box can take, and why."""

    cameras: dict[str, str] = {}


class Plan(Record, frozen=True, kw_only=True):
    """`plan.BOX`: the cameras that the leader wants a box to run. Advice: what counts is the lease."""

    cameras: dict[str, dict[str, Any]] = {}
    """Options by name."""


class Owned(Record, frozen=True, kw_only=True):
    """Fields of a record that its owner renews by its revision."""

    session: str
    """The owner's process: a box that restarts is another owner."""


class Lease(Owned, frozen=True, kw_only=True):
    """`lease.CAMERA`, and `leader`: who has it."""

    box: str


class Box(Owned, frozen=True, kw_only=True):
    """`box.BOX`: what a box says of itself, at each renewal."""

    capacity: int
    """Cameras of the fleet that it can run."""
    holds: tuple[str, ...] = ()
    """Cameras whose lease it has."""
    ready: tuple[str, ...] = ()
    """Cameras that run behind a closed fence: they wait for the lease."""
    refuses: dict[str, str] = {}
    """Cameras it cannot run, and why."""
    states: dict[str, str] = {}
    """State of each of its cameras."""
    page: str = ""
    """Address of its page."""
    clock_s: float | None = None
    """Its clock minus the server's, seconds; None: not measured yet."""
    clock_error_s: float = 0.0
    """By how much that may be wrong."""
    clocks: dict[str, float] = {}
    """Its clock minus that of each camera that gives a time, with the network's delay, seconds."""
