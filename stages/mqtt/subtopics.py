"""What is published below a camera's topic."""

import msgspec

from pipeline.events import (
    VERSION,
    AggregateEvent,
    AlertEvent,
    AnyEvent,
    CameraEvent,
    LineCrossedEvent,
    LineTotalEvent,
    Observation,
    ZoneEnteredEvent,
    ZoneLeftEvent,
    ZoneTotalEvent,
)


class AlertState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an alert of a camera is raised; retained."""

    v: int = VERSION
    camera: str
    alert: str
    id: str
    raised: bool
    text: str
    raised_at: float
    """When it was last raised, UNIX seconds."""


def kind_of(event: AnyEvent | AlertEvent) -> str:
    """Return the subtopic of an event below its camera's."""
    match event:
        case CameraEvent():
            return "camera"
        case AlertEvent():
            return "alert"
        case Observation():
            return "observation"
        case AggregateEvent():
            return "aggregate"
        case ZoneEnteredEvent() | ZoneLeftEvent() | ZoneTotalEvent():
            return "zone"
        case LineCrossedEvent() | LineTotalEvent():
            return "line"
    return "person"
