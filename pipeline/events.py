"""The events that are published, field by field: the contract with every subscriber (`docs/wire-format.md`).

New fields may be added and have defaults; a field's meaning and type, and a type's name, never change. Readers ignore
unknown fields and types.
"""

from typing import Literal

import msgspec

from pipeline.messages import Clock, Reason, State

VERSION = 1


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Fields of every event."""

    v: int = VERSION
    camera: str
    seq: int
    """Sequence number of the event within its camera, from 0; a gap means that the subscriber lost events."""
    pts_ms: float
    """Position in the stream, milliseconds: of a file from its container's start, of a camera from its first frame."""
    captured_at: float
    """When the frame was taken, UNIX seconds, as `clock` says."""
    published_at: float
    """Time the event was sent, UNIX seconds."""
    clock: Clock = "arrival"
    """Where `captured_at` comes from: `ntp` is the camera's clock, `arrival` the time at which the frame arrived."""
    model: str
    """Name of the network and first digits of its hash; empty before the first face."""


class PersonEvent(Event, frozen=True, kw_only=True):
    """Fields of every event about one person."""

    track: int
    since: float = 0.0
    """Start of this camera's track numbering, UNIX seconds: camera, `since` and track identify a person."""


class BoxEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A face's rectangle in pixels of the frame; (x, y) is its upper left corner."""

    x: float
    y: float
    width: float
    height: float


class Observation(PersonEvent, frozen=True, kw_only=True, tag="observation"):
    """One face in one frame."""

    frame: int
    """Number of the frame in the stream, from 0."""
    width: int
    height: int
    """Size of the frame in pixels."""
    box: BoxEvent
    score: float
    """The face detector's confidence, 0 to 1."""
    raw: dict[str, float] | None
    """Probabilities of the seven emotions by name, from this frame alone; null if this face was not classified."""
    fused: dict[str, float] | None
    """Probabilities fused over the person's recent frames; null before the first classification."""
    label: str
    """An emotion, or `uncertain`."""
    confidence: float
    """Fused probability of the strongest emotion."""
    yaw: float | None = None
    """Turn of the head, degrees, positive towards the right edge of the frame; null if not measured."""
    pitch: float | None = None
    """Nod of the head, degrees, positive upwards; null if not measured."""
    roll: float | None = None
    """Tilt of the head, degrees, positive clockwise in the frame; null if not measured."""
    facing: bool | None = None
    """Whether the face is turned towards the camera; null, as below, if not measured."""
    eye_left: float | None = None
    """Eye aspect ratio of the person's own left eye: distance of the lids over that of the corners."""
    eye_right: float | None = None
    """The same of the right eye."""
    mouth: float | None = None
    """Opening of the mouth: distance of the lips over that of the mouth's corners; 0 is closed."""
    blinks: int | None = None
    """Blinks of the person so far."""
    blendshapes: dict[str, float] | None = None
    """Scores of MediaPipe's 52 blendshapes by name, 0 to 1; null without its larger network."""


class AppearedEvent(PersonEvent, frozen=True, kw_only=True, tag="appeared"):
    """A person was seen for the first time."""

    label: str


class ChangedEvent(PersonEvent, frozen=True, kw_only=True, tag="changed"):
    """A person's label changed."""

    before: str = msgspec.field(name="from")
    after: str = msgspec.field(name="to")
    confidence: float


class LostEvent(PersonEvent, frozen=True, kw_only=True, tag="lost"):
    """A person has left."""

    duration_ms: float
    emotions_ms: dict[str, float]
    """Milliseconds each label was shown."""


class CameraEvent(Event, frozen=True, kw_only=True, tag="camera"):
    """A camera's state: at every change, and every few seconds."""

    state: State
    error: str | None
    """Why it is not live; one line."""
    fault: str = ""
    """Kind of the error, see `pipeline.messages.Fault`."""
    width: int
    height: int
    fps: float
    """Nominal rate, frames per second; 0 if unknown."""
    saving: int = 0
    """Level of load shedding under overload, 0 (none) to 4, see `models.following.load`."""
    removed: bool = False
    """Whether the camera is no longer in the config; its last event."""


class AggregateEvent(Event, frozen=True, kw_only=True, tag="aggregate"):
    """Totals over all people in front of a camera in a period; published instead of events about individuals."""

    began_at: float
    """Start of the period, UNIX seconds."""
    period_s: float
    """Length of the period in seconds; the last one of a stream may be shorter."""
    people: int | None
    """Number of people; one who left and came back counts twice. Null if fewer than `min_people`: then all other
    numbers about people are 0."""
    looks: int
    """Number of faces, summed over frames."""
    confidence: float
    """Mean fused probability of the strongest emotion; 0 without a classification."""
    emotions_ms: dict[str, float]
    """Milliseconds each label was shown, over all people."""


