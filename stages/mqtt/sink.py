"""Publishes events to home automation and dashboards through an MQTT broker."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pipeline.events import (
    VERSION,
    AggregateEvent,
    AlertEvent,
    AlertRaisedEvent,
    AnyEvent,
    CameraEvent,
    LineCrossedEvent,
    LineTotalEvent,
    Observation,
    OccupancyEvent,
    ZoneEnteredEvent,
    ZoneLeftEvent,
    ZoneTotalEvent,
)
from pipeline.messages import Frame, Zone
from stages.event_stream import EventOutput, EventStream
from stages.media.trust import TlsClient, trust
from stages.mqtt.address import parse_broker
from stages.mqtt.broker import Broker
from stages.mqtt.home_assistant import EXPIRE_S, alarms_of, discovery_of, discovery_topic
from stages.mqtt.presence import People, Presence
from stages.mqtt.zones import Retained, ZoneStates, sensors_of
from stages.zones.totals import LEAST_PEOPLE, MinPeople

HERE = "mqtt://127.0.0.1"
"""Address of a broker on this machine."""
TOPIC = "^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$"
"""Regular expression of a topic prefix: no wildcards and no slash at its end."""

log = logging.getLogger(__name__)


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


class Mqtt(EventOutput, TlsClient):
    """Publishes events to an MQTT broker and retains each camera's state for later subscribers, see `docs/mqtt.md`.

    Args:
        broker: Address of the broker: `mqtt://HOST[:PORT]`, or `mqtts://` for TLS.
        topic: Prefix of all topics; two programs on one broker need different ones.
        credentials_env: Environment variable with the broker's `user:password`.
        discovery: Discovery prefix of Home Assistant, usually `homeassistant`; empty: no discovery messages.

    Raises:
        ConfigError: The address is malformed, or the environment has no credentials.
        InputError: `ca` holds no certificates.
    """

    alone = (("broker", "topic"),)

    def __init__(
        self,
        *,
        broker: str = HERE,
        topic: Annotated[str, Meta(pattern=TOPIC, examples=["house/emobot"])] = "emobot",
        credentials_env: str = "",
        discovery: Annotated[str, Meta(pattern=f"{TOPIC}|^$", examples=["homeassistant"])] = "",
        observations_hz: Annotated[float, Meta(ge=0)] = 1.0,
        aggregate_only: bool = False,
        aggregate_s: Annotated[float, Meta(ge=1, le=86_400)] = 10.0,
        min_people: MinPeople = LEAST_PEOPLE,
        ca: str = "",
        verify_tls: bool = True,
    ) -> None:
        self._topic = topic
        self._discovery = discovery
        self._aggregate_only = aggregate_only
        self.stream = EventStream(observations_hz, aggregate_s if aggregate_only else 0.0, min_people)
        """Turns frames into events."""
        self._json = msgspec.json.Encoder()
        self._cameras: dict[str, Presence] = {}
        self._alerts: dict[tuple[str, str], AlertEvent] = {}
        """Last event of each alert of each camera."""
        self._zones: dict[str, ZoneStates] = {}
        self._watched: dict[str, tuple[str, ...]] = {}
        """Names of the alerts of each camera that may be published."""
        self._gone: dict[str, list[str]] = {}
        """Topics of the messages that removed cameras have left; empty since then."""
        self.counts: Counter[str] = Counter()
        address = parse_broker(broker, credentials_env)
        tls = trust(ca, verify_tls=verify_tls) if address.encrypted else None
        self.connection = Broker(address, f"{topic}/status", tls)
        """Sends the messages."""

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse an address that is not valid.

        Raises:
            ConfigError: The address is malformed, or the environment has no credentials.
            InputError: `ca` holds no certificates.
        """
        parse_broker(options.get("broker", HERE), options.get("credentials_env", ""))
        if ca := options.get("ca"):
            trust(ca, verify_tls=True)

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Publish the events of the frames."""
        if self.connection.greet():
            for name, camera in self._cameras.items():
                if camera.state is not None and self.stream.now() - camera.state.published_at < EXPIRE_S:
                    self._introduce(name, self._zones[name].zones, self._watched[name])
                    self._retain(camera.state, camera.people)
                    for topic in self._zones[name].retained:
                        self._retain_zone(name, topic)
            for alert in self._alerts.values():
                self._send_alert_state(alert)
            for topics in self._gone.values():
                self._clear(topics)
        for frame in frames:
            if frame.camera not in self._cameras:
                self._gone.pop(frame.camera, None)
                self._cameras[frame.camera] = Presence(frame.camera, sums=self._aggregate_only)
                self._zones[frame.camera] = ZoneStates(frame.camera)
                self._watched[frame.camera] = ()
                self._redraw(frame)
            camera, zones = self._cameras[frame.camera], self._zones[frame.camera]
            if frame.zones != zones.zones or self._names(frame) != self._watched[frame.camera]:
                self._redraw(frame)
            for event in self.stream.read(frame):
                changed = camera.take(event)
                if topic := zones.take(event):
                    self._retain_zone(frame.camera, topic)
                if isinstance(event, CameraEvent):
                    self._retain(event, camera.people)
                elif isinstance(event, AlertEvent):
                    self._send_alert(event)
                elif not isinstance(event, OccupancyEvent):
                    self._send(_kind(event), event)
                    if changed:
                        self._send("people", camera.people, retain=True)
        self.counts["refused"] = self.connection.refused
        yield from ()

    def keep(self, cameras: Set[str]) -> None:
        """Publish the last events of the other cameras, and remove their retained messages and devices."""
        for event in self.stream.keep(cameras):
            if not isinstance(event, OccupancyEvent):
                self._send(_kind(event), event)
        for name in (self._cameras.keys() | {camera for camera, _ in self._alerts}) - cameras:
            self._gone[name] = self._forget(name)
            self._clear(self._gone[name])

    def _forget(self, camera: str) -> list[str]:
        """Forget a camera; return the topics of its retained messages, first that of its device."""
        self._cameras.pop(camera, None)
        zones, watched = self._zones.pop(camera, ZoneStates(camera)), self._watched.pop(camera, ())
        alerts = {*watched, *(name for of, name in self._alerts if of == camera)}
        self._alerts = {key: event for key, event in self._alerts.items() if key[0] != camera}
        device = [discovery_topic(self._discovery, self._topic, camera)] if self._discovery else []
        own = ("camera", "people", *zones.retained, *(f"alert/{name}" for name in sorted(alerts)))
        return [*device, *(f"{self._topic}/{camera}/{one}" for one in own)]

    def _clear(self, topics: Sequence[str]) -> None:
        """Remove retained messages."""
        for topic in topics:
            self._count(self.connection.send(topic, b"", retain=True))

    def close(self) -> None:
        """Publish `offline` and disconnect."""
        if lost := self.connection.close():
            log.warning("%d messages were not delivered to the MQTT broker", lost)

    def _retain(self, state: CameraEvent, people: People) -> None:
        """Publish the retained messages: the camera's state and who is there."""
        self._send("camera", state, retain=True)
        self._send("people", people, retain=True)

    def _send_alert(self, event: AlertEvent) -> None:
        self._send(_kind(event), event)
        if event.camera not in self._gone and event.alert in self._watched.get(event.camera, (event.alert,)):
            self._alerts[event.camera, event.alert] = event
            self._send_alert_state(event)

    def _send_alert_state(self, event: AlertEvent) -> None:
        state = AlertState(
            camera=event.camera,
            alert=event.alert,
            id=event.id,
            raised=isinstance(event, AlertRaisedEvent),
            text=event.text,
            raised_at=event.raised_at,
        )
        self._send(f"alert/{event.alert}", state, retain=True)

    def _names(self, frame: Frame) -> tuple[str, ...]:
        """Return the names of a camera's alerts that may be published; the last ones known of a silent camera."""
        if frame.alerts is None:
            return self._watched[frame.camera]
        return tuple(name for name, personal in frame.watched.items() if not (personal and self._aggregate_only))

    def _redraw(self, frame: Frame) -> None:
        """Announce a camera's zones and alerts, and remove the retained messages of those that are gone."""
        camera, states, names = frame.camera, self._zones[frame.camera], self._names(frame)
        before, alerts_before = states.zones, self._watched[camera]
        gone = [name for name in alerts_before if name not in names]
        for name in gone:
            self._alerts.pop((camera, name), None)
        left = [*states.redraw(frame.zones), *(f"alert/{name}" for name in gone)]
        self._clear([f"{self._topic}/{camera}/{topic}" for topic in left])
        self._watched[camera] = names
        self._introduce(camera, frame.zones, names, before, alerts_before)
        for topic in states.retained:
            self._retain_zone(camera, topic)
        raised = {alert.name for alert in frame.alerts or () if alert.camera == camera and not alert.cleared_s}
        for name in names:
            if name not in alerts_before and name not in raised:
                quiet = AlertState(camera=camera, alert=name, id="", raised=False, text="", raised_at=0.0)
                self._send(f"alert/{name}", quiet, retain=True)

    def _retain_zone(self, camera: str, topic: str) -> None:
        self._send(topic, self._zones[camera].retained[topic], retain=True)

    def _introduce(
        self,
        camera: str,
        zones: Sequence[Zone],
        alerts: Sequence[str],
        zones_before: Sequence[Zone] = (),
        alerts_before: Sequence[str] = (),
    ) -> None:
        """Publish the camera's discovery message for Home Assistant."""
        if self._discovery:
            where = discovery_topic(self._discovery, self._topic, camera)
            here = f"{self._topic}/{camera}"
            shown = {**sensors_of(here, zones), **alarms_of(self._topic, here, alerts)}
            gone = {**sensors_of(here, zones_before), **alarms_of(self._topic, here, alerts_before)}
            what = discovery_of(self._topic, camera, people=not self._aggregate_only, more=shown, gone=gone)
            self._count(self.connection.send(where, self._json.encode(what), retain=True))

    def _send(
        self, kind: str, what: AnyEvent | AlertEvent | People | AlertState | Retained, *, retain: bool = False
    ) -> None:
        self._count(self.connection.send(f"{self._topic}/{what.camera}/{kind}", self._json.encode(what), retain=retain))

    def _count(self, kept: bool) -> None:
        self.counts["events"] += 1
        self.counts["lost"] += not kept


def _kind(event: AnyEvent | AlertEvent) -> str:
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
