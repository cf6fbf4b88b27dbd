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
