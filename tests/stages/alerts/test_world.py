"""Who is in a zone: by its events, which outlast those of the whole frame."""

from typing import Any

import msgspec

from pipeline.alerts.condition import Quantity, Reading
from pipeline.events import (
    AppearedEvent,
    CameraEvent,
    ChangedEvent,
    LostEvent,
    ZoneEnteredEvent,
    ZoneLeftEvent,
)
from stages.alerts.world import World

HEAD: dict[str, Any] = {"camera": "hall", "seq": 0, "pts_ms": 0.0, "captured_at": 0.0, "published_at": 0.0, "model": ""}
COUNT, SAD, SHARE, DWELL, EMPTY = (
    Quantity("count"),
    Quantity("count", ("sad",)),
    Quantity("share", ("sad",), 60.0),
    Quantity("dwell"),
    Quantity("empty"),
)


def world() -> World:
    """Return a camera that has been live for ten seconds, with two zones in conditions."""
    quantities = [(zone, quantity) for zone in ("", "corner", "desk") for quantity in (COUNT, SAD, SHARE, DWELL, EMPTY)]
    one = World(quantities, 0.0, 1, {})
    one.take(CameraEvent(**HEAD, state="live", error=None, width=0, height=0, fps=0), 0.0)
    for second in range(11):
        one.see(float(second))
    return one


def person(kind: type[Any], track: int = 1, **values: Any) -> Any:
    """Return an event about a person."""
    return msgspec.convert({**HEAD, "type": kind.__struct_config__.tag, "track": track, "since": 1.0, **values}, kind)


def test_a_zone_has_those_who_entered_it() -> None:
    """Each quantity is measured there alone."""
    one = world()
    one.take(person(AppearedEvent, 1, label="sad"), 10.0)
    one.take(person(AppearedEvent, 2, label="happy"), 10.0)
    one.take(person(ZoneEnteredEvent, 2, zone="corner", occupancy=1), 12.0)
    one.see(20.0)

    assert [one.read(zone, COUNT).low for zone in ("", "corner", "desk")] == [2, 1, 0]
    assert [one.read(zone, SAD).low for zone in ("", "corner")] == [1, 0]
    assert [one.read(zone, SHARE) for zone in ("corner", "desk")] == [
        Reading.exactly(0.0),
        Reading(0, 1, measured=False),
    ]
    assert [one.read(zone, DWELL).low for zone in ("", "corner", "desk")] == [10.0, 8.0, 0.0]
    one.take(person(ZoneLeftEvent, 2, zone="corner", occupancy=0, dwell_s=1.0), 21.0)
    one.see(23.0)
    assert (one.read("corner", COUNT).high, one.read("corner", EMPTY)) == (0, Reading.exactly(2.0))


def test_a_face_that_is_lost_for_a_moment_stays_in_its_zone() -> None:
    """The zone says when the visit ends, under the number with which it began; another start ends it, too."""
    one = world()
    one.take(person(AppearedEvent, 1, label="sad"), 10.0)
    one.take(person(ZoneEnteredEvent, 1, zone="corner", occupancy=1), 10.0)
    one.take(person(LostEvent, 1, duration_ms=1.0, emotions_ms={}), 15.0)
    assert (one.read("", COUNT).high, one.read("corner", COUNT).low, one.read("corner", SAD).low) == (0, 1, 1)
    one.take(person(AppearedEvent, 2, label="happy", since=9.0), 16.0)
    assert one.read("corner", COUNT).high == 0


def test_a_change_of_nobody_known_is_ignored() -> None:
    """As after a restart, and events of zones that no condition names."""
    one = world()
    one.take(person(ChangedEvent, 7, **{"from": "sad", "to": "happy"}, confidence=0.5), 10.0)
    one.take(person(ZoneEnteredEvent, 7, zone="yard", occupancy=1), 10.0)
    one.take(person(LostEvent, 8, duration_ms=1.0, emotions_ms={}), 10.0)

    assert one.read("", COUNT) == Reading.exactly(0.0)
