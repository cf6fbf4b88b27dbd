"""Alerts at a broker: an event at each change, and a retained state."""

from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.messages import Alert
from stages.mqtt.sink import Mqtt
from tests.support.frames import make_frame
from tests.support.mqtt import Listener, Mosquitto
from tests.support.waiting import until

pytestmark = pytest.mark.process


def test_alerts_are_events_and_a_retained_state(broker: Mosquitto, listener: Listener) -> None:
    """A late subscriber reads the last state."""
    alert = Alert(id="1", name="crowd", camera="yard", when="count > 5", text="Open a till", raised_s=90.0)
    stage = Mqtt(broker=f"mqtt://127.0.0.1:{broker.port}")
    try:
        until(lambda: stage.connection.connected)
        list(stage.process([make_frame(alerts=(alert,))]))
        listener.wait(lambda: len(listener.texts("emobot/yard/alert/crowd")) == 1)
        list(stage.process([make_frame(1, alerts=(replace(alert, cleared_s=95.0, reason="condition"),))]))
        listener.wait(lambda: len(listener.texts("emobot/yard/alert/crowd")) == 2)
        late = Listener(broker.port, "late")
        try:
            late.wait(lambda: late.texts("emobot/yard/alert/crowd"))
            assert late.texts("emobot/yard/alert") == []
            (state,) = late.events("emobot/yard/alert/crowd")
        finally:
            late.close()
    finally:
        stage.close()

    assert [(e["type"], e["id"]) for e in listener.events("emobot/yard/alert")] == [
        ("alert_raised", "1"),
        ("alert_cleared", "1"),
    ]
    assert [one["raised"] for one in listener.events("emobot/yard/alert/crowd")] == [True, False]
    expected: dict[str, Any] = {"camera": "yard", "alert": "crowd", "raised": False, "text": "Open a till"}
    assert {key: state[key] for key in expected} == expected


def test_each_alert_has_a_state_before_it_is_raised(broker: Mosquitto, listener: Listener) -> None:
    """Home Assistant learns of it at once; one that is raised at a restart is never off in between."""
    alert = Alert(id="1", name="crowd", camera="hall", when="count > 5", raised_s=90.0, personal=True)
    stage = Mqtt(broker=f"mqtt://127.0.0.1:{broker.port}", discovery="homeassistant")
    config = "homeassistant/device/emobot/hall/config"
    try:
        until(lambda: stage.connection.connected)
        list(stage.process([make_frame(alerts=(alert,), watched={"crowd": True, "away": False})]))
        listener.wait(lambda: listener.texts("emobot/hall/alert/crowd") and listener.texts("emobot/hall/alert/away"))
        removed = replace(alert, cleared_s=95.0, reason="removed")
        list(stage.process([make_frame(1, alerts=(removed,), watched={"away": False})]))
        listener.wait(lambda: len(listener.texts("emobot/hall/alert")) == 2)
        listener.wait(lambda: listener.texts("emobot/hall/alert/crowd")[-1] == "")
        listener.wait(lambda: len(listener.events(config)) == 2)
    finally:
        stage.close()

    assert [one["raised"] for one in listener.events("emobot/hall/alert/away")] == [False]
    assert [bool(text) for text in listener.texts("emobot/hall/alert/crowd")] == [True, False]
    first, second = (one["components"] for one in listener.events(config))
    assert first["alert-crowd"]["state_topic"] == "emobot/hall/alert/crowd"
    assert second["alert-crowd"] == {"platform": "binary_sensor"}