class AlertEvent(Event, frozen=True, kw_only=True):
    """Fields of both events of an alert."""

    alert: str
    """The alert's table in the config."""
    id: str
    """The same in both events, and in those that are sent again after a restart."""
    when: str
    """Its condition."""
    text: str
    """What to say to people; the condition without one."""
    raised_at: float
    """When it was raised, UNIX seconds of the camera's stream."""
    values: dict[str, float]
    """Its quantities at that time: shares from 0 to 1, durations in seconds."""


class AlertRaisedEvent(AlertEvent, frozen=True, kw_only=True, tag="alert_raised"):
    """The condition of an alert has held for long enough."""


class AlertClearedEvent(AlertEvent, frozen=True, kw_only=True, tag="alert_cleared"):
    """A raised alert has ended."""

    duration_ms: float
    reason: Reason


class ZoneEnteredEvent(PersonEvent, frozen=True, kw_only=True, tag="zone_entered"):
    """A person entered a zone of the camera."""

    zone: str
    """Name of the zone in `[camera.NAME.zones]`."""
    occupancy: int
    """Number of people in the zone from now on."""


class ZoneLeftEvent(PersonEvent, frozen=True, kw_only=True, tag="zone_left"):
    """A person left a zone, or was not seen for two seconds."""

    zone: str
    dwell_s: float
    """Seconds from entering the zone to the last moment inside."""
    occupancy: int


class LineCrossedEvent(PersonEvent, frozen=True, kw_only=True, tag="line_crossed"):
    """A person crossed a line."""

    line: str
    direction: Literal["in", "out"]
    """`in`: towards the right-hand side of someone who follows the line in the picture from its first point."""


class OccupancyEvent(Event, frozen=True, kw_only=True, tag="occupancy"):
    """The number of people in a zone: at every change, and every few seconds."""

    zone: str
    occupancy: int


class ZoneTotalEvent(Event, frozen=True, kw_only=True, tag="zone_aggregate"):
    """Totals of a zone in a period; published instead of events about individuals."""

    zone: str
    began_at: float
    """Start of the period, UNIX seconds."""
    period_s: float
    """Length of the period, seconds: joined with the next ones until it concerns `min_people`."""
    people: int
    """Number of people who were in the zone."""
    visits: int
    """Number of times that somebody entered it."""
    dwell_s: float
    """Seconds in the zone, over all people."""
    occupancy: int | None
    """Number of people in it at the end of the period; null if fewer than `min_people`."""
    emotions_ms: dict[str, float]
    """Milliseconds each label was shown in the zone, over all people."""


class LineTotalEvent(Event, frozen=True, kw_only=True, tag="line_aggregate"):
    """Crossings of a line in a period; published instead of events about individuals."""

    line: str
    began_at: float
    period_s: float
    people: int
    """Number of people who crossed it."""
    ins: int = msgspec.field(name="in")
    outs: int = msgspec.field(name="out")


ZoneEvent = ZoneEnteredEvent | ZoneLeftEvent | OccupancyEvent | ZoneTotalEvent
LineEvent = LineCrossedEvent | LineTotalEvent
AlertChangeEvent = AlertRaisedEvent | AlertClearedEvent
AnyEvent = (
    Observation
    | AppearedEvent
    | ChangedEvent
    | LostEvent
    | CameraEvent
    | AggregateEvent
    | AlertChangeEvent
    | ZoneEvent
    | LineEvent
)


def topic_of(event: AnyEvent) -> str:
    """Return the event's topic, such as `camera.<camera>`, `zone.<camera>.<zone>` or `emotion.<camera>.<track>`."""
    match event:
        case CameraEvent():
            return f"camera.{event.camera}"
        case AggregateEvent():
            return f"aggregate.{event.camera}"
        case AlertEvent():
            return f"alert.{event.camera}.{event.alert}"
        case ZoneEnteredEvent() | ZoneLeftEvent() | OccupancyEvent() | ZoneTotalEvent():
            return f"zone.{event.camera}.{event.zone}"
        case LineCrossedEvent() | LineTotalEvent():
            return f"line.{event.camera}.{event.line}"
    return f"emotion.{event.camera}.{event.track}"
