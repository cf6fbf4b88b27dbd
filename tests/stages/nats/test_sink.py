"""Events in a stream of a real server."""

import json
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.config.config import parse_config
from pipeline.config.graph import build_plan
from pipeline.errors import ConfigError, InputError
from pipeline.messages import Frame
from pipeline.transport.nats.events import NatsReader
from pipeline.transport.nats.server import parse_server
from stages.nats import sender as module
from stages.nats.sink import Nats, host_name
from tests.support.fleet.server import NatsServer
from tests.support.frames import make_face, make_frame
from tests.support.waiting import until

APPEARED, SEEN, LOST = ("emotion.shop.hall.1",) * 3


def send(stage: Nats, frames: Sequence[Frame]) -> None:
    """Let the stage publish frames."""
    assert list(stage.process(frames)) == []


def people(first: int, last: int) -> list[Frame]:
    """Return frames, ten a second, with a face each."""
    return [make_frame(n, [make_face(1)]) for n in range(first, last)]


@pytest.mark.process
@pytest.mark.parametrize(("format", "decode"), [("json", msgspec.json.decode), ("msgpack", msgspec.msgpack.decode)])
def test_events_are_under_box_camera_and_track(
    stage: Callable[..., Nats], server: NatsServer, format: str, decode: Callable[[bytes], dict[str, Any]]
) -> None:
    """In the order in which they happened, in both encodings."""
    one = stage(format=format)
    send(one, [make_frame(0, [make_face(1)]), make_frame(30)])
    until(lambda: not one.sender.undelivered, server.log)

    found = [(subject, decode(payload)["type"]) for subject, payload in server.stored()]
    assert found == [
        ("camera.shop.hall", "camera"),
        ("emotion.shop.hall.1", "appeared"),
        ("emotion.shop.hall.1", "observation"),
        ("emotion.shop.hall.1", "lost"),
    ]


@pytest.mark.process
def test_the_last_event_of_a_removed_camera_says_so(stage: Callable[..., Nats], server: NatsServer) -> None:
    """It has a number of its own, as have those of a camera that gets the name later: none is dropped as known."""
    one = stage()
    send(one, [make_frame(0, [make_face(1)])])
    one.keep(set())
    send(one, [make_frame(0, run=2)])
    until(lambda: not one.sender.undelivered, server.log)

    found = [(subject, msgspec.json.decode(payload)) for subject, payload in server.stored()]
    assert [(subject, e["type"], e["seq"], e.get("removed")) for subject, e in found[2:]] == [
        ("emotion.shop.hall.1", "observation", 2, None),
        ("emotion.shop.hall.1", "lost", 3, None),
        ("camera.shop.hall", "camera", 4, True),
        ("camera.shop.hall", "camera", 5, False),
    ]


@pytest.mark.process
def test_only_sums_leave_with_aggregate_only(stage: Callable[..., Nats], server: NatsServer) -> None:
    """No subject names a person."""
    one = stage(aggregate_only=True, aggregate_s=1)
    send(one, [*people(0, 25), make_frame(25, state="ended")])
    until(lambda: not one.sender.undelivered, server.log)

    assert {subject for subject, _ in server.stored()} == {"camera.shop.hall", "aggregate.shop.hall"}
    assert b"track" not in b"".join(payload for _, payload in server.stored())


@pytest.mark.process
def test_nothing_is_lost_or_stored_twice_while_the_server_restarts(
    stage: Callable[..., Nats], server: NatsServer
) -> None:
    """Events wait in order; what was confirmed too late is recognised by its number."""
    one = stage(observations_hz=0)
    for part in range(4):
        send(one, people(part * 100, part * 100 + 100))
        if part == 1:
            server.stop()
        if part == 2:
            server.start()
    until(lambda: not one.sender.undelivered, server.log)

    events = [json.loads(payload) for _, payload in server.stored()]
    assert [event["seq"] for event in events] == [*range(len(events))]
    assert sum(event["type"] == "observation" for event in events) == 400


