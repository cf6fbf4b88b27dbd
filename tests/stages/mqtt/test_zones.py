"""Messages about zones and lines."""

import contextlib
import json

import pytest

from stages.mqtt.sink import Mqtt
from tests.support.mqtt import Listener, Mosquitto, send
from tests.support.waiting import until
from tests.support.zones.zoned import ABOVE, BELOW, DOOR, INSIDE, zoned

pytestmark = pytest.mark.process


def test_zones_are_retained_until_they_are_gone(broker: Mosquitto, stage: Mqtt, listener: Listener) -> None:
    """Late subscribers receive occupancy and crossings; a visit is an event; a removed zone leaves no message."""
    send(stage, zoned(0, {1: ABOVE}), zoned(1, {1: INSIDE}), zoned(2, {1: INSIDE}))
    listener.wait(lambda: len(listener.texts("emobot/hall/zone/desk")) == 2)
    listener.wait(lambda: len(listener.texts("emobot/hall/line/door")) == 2)

    assert [one["occupancy"] for one in listener.events("emobot/hall/zone/desk")] == [0, 1]
    assert [one["in"] for one in listener.events("emobot/hall/line/door")] == [0, 1]
    assert [one["type"] for one in listener.events("emobot/hall/zone")] == ["zone_entered"]
    assert [one["direction"] for one in listener.events("emobot/hall/line")] == ["in"]

    send(stage, zoned(3, {1: BELOW}, zones=(DOOR,)))
    until(lambda: not stage.connection.undelivered)
    with contextlib.closing(Listener(broker.port, "late")) as late:
        late.wait(lambda: "emobot/hall/line/door" in dict(late.heard))
        late.wait(lambda: "homeassistant/device/emobot/hall/config" in dict(late.heard))
        assert "emobot/hall/zone/desk" not in dict(late.heard)
        config = json.loads(dict(late.heard)["homeassistant/device/emobot/hall/config"])
    assert config["components"]["zone-desk"] == {"platform": "sensor"}
    assert config["components"]["line-door-in"]["state_topic"] == "emobot/hall/line/door"
