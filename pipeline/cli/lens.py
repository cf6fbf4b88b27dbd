"""From which distance faces are found, for `emobot doctor --fov`."""

from typing import NamedTuple

from models.search.region import region_of
from models.sight import DECIDING, distance_m, largest_px, smallest_px
from pipeline.config.options import stage_keys
from pipeline.config.plan import Plan
from pipeline.config.registry import STAGES, resolve


class Lens(NamedTuple):
    """A camera's lens and its frames."""

    fov_deg: float
    """Horizontal angle of view, degrees."""
    width: int
    """Columns of the frames."""
    height: int
    """Rows of the frames."""


def range_of_sight(plan: Plan | None, lens: Lens) -> dict[str, str] | None:
    """Return from which distances faces are found; None if the run detects faces with a stage of its own.

    Args:
        plan: The run, for its options of `[detect]` and its cameras' regions; None for the defaults.
        lens: Of all cameras.

    Returns:
        A sentence for whole frames, under an empty name, and one for each camera of which a region is searched.
    """
    node = next((node for node in plan.nodes if node.name == "detect"), None) if plan else None
    defaults = {name: key.default for name, key in stage_keys(resolve(node.use if node else STAGES["detect"])).items()}
    options = defaults | (node.options if node else {})
    if not options.keys() >= DECIDING:
        return None
    size = lens.width & ~1, lens.height & ~1
    parts = {"": size}
    for camera in plan.nodes if plan else ():
        if region := camera.options.get("region"):
            turned = size[::-1] if camera.options.get("rotate") in (90, 270) else size
            part = region_of(region, *turned)
            if (part.width, part.height) != turned:
                parts[camera.name.removeprefix("camera.")] = part.width, part.height
    seen = f"by a lens of {lens.fov_deg:g} degrees and frames of {lens.width} x {lens.height}"
    said = {}
    for name, (columns, rows) in parts.items():
        smallest, largest = smallest_px(columns, rows, options), largest_px(columns, rows, options)
        far, near = (distance_m(lens.fov_deg, max(size), side) for side in (smallest, largest))
        where = f" in its region of {columns} x {rows}" if name else ""
        if smallest > largest:
            said[name] = f"none{where}: the smallest face, of {smallest:.0f} pixels, is larger than the frame shows"
            continue
        faces = f"faces of {smallest:.0f} to {largest:.0f} pixels are found"
        said[name] = f"{near:.1f} to {far:.1f} m{where}, {seen}: {faces}"
    return said
