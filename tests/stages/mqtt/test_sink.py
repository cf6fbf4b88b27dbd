"""Messages published about frames, received by another client."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from pipeline.config.options import Problems, read_table, stage_keys
from pipeline.errors import ConfigError, InputError
from pipeline.messages import Frame, Label
from stages.mqtt import broker as module
from stages.mqtt.sink import Mqtt
from tests.support.frames import make_face, make_frame
from tests.support.mqtt import Gate, Listener, Mosquitto
from tests.support.waiting import until

pytestmark = pytest.mark.process

CAMERA, PEOPLE, OBSERVATION = (f"emobot/hall/{kind}" for kind in ("camera", "people", "observation"))
CONFIG = "homeassistant/device/emobot/hall/config"


def picture(n: int, *people: tuple[int, Label], **changes: Any) -> Frame:
    """Return picture n of a stream of 10 Hz."""
    return make_frame(n, [make_face(track, label=label) for track, label in people], **changes)


def send(stage: Mqtt, frames: Sequence[Frame]) -> None:
    """Let the stage publish frames."""
    assert list(stage.process(frames)) == []


@pytest.fixture
def stage(broker: Mosquitto) -> Iterator[Callable[..., Mqtt]]:
    """Return what makes a stage that sends to the broker, and has said that it is there."""
    with contextlib.ExitStack() as made:

        def make(**options: Any) -> Mqtt:
            one = Mqtt(broker=f"mqtt://127.0.0.1:{broker.port}", **options)
            made.callback(one.close)
            until(lambda: one.connection.connected)
            return one

        yield make


def test_who_comes_changes_and_leaves(stage: Callable[..., Mqtt], listener: Listener) -> None:
    """Events are under their camera's topics as JSON; who is there, and what most show, is kept up to date."""
    frames = [
        picture(0, (1, "sad"), (2, "happy")),
        picture(1, (1, "happy"), (2, "happy")),
        picture(20, (2, "happy")),
        picture(40),
    ]
    send(stage(), frames)
    listener.wait(lambda: len(listener.texts("emobot/hall/person")) == 5 and len(listener.texts(PEOPLE)) == 6)

    assert listener.heard[0] == ("emobot/status", "online")
    happened = listener.events("emobot/hall/person")
    assert [(e["type"], e["track"]) for e in happened] == [
        ("appeared", 1),
        ("appeared", 2),
        ("changed", 1),
        ("lost", 1),
        ("lost", 2),
    ]
    assert (happened[2]["from"], happened[2]["to"]) == ("sad", "happy")
    people = [(e["people"], e["emotion"]) for e in listener.events(PEOPLE)]
    assert people == [(0, None), (1, "sad"), (2, "sad"), (2, "happy"), (1, "happy"), (0, None)]
    assert [e["state"] for e in listener.events("emobot/hall/camera")] == ["live"]


def test_observations_are_once_a_second(stage: Callable[..., Mqtt], listener: Listener) -> None:
    """Observations are limited to a rate; 0 publishes those of every frame."""
    frames = [picture(n, (1, "sad")) for n in range(21)]
    send(stage(), frames)
    send(stage(topic="house/all", observations_hz=0), frames)
    listener.wait(lambda: len(listener.texts("house/all/hall/observation")) == 21)

    assert [e["pts_ms"] for e in listener.events("emobot/hall/observation")] == [0, 1000, 2000]


def test_who_comes_later_is_told_how_things_are(broker: Mosquitto, stage: Callable[..., Mqtt]) -> None:
    """The broker keeps what the camera does and who is there; of a camera that is away nobody knows who is."""
    one = stage()
    send(one, [picture(0, (1, "sad")), picture(1, (1, "sad"))])
    until(lambda: not one.connection.undelivered)
    with contextlib.closing(Listener(broker.port)) as late:
        late.wait(lambda: len(late.heard) >= 3)
        assert dict(late.heard).keys() == {"emobot/status", CAMERA, PEOPLE}
        assert late.events(PEOPLE)[-1]["people"] == 1

        send(one, [picture(2, state="offline", error="no route")])
        late.wait(lambda: late.events("emobot/hall/camera")[-1]["state"] == "offline")
        late.wait(lambda: late.events(PEOPLE)[-1]["people"] is None)
        assert late.events("emobot/hall/camera")[-1]["error"] == "no route"


