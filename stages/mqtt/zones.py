"""Retained messages about the zones and lines of a camera, and what Home Assistant shows of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from pipeline.events import VERSION, AnyEvent, LineCrossedEvent, LineTotalEvent, OccupancyEvent, ZoneTotalEvent
from pipeline.messages import Zone


class Crossings(msgspec.Struct, frozen=True, kw_only=True):
    """How often a line was crossed since this program has been watching it."""

    v: int = VERSION
    camera: str
    line: str
    ins: int = msgspec.field(name="in", default=0)
    outs: int = msgspec.field(name="out", default=0)
    captured_at: float = 0.0
    """Arrival time of the frame that shows the last crossing, UNIX seconds."""


Retained = OccupancyEvent | ZoneTotalEvent | Crossings


class ZoneStates:
    """The last messages about the zones and lines of one camera.

    Args:
        camera: Its name.
    """

    def __init__(self, camera: str) -> None:
        self._camera = camera
        self.zones: tuple[Zone, ...] = ()
        """Its zones and lines; change them with `redraw`."""
        self.retained: dict[str, Retained] = {}
        """The last message by subtopic."""

    def redraw(self, zones: Sequence[Zone]) -> Iterator[str]:
        """Change the zones and lines; yield the subtopics of those that are gone."""
        names = {subtopic(one) for one in zones}
        gone = [subtopic(one) for one in self.zones if subtopic(one) not in names]
        self.zones = tuple(zones)
        for topic in gone:
            self.retained.pop(topic, None)
        for one in zones:
            if one.line:
                self.retained.setdefault(subtopic(one), Crossings(camera=self._camera, line=one.name))
        yield from gone

    def take(self, event: AnyEvent) -> str:
        """Process an event; return the subtopic whose message has changed, or is to be repeated; empty for none."""
        match event:
            case OccupancyEvent() | ZoneTotalEvent():
                topic = f"zone/{event.zone}"
                self.retained[topic] = event
                return topic
            case LineCrossedEvent():
                return self._count(event.line, event.direction == "in", event.direction == "out", event.captured_at)
            case LineTotalEvent():
                return self._count(event.line, event.ins, event.outs, event.captured_at)
        return ""

    def _count(self, line: str, ins: int, outs: int, captured_at: float) -> str:
        topic = f"line/{line}"
        known = self.retained.get(topic)
        before = known if isinstance(known, Crossings) else Crossings(camera=self._camera, line=line)
        self.retained[topic] = msgspec.structs.replace(
            before, ins=before.ins + ins, outs=before.outs + outs, captured_at=captured_at
        )
        return topic


def subtopic(zone: Zone) -> str:
    """Return the subtopic of a zone's or line's retained message, below its camera's."""
    return f"{'line' if zone.line else 'zone'}/{zone.name}"


def sensors_of(here: str, zones: Sequence[Zone]) -> Mapping[str, Mapping[str, Any]]:
    """Return the sensors that Home Assistant shows: people in each zone, and crossings of each line.

    Args:
        here: Topic of the camera.
        zones: Its zones and lines.
    """
    sensors: dict[str, Mapping[str, Any]] = {}
    for one in zones:
        topic = f"{here}/{subtopic(one)}"
        if one.line:
            for way in ("in", "out"):
                sensors[f"line-{one.name}-{way}"] = {
                    "platform": "sensor",
                    "name": f"{one.name} {way}",
                    "icon": "mdi:arrow-right" if way == "in" else "mdi:arrow-left",
                    "state_class": "total_increasing",
                    "value_template": f"{{{{ value_json['{way}'] }}}}",
                    "state_topic": topic,
                }
        else:
            sensors[f"zone-{one.name}"] = {
                "platform": "sensor",
                "name": f"People in {one.name}",
                "icon": "mdi:account-group",
                "state_class": "measurement",
                "value_template": "{{ value_json.occupancy }}",
                "state_topic": topic,
            }
    return sensors
