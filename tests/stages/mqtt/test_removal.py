"""What is left on the broker of cameras that were removed."""

import contextlib
import json
from itertools import count

import pytest
from msgspec.structs import replace

from pipeline.messages import Alert, Frame
from stages.mqtt.sink import Mqtt
from tests.support.frames import make_frame
from tests.support.mqtt import Listener, Mosquitto, send
from tests.support.waiting import until
from tests.support.zones.zoned import ABOVE, INSIDE, zoned

pytestmark = pytest.mark.process

NUMBERS = count()
"""Of subscribers: the broker keeps for each what it has missed."""
RAISED = Alert(id="1", name="crowd", camera="hall", when="count > 0", raised_s=1e9)


def crowded(n: int, alert: Alert = RAISED, **changes: object) -> Frame:
    """Return a frame of a camera with a zone, a line and two alerts, one of them raised."""
    watched = {"crowd": False, "quiet": False}
    return zoned(n, {1: INSIDE, 2: ABOVE}, alerts=(alert,), watched=watched, **changes)


def left(stage: Mqtt, broker: Mosquitto) -> set[str]:
    """Return the topics that the broker retains."""
    send(stage)
    until(lambda: (send(stage), not stage.connection.undelivered)[1])
    with contextlib.closing(Listener(broker.port, f"late-{next(NUMBERS)}")) as late:
        # it is retained after all others
        stage.connection.send("end", b"x", retain=True)
        late.wait(lambda: "end" in dict(late.heard))
        stage.connection.send("end", b"", retain=True)
        return {topic for topic, text in late.heard if text} - {"end", "emobot/status"}


YARD = {f"emobot/yard/{kind}" for kind in ("camera", "people")} | {"homeassistant/device/emobot/yard/config"}


def test_a_removed_camera_leaves_nothing(broker: Mosquitto, stage: Mqtt, listener: Listener) -> None:
    """Neither messages nor a device. Its people are lost, and its last state says why; another camera stays."""
    send(stage, crowded(0), crowded(1), make_frame(camera="yard"))
    assert len(left(stage, broker)) == 10
    stage.keep({"yard"})

    assert left(stage, broker) == YARD
    assert [json.loads(text)["type"] for text in listener.texts("emobot/hall/person")][-2:] == ["lost", "lost"]
    *_, state, empty = listener.texts("emobot/hall/camera")
    assert (json.loads(state)["removed"], empty) == (True, "")


def test_a_camera_that_is_paused_or_has_ended_stays(broker: Mosquitto, stage: Mqtt) -> None:
    """It is still one of the run's; nothing is published about it."""
    send(stage, crowded(0), make_frame(camera="yard", state="ended"))
    before, published = left(stage, broker), stage.counts["events"]
    stage.keep({"hall", "yard", "new"})

    assert (left(stage, broker), stage.counts["events"]) == (before, published)


def test_it_is_removed_from_a_broker_that_was_away(broker: Mosquitto, stage: Mqtt) -> None:
    """Also if what waited for the broker was lost, or it had a copy of everything."""
    send(stage, crowded(0), make_frame(camera="yard"))
    left(stage, broker)
    broker.stop()
    stage.keep({"yard"})
    broker.start()
    until(lambda: stage.connection.connected)
    assert left(stage, broker) == YARD

    stage.connection.send("emobot/hall/camera", b"{}", retain=True)
    assert "emobot/hall/camera" in left(stage, broker)
    broker.stop()
    broker.start()
    until(lambda: stage.connection.connected)
    assert left(stage, broker) == YARD


def test_its_alert_is_cleared_and_leaves_nothing(broker: Mosquitto, stage: Mqtt, listener: Listener) -> None:
    """Once, although the frames of other cameras carry it, too."""
    send(stage, crowded(0), make_frame(camera="yard", alerts=()))
    left(stage, broker)
    stage.keep({"yard"})
    cleared = replace(RAISED, cleared_s=1e9 + 5, reason="removed")
    send(stage, make_frame(1, camera="yard", alerts=(cleared,)))

    assert left(stage, broker) == YARD
    assert [e["type"] for e in listener.events("emobot/hall/alert")] == ["alert_raised", "alert_cleared"]


def test_a_camera_that_comes_back_is_published_again(broker: Mosquitto, stage: Mqtt) -> None:
    """With its device, and after a reconnection too."""
    send(stage, crowded(0))
    before = left(stage, broker)
    stage.keep(set())
    send(stage, crowded(0, replace(RAISED, id="2"), run=2))
    assert left(stage, broker) == before
    broker.stop()
    broker.start()
    until(lambda: stage.connection.connected)

    assert left(stage, broker) == before