def test_nothing_is_lost_while_the_broker_is_away(
    broker: Mosquitto, stage: Callable[..., Mqtt], listener: Listener
) -> None:
    """Every event arrives once it is back, in order; and what it retains is said again."""
    one = stage(observations_hz=0)
    send(one, [picture(0, (1, "sad"))])
    listener.wait(lambda: bool(listener.texts("emobot/hall/observation")))
    broker.stop()
    send(one, [picture(n, (1, "sad")) for n in range(1, 200)])
    broker.start()
    until(lambda: one.connection.connected)
    send(one, [picture(200, (1, "sad"))])
    listener.wait(lambda: [e["frame"] for e in listener.events("emobot/hall/observation")][-1:] == [200])

    frames = [e["frame"] for e in listener.events("emobot/hall/observation")]
    assert sorted(set(frames)) == list(range(201))
    assert frames == sorted(frames)
    assert listener.texts("emobot/status")[-1] == "online"
    assert one.counts["lost"] == 0


def test_without_a_broker_there_is_an_end(
    monkeypatch: pytest.MonkeyPatch, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    """Memory is bounded: of what there is no room for the oldest is lost, and counted; the log says it once."""
    monkeypatch.setattr(module, "MOST_WAITING", 5)
    broker.stop()
    one = Mqtt(broker=f"mqtt://127.0.0.1:{broker.port}")
    tried: list[int] = []
    connect = one.connection.connection.try_once
    monkeypatch.setattr(one.connection.connection, "try_once", lambda now: (connect(now), tried.append(1))[0])
    send(one, [picture(n, (n, "sad")) for n in range(3)])
    assert (one.counts["events"], one.counts["lost"]) == (11, 6)
    until(lambda: len(tried) >= 2)

    one.close()
    assert "5 messages were not delivered to the MQTT broker" in caplog.text
    assert caplog.text.count("cannot be reached (Connection refused)") == 1


def test_what_was_too_much_leaves_the_newest(
    monkeypatch: pytest.MonkeyPatch, broker: Mosquitto, stage: Callable[..., Mqtt]
) -> None:
    """Once the broker is back, it has what is so now, though there was no room for all that had been so."""
    monkeypatch.setattr(module, "MOST_WAITING", 20)
    one = stage(discovery="homeassistant")
    send(one, [picture(0, (1, "sad"))])
    broker.stop(forget=True)
    send(one, [picture(n, (n, "happy")) for n in range(1, 100)])
    assert one.counts["lost"]
    one.stream.now = lambda: time.time() + 6  # it is time to say again what the camera does
    broker.start()
    until(lambda: one.connection.connected)
    send(one, [picture(100, (100, "happy"))])
    until(lambda: (send(one, []), not one.connection.undelivered)[1])

    with contextlib.closing(Listener(broker.port)) as late:
        late.wait(lambda: len(late.heard) >= 4)
        assert dict(late.heard).keys() == {"emobot/status", CAMERA, PEOPLE, CONFIG}
        assert late.texts("emobot/status") == ["online"]
        assert late.events(PEOPLE)[0]["emotion"] == "happy"


def test_what_waited_comes_before_what_is_new(gate: Gate, listener: Listener) -> None:
    """A connection that is being made takes nothing yet: what waits has to go first."""
    with contextlib.closing(Mqtt(broker=f"mqtt://127.0.0.1:{gate.port}", observations_hz=0)) as one:
        until(lambda: one.connection.connected)
        send(one, [picture(n, (1, "sad")) for n in range(10)])
        listener.wait(lambda: len(listener.texts(OBSERVATION)) == 10)
        gate.open.clear()
        send(one, [picture(n, (1, "sad")) for n in range(10, 20)])  # on their way, and not confirmed
        gate.cut()
        until(lambda: not one.connection.connected)
        send(one, [picture(n, (1, "sad")) for n in range(20, 40)])
        until(lambda: gate.came == 2)
        send(one, [picture(n, (1, "sad")) for n in range(40, 60)])
        gate.open.set()
        until(lambda: (send(one, []), not one.connection.undelivered)[1])

    frames = [e["frame"] for e in listener.events(OBSERVATION)]
    assert list(dict.fromkeys(frames)) == list(range(60))
    assert frames[-40:] == list(range(20, 60))


def test_an_end_that_is_not_heard_is_one_all_the_same(
    gate: Gate, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    """A broker that has not confirmed everything is left without a farewell: it then says that we are gone."""
    one = Mqtt(broker=f"mqtt://127.0.0.1:{gate.port}")
    until(lambda: one.connection.connected)
    gate.open.clear()
    send(one, [picture(n, (n, "sad")) for n in range(50)])
    one.close()

    assert "messages were not delivered to the MQTT broker" in caplog.text
    listener.wait(lambda: listener.texts("emobot/status")[-1] == "offline")


def test_sums_alone_tell_of_nobody(stage: Callable[..., Mqtt], listener: Listener) -> None:
    """With `aggregate_only` no message has a track, a box or a face's label."""
    send(
        stage(aggregate_only=True, min_people=3, discovery="homeassistant"),
        [picture(n, (7, "sad"), (8, "happy"), (9, "happy")) for n in range(0, 110, 5)],
    )
    listener.wait(lambda: any('"people":3' in text for text in listener.texts(PEOPLE)))

    (config,) = listener.events(CONFIG)
    assert config["components"].keys() == {"people", "emotion", "live"}
    listener.heard = [(topic, text) for topic, text in listener.heard if topic != CONFIG]
    assert {topic.rpartition("/")[2] for topic, _ in listener.heard} == {"status", "camera", "people", "aggregate"}
    assert listener.events(PEOPLE)[-1]["emotion"] == "happy"
    assert not any(word in text for _, text in listener.heard for word in ("track", "box", "label"))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"broker": "192.168.1.5"}, "expected an address such as mqtt://.* found '192.168.1.5'"),
        ({"broker": "http://192.168.1.5"}, "expected an address such as mqtt://"),
        ({"broker": "mqtt://"}, "expected an address such as mqtt://"),
        ({"broker": "mqtt://host:99999"}, "expected an address such as mqtt://"),
        ({"broker": "mqtt://host/topic"}, "expected an address such as mqtt://"),
        ({"broker": "mqtt://a..b"}, "expected an address such as mqtt://"),
        ({"broker": "mqtt://me:secret@host"}, "see credentials_env, found one with a login"),
        ({"broker": "me:secret@host"}, "expected an address such as mqtt://.* found one with a login"),
        ({"broker": "mqtt:/me:secret@host"}, "expected an address such as mqtt://.* found one with a login"),
        ({"credentials_env": "NO_SUCH"}, "environment variable NO_SUCH, found no such variable"),
        ({"ca": "/no/such.pem"}, "expected certificates in PEM, found nothing: /no/such.pem"),
        ({"ca": __file__}, "expected certificates in PEM, found none: "),
    ],
)
def test_what_cannot_work_is_said_before_anything_starts(options: dict[str, str], expected: str) -> None:
    """One line gives the reason, without the password."""
    with pytest.raises((ConfigError, InputError), match=expected) as refused:
        Mqtt.check(**options)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("topic", ["", "/", "a/", "/a", "a//b", "a/#", "+", "a b", "ä"])
def test_topics_that_would_not_do_are_refused(topic: str) -> None:
    """Wildcards would be refused by the broker, and empty levels be mistaken for others."""
    problems = Problems()
    read_table("output.x", {"topic": topic}, stage_keys(Mqtt), problems)

    assert len(problems) == 1 and "topic" in problems[0]
