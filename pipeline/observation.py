"""The event of one face in one frame."""

from collections.abc import Mapping
from typing import Any

from pipeline.events import BoxEvent, Observation
from pipeline.messages import BLENDSHAPES, EMOTIONS, Face, Frame, Probabilities


def observation(frame: Frame, face: Face, head: Mapping[str, Any]) -> Observation:
    """Return the event of a face.

    Args:
        frame: The frame.
        face: One of its faces.
        head: Fields of every event about a person, but `track`.
    """
    box = face.box
    return Observation(
        **head,
        track=face.track,
        frame=frame.seq,
        width=frame.width,
        height=frame.height,
        box=BoxEvent(x=box.x, y=box.y, width=box.width, height=box.height),
        score=face.score,
        raw=_by_name(face.raw),
        fused=_by_name(face.fused),
        label=face.label,
        confidence=face.confidence,
        yaw=face.yaw,
        pitch=face.pitch,
        roll=face.roll,
        facing=face.facing,
        eye_left=face.eye_left,
        eye_right=face.eye_right,
        mouth=face.mouth,
        blinks=face.blinks,
        blendshapes=None if face.blendshapes is None else dict(zip(BLENDSHAPES, face.blendshapes, strict=True)),
    )


def _by_name(probabilities: Probabilities | None) -> dict[str, float] | None:
    return None if probabilities is None else dict(zip(EMOTIONS, probabilities, strict=True))
