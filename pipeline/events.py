"""The events that are published, field by field: the contract with every subscriber (`docs/wire-format.md`).

New fields may be added and have defaults; a field's meaning and type, and a type's name, never change. Readers ignore
what they do not know.
"""

import msgspec

from pipeline.messages import State

VERSION = 1


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every event has."""

    v: int = VERSION
    camera: str
    seq: int
    """Number of the event among all of its camera, from 0; a gap means that the subscriber lost events."""
    pts_ms: float
    """Position in the stream, milliseconds from its first picture."""
    captured_at: float
    """When the picture arrived, UNIX seconds."""
    published_at: float
    """When the event was sent, UNIX seconds."""
    model: str
    """Name and first digits of the hash of the network; empty before the first face."""


class PersonEvent(Event, frozen=True, kw_only=True):
    """What every event about one person has."""

    track: int
    since: float = 0.0
    """Since when people of this camera are counted, UNIX seconds: one person is one camera, `since` and track."""


class BoxEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A face's rectangle, pixels of the picture; (x, y) is its upper left corner."""

    x: float
    y: float
    width: float
    height: float


class Observation(PersonEvent, frozen=True, kw_only=True, tag="observation"):
    """One look at one face."""

    frame: int
    """Number of the picture in the stream, from 0."""
    width: int
    height: int
    """Size of the picture."""
    box: BoxEvent
    score: float
    """The face detector's confidence, 0 to 1."""
    raw: dict[str, float] | None
    """Probabilities of the seven emotions by name, from this picture alone; null if this face was not classified."""
    fused: dict[str, float] | None
    """What is believed after the person's recent pictures; null before the first classification."""
    label: str
    """An emotion, or `uncertain`."""
    confidence: float
    """Fused probability of the strongest emotion."""


class AppearedEvent(PersonEvent, frozen=True, kw_only=True, tag="appeared"):
    """A person was seen for the first time."""

    label: str


class ChangedEvent(PersonEvent, frozen=True, kw_only=True, tag="changed"):
    """Another label is shown for a person."""

    before: str = msgspec.field(name="from")
    after: str = msgspec.field(name="to")
    confidence: float


class LostEvent(PersonEvent, frozen=True, kw_only=True, tag="lost"):
    """A person has left."""

    duration_ms: float
    emotions_ms: dict[str, float]
    """For how long each label was shown."""


class CameraEvent(Event, frozen=True, kw_only=True, tag="camera"):
    """What a camera does: at every change, and every few seconds."""

    state: State
    error: str | None
    """Why it is not live; one line."""
    fault: str = ""
    """Of which kind that is, see `pipeline.messages.Fault`."""
    width: int
    height: int
    fps: float
    """Nominal rate, pictures per second; 0 where unknown."""
    saving: int = 0
    """What is left out because the machine is full, 0 nothing to 3 most, see `models.following.load`."""


class AggregateEvent(Event, frozen=True, kw_only=True, tag="aggregate"):
    """What all people before a camera showed in a period of time; in the place of everything about single people."""

    began_at: float
    """When the period began, UNIX seconds."""
    period_s: float
    """Its length; what is published when a stream ends may be of less."""
    people: int
    """How many people were seen; one who left and came back counts twice."""
    looks: int
    """How many faces were classified."""
    confidence: float
    """Mean fused probability of the strongest emotion; 0 if there was no look."""
    emotions_ms: dict[str, float]
    """For how long each label was shown, over all people."""


AnyEvent = Observation | AppearedEvent | ChangedEvent | LostEvent | CameraEvent | AggregateEvent


def topic_of(event: AnyEvent) -> str:
    """Return its topic: `camera.<camera>`, `aggregate.<camera>` or `emotion.<camera>.<track>`."""
    if isinstance(event, CameraEvent):
        return f"camera.{event.camera}"
    if isinstance(event, AggregateEvent):
        return f"aggregate.{event.camera}"
    return f"emotion.{event.camera}.{event.track}"
