"""The state of a fleet, as its buckets tell it: for lists and pages."""

from typing import NamedTuple

from pipeline.fleet.records import Box, Camera, Drain, Lease, Unplaced
from pipeline.fleet.store import Store
from pipeline.redaction import redact


class CameraState(NamedTuple):
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


class BoxState(NamedTuple):
    """A box of the fleet."""

    name: str
    cameras: int
    capacity: int
    state: str
    """`runs`, `leads`, `drains`, `drained` or `gone`."""
    page: str


class FleetState(NamedTuple):
    """The whole fleet."""

    cameras: list[CameraState]
    boxes: list[BoxState]


async def read_fleet(store: Store) -> FleetState:
    """Read the state of a fleet.

    Raises:
        Unreachable: The server does not answer.
    """
    kept = {entry.key: entry for entry in await store.fleet.entries()}
    now = {entry.key: entry for entry in await store.leases.entries()}
    boxes = {key[4:]: box for key, entry in now.items() if key.startswith("box.") and (box := entry.read(Box))}
    leases = {key[6:]: one for key, entry in now.items() if key.startswith("lease.") and (one := entry.read(Lease))}
    leader = now["leader"].read(Lease) if "leader" in now else None
    draining = {key[6:] for key, entry in kept.items() if key.startswith("drain.") and entry.read(Drain)}
    unplaced = (kept["unplaced"].read(Unplaced) if "unplaced" in kept else None) or Unplaced()
    cameras = []
    for key in sorted(kept):
        name = key.removeprefix("camera.")
        if name == key or (camera := kept[key].read(Camera)) is None:
            continue
        why = unplaced.cameras.get(name, "")
        if not boxes:
            why = "no box is connected"
        source = redact(str(camera.options.get("source", camera.options.get("use", ""))))
        holder = leases[name].box if name in leases else ""
        state = boxes[holder].states.get(name, "connecting") if holder in boxes else "unplaced" if why else "waits"
        cameras.append(CameraState(name, holder, state, source, why))
    states = [
        BoxState(
            name,
            len(box.holds),
            box.capacity,
            ("drains" if box.holds else "drained")
            if name in draining
            else "leads"
            if leader and leader.box == name
            else "runs",
            box.page,
        )
        for name, box in sorted(boxes.items())
    ]
    states += [BoxState(name, 0, 0, "gone", "") for name in sorted(draining - boxes.keys())]
    return FleetState(cameras, states)
