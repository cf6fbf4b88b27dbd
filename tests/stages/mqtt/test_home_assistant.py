"""Discovery messages match the messages sent: their templates are rendered here like in Home Assistant."""

import json
from typing import Any

import jinja2
import msgspec
import pytest
from msgspec.structs import replace

from pipeline.events import AppearedEvent, CameraEvent, OccupancyEvent
from pipeline.messages import EMOTIONS, Zone
from stages.mqtt.home_assistant import alarms_of, discovery_of, discovery_topic
from stages.mqtt.presence import People
from stages.mqtt.subtopics import AlertState
from stages.mqtt.zones import Crossings, sensors_of
from tests.support.zones.zoned import DESK, DOOR

HEAD: dict[str, Any] = {"camera": "hall", "seq": 0, "pts_ms": 0.0, "captured_at": 1.0, "published_at": 1.0, "model": ""}


def show(template: str, message: object) -> str:
    """Return what a template makes of a message."""
    payload = msgspec.json.encode(message)
    return (
        jinja2.Environment(undefined=jinja2.StrictUndefined)
        .from_string(template)
        .render(value=payload.decode(), value_json=json.loads(payload))
    )


@pytest.fixture
def parts() -> dict[str, dict[str, Any]]:
    """Return what Home Assistant shows of a camera, after encoding and decoding."""
    found: dict[str, dict[str, Any]] = json.loads(json.dumps(discovery_of("house/emobot", "hall", people=True)))[
        "components"
    ]
    return found


def test_where_it_is_told() -> None:
    """Home Assistant expects two levels of letters, digits, `_` and `-`."""
    assert discovery_topic("homeassistant", "house/emobot", "hall") == "homeassistant/device/house_emobot/hall/config"


def test_people_and_what_they_show(parts: dict[str, dict[str, Any]]) -> None:
    """Each emotion is one of the announced options, also when nobody is present."""
    template = parts["emotion"]["value_template"]
    some = [show(template, People(camera="hall", people=1, emotion=one)) for one in (*EMOTIONS, "uncertain")]
    nobody = show(template, People(camera="hall", people=0))

    assert [*some, nobody] == parts["emotion"]["options"]
    assert show(template, People(camera="hall")) == "None"  # unknown, as of a sum about too few people
    assert show(parts["people"]["value_template"], People(camera="hall", people=3, emotion="sad")) == "3"
    assert {parts[one]["state_topic"] for one in ("people", "emotion")} == {"house/emobot/hall/people"}


@pytest.mark.parametrize(("state", "shown", "available"), [("live", "ON", "online"), ("offline", "OFF", "offline")])
def test_a_camera_that_is_away(parts: dict[str, dict[str, Any]], state: Any, shown: str, available: str) -> None:
    """It is unavailable, and the people in front of it are unknown."""
    event = CameraEvent(**HEAD, state=state, error=None, width=640, height=480, fps=30.0)

    assert show(parts["live"]["value_template"], event) == shown
    attributes = json.loads(show(parts["live"]["json_attributes_template"], event))
    assert attributes == {"state": state, "error": None, "saving": 0}
    for name in ("people", "emotion", "person"):
        running, live = parts[name]["availability"]
        assert (running["topic"], live["topic"]) == ("house/emobot/status", "house/emobot/hall/camera")
        assert show(live["value_template"], event) == available
        assert parts[name]["availability_mode"] == "all"


def test_what_happens_is_an_event(parts: dict[str, dict[str, Any]]) -> None:
    """Its type is one of the announced ones; all other fields are kept."""
    event = AppearedEvent(**HEAD, track=7, since=1.0, label="sad")
    shown = json.loads(show(parts["person"]["value_template"], event))

    assert shown == {**msgspec.to_builtins(event), "event_type": "appeared"}
    assert shown["event_type"] in parts["person"]["event_types"]
    assert parts["person"]["state_topic"] == "house/emobot/hall/person"


def test_everything_has_a_name_of_its_own(parts: dict[str, dict[str, Any]]) -> None:
    """Identifiers differ between cameras and between programs on one broker."""
    other = [discovery_of(*one, people=True) for one in (("a", "b_c"), ("a_b", "c"))]
    ids = [part["unique_id"] for one in (*other, {"components": parts}) for part in one["components"].values()]

    assert len(set(ids)) == len(ids) == 12


def test_sums_alone_have_no_events_of_people() -> None:
    """With `aggregate_only` no person event is announced."""
    assert "person" not in discovery_of("emobot", "hall", people=False)["components"]


def test_zones_and_lines_are_sensors() -> None:
    """People in a zone, crossings of a line in each direction; those that are gone are removed."""
    gone = Zone(name="old", points=((0.0, 0.0), (1.0, 1.0)), line=True)
    here = "emobot/hall"
    more, before = sensors_of(here, (DESK, DOOR)), sensors_of(here, (gone, DESK))
    parts = discovery_of("emobot", "hall", people=True, more=more, gone=before)["components"]
    desk, door = parts["zone-desk"], parts["line-door-out"]
    counted = Crossings(camera="hall", line="door", ins=3, outs=2)

    assert (desk["name"], desk["state_topic"]) == ("People in desk", "emobot/hall/zone/desk")
    assert show(desk["value_template"], OccupancyEvent(**HEAD, zone="desk", occupancy=4)) == "4"
    assert (door["state_topic"], show(door["value_template"], counted)) == ("emobot/hall/line/door", "2")
    assert show(parts["line-door-in"]["value_template"], counted) == "3"
    assert parts["line-old-in"] == parts["line-old-out"] == {"platform": "sensor"}


def test_alerts_are_binary_sensors() -> None:
    """On while raised, also of a camera that is away; those that are gone are removed."""
    more, gone = (alarms_of("emobot", "emobot/hall", [name]) for name in ("crowd", "away"))
    parts = discovery_of("emobot", "hall", people=True, more=more, gone={**more, **gone})["components"]
    crowd = parts["alert-crowd"]
    state = AlertState(camera="hall", alert="crowd", id="1", raised=True, text="Open a till", raised_at=90.0)

    assert (crowd["platform"], crowd["state_topic"]) == ("binary_sensor", "emobot/hall/alert/crowd")
    assert [show(crowd["value_template"], replace(state, raised=one)) for one in (True, False)] == ["ON", "OFF"]
    assert json.loads(show(crowd["json_attributes_template"], state)) == {"text": "Open a till", "raised_at": 90.0}
    assert crowd["availability"] == [{"topic": "emobot/status"}]
    assert parts["alert-away"] == {"platform": "binary_sensor"}
