"""The channels of a camera's stream of faces."""

from math import nan

from pipeline.events import Observation
from pipeline.messages import BLENDSHAPES, EMOTIONS, Frame

LABELS = (*EMOTIONS, "uncertain")
"""Channel `label` is an index of this list."""
CHANNELS = (
    ("frame", "Index", "count"),
    ("track", "Index", "count"),
    *((name, "Position", "pixels") for name in ("x", "y", "width", "height")),
    ("score", "Probability", "normalized"),
    *((name, "Probability", "normalized") for name in EMOTIONS),
    ("label", "Index", "count"),
    ("confidence", "Probability", "normalized"),
    *((name, "Orientation", "degrees") for name in ("yaw", "pitch", "roll")),
    ("facing", "Boolean", "normalized"),
    *((name, "Ratio", "normalized") for name in ("eye_left", "eye_right", "mouth")),
    ("blinks", "Index", "count"),
)
"""Label, type and unit of each channel."""
BLENDSHAPE_CHANNELS = tuple((f"blendshape_{name}", "Ratio", "normalized") for name in BLENDSHAPES)
"""Channels behind these, only where `[landmarks]` has MediaPipe's larger network."""


def sample(event: Observation, count: int) -> list[float]:
    """Return the values of one face in one frame; NaN is unknown.

    Args:
        event: The face.
        count: Number of channels, with or without blendshapes.
    """
    box, fused = event.box, event.fused
    values = [
        float(event.frame),
        float(event.track),
        *(box.x, box.y, box.width, box.height),
        event.score,
        *([nan] * len(EMOTIONS) if fused is None else (fused[name] for name in EMOTIONS)),
        float(LABELS.index(event.label)),
        event.confidence,
        *(nan if value is None else float(value) for value in _measured(event)),
        *(event.blendshapes.values() if event.blendshapes else ()),
    ]
    return [*values, *[nan] * (count - len(values))][:count]


def _measured(event: Observation) -> tuple[float | None, ...]:
    openings = (event.eye_left, event.eye_right, event.mouth)
    return (event.yaw, event.pitch, event.roll, event.facing, *openings, event.blinks)


def nobody(frame: Frame, count: int) -> list[float]:
    """Return the values of a frame without a face: its number, track 0, the rest of the channels NaN."""
    return [float(frame.seq), 0.0, *[nan] * (count - 2)]
