"""What an earlier run has left on the broker of cameras that were removed while nothing ran."""

import contextlib
import json
import logging
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from pipeline.messages import Frame
from stages.mqtt import leftovers
from stages.mqtt.sink import Mqtt
from tests.support.frames import make_frame
from tests.support.mqtt import Listener, Mosquitto, send
from tests.support.waiting import until
from tests.support.zones.zoned import ABOVE, INSIDE, zoned

pytestmark = pytest.mark.process

NUMBERS = count()
"""Of subscribers: the broker keeps for each what it has missed."""
YARD = {f"emobot/yard/{kind}" for kind in ("camera", "people")} | {"homeassistant/device/emobot/yard/config"}
HALL = {topic.replace("yard", "hall") for topic in YARD} | {"emobot/hall/zone/desk", "emobot/hall/line/door"}


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove at once what an earlier run has left."""
    monkeypatch.setattr(leftovers, "WAIT_S", 0.0)


@contextlib.contextmanager
def running(broker: Mosquitto, discovery: str = "homeassistant", **options: str) -> Iterator[Mqtt]:
    """Run the output until all has been confirmed."""
    with contextlib.closing(Mqtt(broker=f"mqtt://127.0.0.1:{broker.port}", discovery=discovery, **options)) as stage:
        until(lambda: stage.connection.connected)
        yield stage
        until(lambda: (send(stage), not stage.connection.undelivered)[1])


def retained(broker: Mosquitto) -> set[str]:
    """Return the topics of the messages that the broker retains."""
    with contextlib.closing(Listener(broker.port, f"late-{next(NUMBERS)}")) as late:
        with contextlib.closing(Mqtt(broker=f"mqtt://127.0.0.1:{broker.port}", topic="end", state="")) as last:
            last.connection.send("end/x", b"x")
            late.wait(lambda: "end/x" in dict(late.heard))
        return {topic for topic, text in late.heard if text} - {"end/x", "end/status", "emobot/status"}


def drawn(n: int = 0) -> Frame:
    """Return a frame of the camera `hall`, with a zone and a line."""
    return zoned(n, {1: INSIDE, 2: ABOVE})


def yard(n: int = 0) -> Frame:
    """Return a frame of the camera `yard`."""
    return make_frame(n, camera="yard")


def test_a_camera_that_is_not_in_the_next_run_leaves_nothing(broker: Mosquitto) -> None:
    """Its messages and its device stayed at the broker for ever."""
    with running(broker) as stage:
        send(stage, drawn(), drawn(1), yard())
    assert retained(broker) == HALL | YARD

    with running(broker) as stage:
        stage.keep({"yard"})
        send(stage, yard())
    assert retained(broker) == YARD

    (file,) = Path("out/mqtt").glob("*.json")
    assert set(json.loads(file.read_text())) == YARD


def test_a_camera_of_the_next_run_that_sends_nothing_keeps_all(broker: Mosquitto) -> None:
    """It may be paused. One that is removed then leaves nothing either."""
    with running(broker) as stage:
        send(stage, drawn(), drawn(1), yard())
    with running(broker) as stage:
        stage.keep({"yard", "hall"})
        send(stage, yard())
        send(stage, yard(1))
        assert retained(broker) == HALL | YARD
        stage.keep({"yard"})
        send(stage, yard(2))
    assert retained(broker) == YARD


def test_what_a_camera_no_longer_has_goes(broker: Mosquitto) -> None:
    """A zone that was removed from the config between two runs, and devices without `discovery`."""
    with running(broker) as stage:
        send(stage, drawn(), drawn(1), yard())
    with running(broker, discovery="") as stage:
        stage.keep({"yard", "hall"})
        send(stage, make_frame(camera="hall"), yard())
        send(stage, make_frame(1, camera="hall"))
    assert retained(broker) == {f"emobot/{name}/{kind}" for name in ("hall", "yard") for kind in ("camera", "people")}


def test_nothing_goes_before_the_cameras_of_a_run_can_have_come(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a fleet come later. Nor where they are not known, as in a stage that is run by hand."""
    with running(broker) as stage:
        send(stage, drawn(), drawn(1), yard())
    with running(broker) as stage:
        send(stage, yard())
    monkeypatch.setattr(leftovers, "WAIT_S", 1e9)
    with running(broker) as stage:
        stage.keep({"yard"})
        send(stage, yard())
    assert retained(broker) == HALL | YARD


def test_other_programs_lose_nothing(broker: Mosquitto, caplog: pytest.LogCaptureFixture) -> None:
    """Neither one with another topic, nor one in the same folder with the same topic, which is against the rules."""
    caplog.set_level(logging.WARNING, "stages.mqtt.leftovers")
    with running(broker) as first, running(broker, topic="emobot/hall") as other:
        send(first, drawn(), drawn(1))
        send(other, yard())
        before = retained(broker)
        with running(broker, discovery="") as second:
            second.keep({"yard"})
            send(second, yard())
            send(second, yard(1))
        assert retained(broker) == before | {"emobot/yard/camera", "emobot/yard/people"}

    assert "another run with the same topic uses it" in caplog.text


def test_it_goes_from_a_broker_that_is_away_when_the_run_ends(broker: Mosquitto) -> None:
    """The run after that tries again."""
    with running(broker) as stage:
        send(stage, drawn(), drawn(1), yard())
    with contextlib.closing(Mqtt(broker=f"mqtt://127.0.0.1:{broker.port}", discovery="homeassistant")) as stage:
        until(lambda: stage.connection.connected)
        broker.stop()
        until(lambda: not stage.connection.connected)
        stage.keep({"yard"})
        send(stage, yard())
        send(stage, yard(1))
    broker.start()
    assert retained(broker) == HALL | YARD
    with running(broker) as stage:
        stage.keep({"yard"})
        send(stage, yard())
    assert retained(broker) == YARD


@pytest.mark.parametrize("content", [b"", b"[1]", b"\xff\xfe", b'{"a": 1}'])
def test_a_damaged_file_is_replaced(broker: Mosquitto, caplog: pytest.LogCaptureFixture, content: bytes) -> None:
    """In one line; events are published."""
    with running(broker) as stage:
        send(stage, yard())
    (file,) = Path("out/mqtt").glob("*.json")
    file.write_bytes(content)
    with running(broker) as stage:
        stage.keep({"yard"})
        send(stage, yard())

    assert retained(broker) == YARD
    assert set(json.loads(file.read_text())) == YARD
    assert caplog.text.count("expected topics of retained messages, found") == 1
