"""The fleet as a box's page shows it: a file in the run's directory, renewed while somebody reads it."""

import contextlib
import time
from pathlib import Path

import msgspec

FILE, ASKED = "fleet.json", "fleet.asked"
"""What the agent writes, and what a reader touches."""
ASKED_S = 10.0
"""Seconds for which a reader's touch counts."""


class CameraView(msgspec.Struct, frozen=True, kw_only=True):
    """A camera of the fleet."""

    name: str
    box: str
    """The box that has its lease; empty: none."""
    state: str
    """State of its stream; `waits`: a box prepares it, `unplaced`: no box can take it."""
    source: str
    """Without its login."""
    note: str
    """Why it is unplaced."""
    clock_s: float | None = None
    """The box's clock minus the camera's, with the network's delay, seconds; None: the camera gives no time."""


class BoxView(msgspec.Struct, frozen=True, kw_only=True):
    """A box of the fleet."""

    name: str
    cameras: int
    capacity: int
    state: str
    """`runs`, `leads`, `drains`, `drained` or `gone`."""
    page: str
    """Address of its page; empty: only that machine can open it."""
    clock_s: float | None = None
    """Its clock minus the server's, seconds; None: not measured yet."""
    clock_error_s: float = 0.0
    """By how much that may be wrong."""


class FleetView(msgspec.Struct, frozen=True, kw_only=True):
    """The whole fleet."""

    cameras: list[CameraView]
    boxes: list[BoxView]


def offset_text(seconds: float | None, error_s: float = 0.0) -> str:
    """Return a difference between two clocks in milliseconds, such as `+12.3 ms ± 0.4`; empty for None."""
    if seconds is None:
        return ""
    return f"{seconds * 1e3:+.1f} ms" + (f" ± {error_s * 1e3:.1f}" if error_s else "")


def write_view(directory: Path, view: FleetView) -> None:
    """Write the file of a run."""
    partial = directory / f"{FILE}.partial"
    partial.write_bytes(msgspec.json.encode(view))
    partial.replace(directory / FILE)


def is_member(directory: Path) -> bool:
    """Return whether a run belongs to a fleet, as far as is known."""
    return (directory / FILE).exists()


def is_asked(directory: Path) -> bool:
    """Return whether the file must be written: nobody has, or somebody has read it in the last seconds."""
    if not is_member(directory):
        return True
    with contextlib.suppress(OSError):
        return time.time() - (directory / ASKED).stat().st_mtime < ASKED_S
    return False


def read_view(directory: Path) -> FleetView | None:
    """Return the fleet of a run, and have it renewed; None if the run belongs to none."""
    try:
        view = msgspec.json.decode((directory / FILE).read_bytes(), type=FleetView)
        (directory / ASKED).touch()
    except (OSError, msgspec.MsgspecError):
        return None
    return view
