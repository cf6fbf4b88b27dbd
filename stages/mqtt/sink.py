"""Tells home automation and dashboards what happens, through an MQTT broker."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pipeline.events import AggregateEvent, AnyEvent, CameraEvent, Observation
from pipeline.messages import Frame
from pipeline.stage import Stage
from stages.event_stream import EventStream
from stages.mqtt.address import parse_broker, trust
from stages.mqtt.broker import Broker
from stages.mqtt.home_assistant import EXPIRE_S, discovery_of, discovery_topic
from stages.mqtt.presence import People, Presence

HERE = "mqtt://127.0.0.1"
"""The broker of this machine."""
TOPIC = "^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$"
"""Regular expression of what topics may begin with: no wildcards, and nothing that ends in a slash."""

log = logging.getLogger(__name__)


class Mqtt(Stage):
    """Publishes events to an MQTT broker, and the state of each camera for those who come later, see `docs/mqtt.md`.

    Args:
        broker: Where it is: `mqtt://HOST[:PORT]`, or `mqtts://` for TLS.
        topic: What all topics begin with; two programs on one broker need two.
        credentials_env: Environment variable with the `user:password` the broker wants.
        discovery: Where Home Assistant looks for devices, there `homeassistant` by default; empty: it is told of none.
        observations_hz: At most so many observations of each person per second of the stream; 0: every picture's.
        aggregate_only: Publish no event about single people, but one for each camera and period about all of them.
        aggregate_s: Length of the period.
        ca: A PEM file with the certificate of who vouches for the broker's; empty: whom this machine believes.
        verify_tls: Refuse a broker whose certificate nobody vouches for. With `false` whoever sits between here and
            there can take its place.

    Raises:
        ConfigError: The address is malformed, or the environment has no credentials.
        InputError: There are no certificates in `ca`.
    """

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
        ca: str = "",
        verify_tls: bool = True,
    ) -> None:
        self._topic = topic
        self._discovery = discovery
        self._aggregate_only = aggregate_only
        self._stream = EventStream(observations_hz, aggregate_s if aggregate_only else 0.0)
        self._json = msgspec.json.Encoder()
        self._cameras: dict[str, Presence] = {}
        self.counts: Counter[str] = Counter()
        address = parse_broker(broker, credentials_env)
        tls = trust(ca, verify_tls=verify_tls) if address.encrypted else None
        self._broker = Broker(address, f"{topic}/status", tls)

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse what cannot be the address of a broker.

        Raises:
            ConfigError: It is none, or the environment has no credentials.
            InputError: There are no certificates in `ca`.
        """
        parse_broker(options.get("broker", HERE), options.get("credentials_env", ""))
        if ca := options.get("ca"):
            trust(ca, verify_tls=True)

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Publish what the frames say."""
        if self._broker.greet():
            for name, camera in self._cameras.items():
                if camera.state is not None and self._stream.now() - camera.state.published_at < EXPIRE_S:
                    self._introduce(name)
                    self._retain(camera.state, camera.people)
        for frame in frames:
            if frame.camera not in self._cameras:
                self._cameras[frame.camera] = Presence(frame.camera, sums=self._aggregate_only)
                self._introduce(frame.camera)
            camera = self._cameras[frame.camera]
            for event in self._stream.read(frame):
                changed = camera.take(event)
                if isinstance(event, CameraEvent):
                    self._retain(event, camera.people)
                else:
                    self._send(_kind(event), event)
                    if changed:
                        self._send("people", camera.people, retain=True)
        self.counts["refused"] = self._broker.refused
        yield from ()

    def close(self) -> None:
        """Say that this program is gone."""
        if lost := self._broker.close():
            log.warning("%d messages have not reached the MQTT broker", lost)

    def _retain(self, state: CameraEvent, people: People) -> None:
        """Say what the broker keeps: what the camera does, and who is there."""
        self._send("camera", state, retain=True)
        self._send("people", people, retain=True)

    def _introduce(self, camera: str) -> None:
        """Tell Home Assistant that there is such a camera."""
        if self._discovery:
            where = discovery_topic(self._discovery, self._topic, camera)
            what = discovery_of(self._topic, camera, people=not self._aggregate_only)
            self._count(self._broker.send(where, self._json.encode(what), retain=True))

    def _send(self, kind: str, what: AnyEvent | People, *, retain: bool = False) -> None:
        self._count(self._broker.send(f"{self._topic}/{what.camera}/{kind}", self._json.encode(what), retain=retain))

    def _count(self, kept: bool) -> None:
        self.counts["events"] += 1
        self.counts["lost"] += not kept


def _kind(event: AnyEvent) -> str:
    """Return under which topic of its camera an event is sent."""
    match event:
        case Observation():
            return "observation"
        case AggregateEvent():
            return "aggregate"
    return "person"
