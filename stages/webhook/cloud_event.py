"""Events as CloudEvents 1.0 in JSON."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from pipeline.events import AlertEvent, AnyEvent, topic_of

SINGLE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
"""Media types of one event and of a list of events."""


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event in its envelope, see the CloudEvents specification 1.0.2."""

    specversion: str = "1.0"
    id: str
    """Unique; the same whenever the event is sent again."""
    source: str
    """The program and the camera."""
    type: str
    subject: str
    """Topic of the event, as on the ZeroMQ socket."""
    time: datetime
    datacontenttype: str = "application/json"
    data: AnyEvent


_json = msgspec.json.Encoder()


def encode(event: AnyEvent, source: str) -> bytes:
    """Return an event as a CloudEvent with a new ID, but for an alert's: a restart sends it again with the same.

    Args:
        event: The event; it becomes `data`.
        source: Prefix of the attribute `source`; the camera's name follows.
    """
    return _json.encode(
        CloudEvent(
            id=f"{event.id}-{type_of(event)}" if isinstance(event, AlertEvent) else str(uuid.uuid4()),
            source=f"{source}/{event.camera}",
            type=f"emobot.{type_of(event)}",
            subject=topic_of(event),
            time=datetime.fromtimestamp(event.captured_at or event.published_at, UTC),
            data=event,
        )
    )


def type_of(event: AnyEvent) -> str:
    """Return the event's type as in the wire format."""
    return str(type(event).__struct_config__.tag)


def body_of(events: Sequence[bytes], *, batched: bool) -> bytes:
    """Return the body of a request: a list of events, or the only one."""
    return b"[" + b",".join(events) + b"]" if batched else events[0]
