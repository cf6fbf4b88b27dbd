"""Publishes events to home automation and dashboards through an MQTT broker."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pipeline.events import AlertEvent, AlertRaisedEvent, AnyEvent, CameraEvent, OccupancyEvent
from pipeline.messages import Frame, Zone
from stages.event_stream import EventOutput, EventStream
from stages.media.trust import TlsClient, trust
from stages.mqtt.address import parse_broker
from stages.mqtt.broker import Broker
from stages.mqtt.home_assistant import EXPIRE_S, alarms_of, discovery_of, discovery_topic
from stages.mqtt.leftovers import Leftovers
from stages.mqtt.presence import People, Presence
from stages.mqtt.subtopics import AlertState, kind_of
from stages.mqtt.zones import Retained, ZoneStates, sensors_of, subtopic
from stages.zones.totals import LEAST_PEOPLE, MinPeople

HERE = "mqtt://127.0.0.1"
"""Address of a broker on this machine."""
TOPIC = "^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$"
"""Regular expression of a topic prefix: no wildcards and no slash at its end."""

log = logging.getLogger(__name__)


class Mqtt(EventOutput, TlsClient):
    """Publishes events to an MQTT broker and retains each camera's state for later subscribers, see `docs/mqtt.md`.

    Args:
        broker: Address of the broker: `mqtt://HOST[:PORT]`, or `mqtts://` for TLS.
        topic: Prefix of all topics; two programs on one broker need different ones.
        credentials_env: Environment variable with the broker's `user:password`.
        discovery: Discovery prefix of Home Assistant, usually `homeassistant`; empty: no discovery messages.
        state: Folder with a file of the topics that are retained, so that the next run removes those of cameras that it
            does not have; empty: none.

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
        state: str = "out/mqtt",
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
        self._run: Set[str] | None = None
        """Cameras of the run, as of `keep`."""
        self.counts: Counter[str] = Counter()
        self._address = address = parse_broker(broker, credentials_env)
        self._state = state
        self._leftovers: Leftovers | None = None
        """None before the first frame, when this process has replaced the one before."""
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
                    self._send(kind_of(event), event)
                    if changed:
                        self._send("people", camera.people, retain=True)
        self._remember()
        self.counts["refused"] = self.connection.refused
        yield from ()

    def keep(self, cameras: Set[str]) -> None:
        """Publish the last events of the other cameras, and remove their retained messages and devices."""
        self._run = cameras
        for event in self.stream.keep(cameras):
            if not isinstance(event, OccupancyEvent):
                self._send(kind_of(event), event)
        for name in (self._cameras.keys() | {camera for camera, _ in self._alerts}) - cameras:
            self._gone[name] = list(self._topics_of(name))
            self._forget(name)
            self._clear(self._gone[name])

    def _topics_of(self, camera: str) -> dict[str, None]:
        """Return the topics of a camera's retained messages, also of those to come; first that of its device."""
        zones, watched = self._zones.get(camera, ZoneStates(camera)), self._watched.get(camera, ())
        alerts = {*watched, *(name for of, name in self._alerts if of == camera)}
        device = [discovery_topic(self._discovery, self._topic, camera)] if self._discovery else []
        drawn = {**zones.retained, **{subtopic(one): None for one in zones.zones}}
        own = ("camera", "people", *drawn, *(f"alert/{name}" for name in sorted(alerts)))
        return dict.fromkeys([*device, *(f"{self._topic}/{camera}/{one}" for one in own)])

    def _forget(self, camera: str) -> None:
        for states in (self._cameras, self._zones, self._watched):
            states.pop(camera, None)
        self._alerts = {key: event for key, event in self._alerts.items() if key[0] != camera}

    def _remember(self) -> None:
        """Write down what is retained, and remove what an earlier run has left of cameras and zones that are gone."""
        if (known := self._leftovers) is None:
            return
        left = {} if self._run is None else known.take(self._run, self._expected)
        for name, topics in left.items():
            if self._run is not None and name not in self._run:
                self._gone[name] = topics  # cleared again after each reconnection
            self._clear(topics)
        known.save(delivered=lambda: self.connection.connected and not self.connection.undelivered)

    def _expected(self, camera: str) -> Set[str] | None:
        return self._topics_of(camera).keys() if camera in self._cameras else None

    def _clear(self, topics: Sequence[str]) -> None:
        """Remove retained messages."""
        if self._leftovers:
            self._leftovers.clear(topics)
        for topic in topics:
            self._count(self.connection.send(topic, b"", retain=True))

    def close(self) -> None:
        """Publish `offline` and disconnect."""
        if lost := self.connection.close():
            log.warning("%d messages were not delivered to the MQTT broker", lost)
        if self._leftovers:
            self._leftovers.save(delivered=lambda: not lost)
            self._leftovers.close()

    def _retain(self, state: CameraEvent, people: People) -> None:
        """Publish the retained messages: the camera's state and who is there."""
        self._send("camera", state, retain=True)
        self._send("people", people, retain=True)

    def _send_alert(self, event: AlertEvent) -> None:
        self._send(kind_of(event), event)
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
            self._publish(camera, where, self._json.encode(what), retain=True)

    def _send(
        self, kind: str, what: AnyEvent | AlertEvent | People | AlertState | Retained, *, retain: bool = False
    ) -> None:
        self._publish(what.camera, f"{self._topic}/{what.camera}/{kind}", self._json.encode(what), retain=retain)

    def _publish(self, camera: str, topic: str, payload: bytes, *, retain: bool) -> None:
        if retain:
            self._leftovers = self._leftovers or Leftovers(self._state, self._address, self._topic)
            self._leftovers.note(camera, topic)
        self._count(self.connection.send(topic, payload, retain=retain))

    def _count(self, kept: bool) -> None:
        self.counts["events"] += 1
        self.counts["lost"] += not kept