@pytest.mark.process
def test_a_message_sent_twice_is_stored_once(
    stage: Callable[..., Nats], server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a confirmation that was lost with the connection."""
    publish, broken = module.publish, iter([True])

    async def forgetful(context: Any, message: Any) -> None:
        await publish(context, message)
        if next(broken, False):
            raise TimeoutError

    monkeypatch.setattr(module, "publish", forgetful)
    one = stage()
    send(one, people(0, 1))
    until(lambda: not one.sender.undelivered, server.log)

    assert [json.loads(payload)["seq"] for _, payload in server.stored()] == [0, 1, 2]


@pytest.mark.process
def test_events_are_read_from_the_past_and_live(stage: Callable[..., Nats], server: NatsServer) -> None:
    """Also across a restart of the server, none twice."""
    one = stage(observations_hz=0)
    send(one, people(0, 10))
    until(lambda: not one.sender.undelivered, server.log)
    events = iter(NatsReader(parse_server(server.url), since=time.time() - 60, timeout_s=20))
    past = [next(events) for _ in range(12)]
    server.stop()
    server.start()
    send(one, people(10, 15))
    live = [next(events) for _ in range(5)]

    assert {stored.box for stored in past} == {"shop"}
    assert [stored.event.seq for stored in past + live] == [*range(17)]
    assert list(NatsReader(parse_server(server.url), since=time.time() + 60, timeout_s=0.3)) == []


@pytest.mark.process
@pytest.mark.parametrize("loses", [False, True], ids=["keeps", "loses"])
def test_a_reader_misses_nothing_while_the_server_is_away(
    stage: Callable[..., Nats], server: NatsServer, tmp_path: Path, loses: bool
) -> None:
    """Not even before its first event; nor of a server that has lost its streams, and numbers the next ones again."""
    one = stage(observations_hz=0)
    send(one, people(0, 10))
    until(lambda: not one.sender.undelivered, server.log)
    events, found = iter(NatsReader(parse_server(server.url), timeout_s=20.0)), list[int]()
    reader = threading.Thread(target=lambda: found.extend(next(events).event.seq for _ in range(5)))
    reader.start()
    until(lambda: server.consumers() == 1, server.log)
    server.stop()
    if loses:
        shutil.rmtree(tmp_path / "streams")
    send(one, people(10, 15))
    server.start()
    reader.join(20.0)

    assert found == [*range(12, 17)]


@pytest.mark.process
def test_a_stream_with_other_subjects_is_left_alone(
    stage: Callable[..., Nats], server: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """One line names what is missing; the events wait."""
    first = stage(stream="EVENTS")
    until(lambda: first.sender.connected, server.log)
    second = stage(stream="OTHER")
    send(second, people(0, 1))
    until(lambda: "overlap" in caplog.text, lambda: caplog.text)

    assert second.sender.undelivered == 3


@pytest.mark.process
@pytest.mark.parametrize("settings", ['token: "right"', 'user: a, password: "right"'])
def test_a_wrong_login_is_refused(tmp_path: Path, settings: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing gets in; the right one does."""
    user = "a:" if "user" in settings else ""
    server = NatsServer(tmp_path, f"authorization {{ {settings} }}")
    server.start()
    try:
        for login in ("wrong", "right"):
            monkeypatch.setenv("NATS_LOGIN", f"{user}{login}")
            reader = NatsReader(parse_server(server.url, "NATS_LOGIN"), timeout_s=0.1)
            with pytest.raises(InputError, match="refuses this login" if login == "wrong" else "stream"):
                list(reader)
    finally:
        server.stop()


@pytest.mark.process
def test_tls_is_never_given_up(server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without TLS, or somebody on the way who claims that it has none, does not get the login."""
    monkeypatch.setenv("NATS_LOGIN", "a:secret")
    reader = NatsReader(parse_server(server.url.replace("nats", "tls"), "NATS_LOGIN"))

    with pytest.raises(InputError, match="expected TLS, found a server without"):
        list(reader)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"server": "mqtt://x"}, ConfigError, "expected an address such as nats://"),
        ({"server": "nats://user:secret@x"}, ConfigError, "found one with a login"),
        ({"server": "nats://x,tls://y"}, ConfigError, "expected either"),
        ({"server": "nats://x:port"}, ConfigError, "expected an address"),
        ({"credentials_env": "NOT_THERE"}, ConfigError, "no such variable"),
        ({"server": "tls://x", "ca": "/dev/null"}, InputError, "expected certificates in PEM"),
        ({"creds": "/dev/null"}, InputError, "expected a credentials file"),
        ({"creds": "/nowhere"}, InputError, "No such file"),
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, str], error: type[Exception], text: str) -> None:
    """Before anything starts, in one line without the secret."""
    with pytest.raises(error, match=text) as raised:
        Nats.check(**options)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_privacy_applies() -> None:
    """`[privacy]` sets `aggregate_only` for this output, too."""
    tables = {
        "camera": {"a": {"source": "demo"}},
        "output": {"n": {"kind": "nats"}},
        "privacy": {"aggregate_only": True},
    }

    assert build_plan(parse_config(tables))["output.n"].options["aggregate_only"] is True


def test_the_host_name_is_one_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dots would separate parts of a subject."""
    monkeypatch.setattr("socket.gethostname", lambda: "box.shop 12.example")

    assert host_name() == "box-shop-12-example"
