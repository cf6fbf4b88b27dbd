"""The state of a fleet, as its buckets tell it: for lists and pages."""

from pipeline.fleet.records import Box, Camera, Drain, Lease, Unplaced
from pipeline.fleet.server.store import Store
from pipeline.fleet.view import BoxView, CameraView, FleetView
from pipeline.redaction import redact


async def read_fleet(store: Store) -> FleetView:
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
        clock_s = boxes[holder].clocks.get(name) if holder in boxes else None
        cameras.append(CameraView(name=name, box=holder, state=state, source=source, note=why, clock_s=clock_s))
    views = []
    for name, box in sorted(boxes.items()):
        leads = leader is not None and leader.box == name
        drains = "drains" if box.holds else "drained"
        state = drains if name in draining else "leads" if leads else "runs"
        views.append(
            BoxView(
                name=name,
                cameras=len(box.holds),
                capacity=box.capacity,
                state=state,
                page=box.page,
                clock_s=box.clock_s,
                clock_error_s=box.clock_error_s,
            )
        )
    gone = [
        BoxView(name=name, cameras=0, capacity=0, state="gone", page="") for name in sorted(draining - boxes.keys())
    ]
    return FleetView(cameras=cameras, boxes=[*views, *gone])
