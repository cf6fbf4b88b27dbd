"""From which distance faces are found, for `emobot doctor --fov`."""

from models.sight import DECIDING, distance_m, largest_px, smallest_px
from pipeline.config.options import stage_keys
from pipeline.config.plan import Plan
from pipeline.config.registry import STAGES, resolve


def range_of_sight(plan: Plan | None, fov_deg: float, width: int) -> str | None:
    """Return from which distances faces are found; None if the run detects faces with a stage of its own.

    Args:
        plan: The run, for its options of `[detect]`; None for the defaults.
        fov_deg: Horizontal angle of view, degrees.
        width: Columns of the camera's frames, 16:9.
    """
    node = next((node for node in plan.nodes if node.name == "detect"), None) if plan else None
    defaults = {name: key.default for name, key in stage_keys(resolve(node.use if node else STAGES["detect"])).items()}
    options = defaults | (node.options if node else {})
    if not options.keys() >= DECIDING:
        return None
    height = width * 9 // 16
    smallest, largest = smallest_px(width, height, options), largest_px(width, height, options)
    far, near = (distance_m(fov_deg, width, side) for side in (smallest, largest))
    return (
        f"{near:.1f} to {far:.1f} m, by a lens of {fov_deg:g} degrees and frames of {width} x {height}: "
        f"faces of {smallest:.0f} to {largest:.0f} pixels are found"
    )
