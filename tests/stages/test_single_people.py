"""Under `aggregate_only` nothing about a single person leaves any output that the registry has.

A new output that is accepted under `aggregate_only` fails here until it has a receiver below.
"""

import contextlib
import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq

from pipeline.config.config import parse_config
from pipeline.config.graph import build_plan
from pipeline.config.options import stage_keys
from pipeline.config.registry import OUTPUTS, resolve
from pipeline.config.tables.privacy import AGGREGATE
from pipeline.messages import Alert, Box, Frame, Zone
from pipeline.stage import Stage
from tests.stages.email.servers import MailBox, serving
from tests.stages.webhook.hooks import Hook, hook
from tests.support.fleet.server import NATS_SERVER, NatsServer
from tests.support.frames import make_face, make_frame
from tests.support.mqtt import broker, listener, mosquitto
from tests.support.ports import free_port
from tests.support.waiting import until

__all__ = ["broker", "hook", "listener", "mosquitto"]  # fixtures

pytestmark = pytest.mark.process

SUMS = [kind for kind, use in OUTPUTS.items() if AGGREGATE in stage_keys(resolve(use))]
"""Outputs that run under `aggregate_only`; `tests/pipeline/config/test_privacy.py`: all others are refused."""
TRACK, EDGE, YAW, ALONE = 7771, 123.25, 12.125, "somebody-is-alone"
"""What is only true of the person: their number, a side of their box, their head's pose, an alert about them."""
SINGLE = (str(TRACK), str(EDGE), str(YAW), ALONE)
"""The same in messages."""
LEAST = 3
SHELF = Zone(name="shelf", points=((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5)))


def alert(name: str, *, personal: bool) -> Alert:
    """Return a raised alert."""
    values = {"id": name, "name": name, "camera": "hall", "when": "offline > 1s", "raised_s": 1e9}
    return Alert(**values, personal=personal)  # type: ignore[arg-type]


def frames() -> Iterator[Frame]:
    """Yield four seconds of one person alone in a zone, and two minutes later of four of whom they are one."""
    away, about = alert("away", personal=False), alert(ALONE, personal=True)
    for n in (*range(40), *range(1240, 1280)):
        of = (TRACK,) if n < 40 else (TRACK, 1, 2, 3)
        faces = [make_face(one, box=Box(x=EDGE, y=2, width=30, height=40), yaw=YAW) for one in of]
        yield make_frame(n, faces, alerts=(away, about) if n > 20 else (), zones=(SHELF,))
    yield make_frame(1280, state="ended")


class Heard:
    """What left an output, as text, with the receiver that its options name.

    Args:
        options: Options that lead to the receiver.
        read: Returns everything that has arrived, as text.
        lively: What is in it once the sums of all four have arrived.
        joins: Whether it hears only what is sent after it has joined.
    """

    def __init__(self, read: Callable[[], str], lively: str = "happy", *, joins: bool = False, **options: Any) -> None:
        self.read, self.lively, self.joins, self.options = read, lively, joins, options

    def join(self, stage: Stage) -> None:
        """Have another camera's state change until it is heard of."""
        states = itertools.cycle(("connecting", "offline"))
        until(lambda: (list(stage.process([make_frame(camera="yard", state=next(states))])), self.read())[1])


@contextlib.contextmanager
def receive_events(folder: Path, ask: Callable[[str], Any]) -> Iterator[Heard]:
    """Subscribe to everything."""
    address = f"tcp://127.0.0.1:{free_port()}"
    heard: list[str] = []
    with zmq.Context() as context, context.socket(zmq.SUB) as subscriber:
        subscriber.subscribe(b"")
        subscriber.connect(address)

        def read() -> str:
            while subscriber.poll(0):
                topic, event = subscriber.recv_multipart()
                heard.append(f"{topic.decode()} {json.dumps(msgspec.msgpack.decode(event))}")
            return "\n".join(heard)

        yield Heard(read, joins=True, address=address)


@contextlib.contextmanager
def receive_history(folder: Path, ask: Callable[[str], Any]) -> Iterator[Heard]:
    """Read the file."""
    path = folder / "past.sqlite"

    def read() -> str:
        with contextlib.closing(sqlite3.connect(path)) as database:
            return "\n".join(database.iterdump())

    yield Heard(read, path=str(path))


@contextlib.contextmanager
def receive_webhook(folder: Path, ask: Callable[[str], Any]) -> Iterator[Heard]:
    """Read the requests."""
    server: Hook = ask("hook")
    options = {"url": server.url, "queue": str(folder / "w.sqlite"), "max_wait_s": 0.0}
    yield Heard(lambda: b"\n".join(request.body for request in server.requests).decode(), **options)


@contextlib.contextmanager
def receive_mqtt(folder: Path, ask: Callable[[str], Any]) -> Iterator[Heard]:
    """Listen to the broker; the descriptions of sensors for Home Assistant list all labels."""
    heard = ask("listener").heard

    def read() -> str:
        return "\n".join(f"{topic} {text}" for topic, text in heard if not topic.startswith("homeassistant/"))

    yield Heard(read, broker=f"mqtt://127.0.0.1:{ask('broker').port}", state="")


@contextlib.contextmanager
def receive_nats(folder: Path, ask: Callable[[str], Any]) -> Iterator[Heard]:
    """Read the stream."""
    if not NATS_SERVER:
        pytest.skip("nats-server is not installed")
    pytest.importorskip("nats.aio.client")  # two threads that import it first would wait for each other
    server = NatsServer(folder)
    server.start()
    try:
        yield Heard(lambda: "\n".join(f"{topic} {text.decode()}" for topic, text in server.stored()), server=server.url)
    finally:
        server.stop()


@contextlib.contextmanager
def receive_email(folder: Path, ask: Callable[[str], Any]) -> Iterator[Heard]:
    """Read the mail box: it gets alerts alone."""
    with serving(MailBox()) as box:
        options = {"server": box.url, "sender": "e@example.org", "to": ["a@example.org"], "starttls": False}
        options |= {"queue": str(folder / "mail.sqlite"), "max_wait_s": 0.0}
        yield Heard(lambda: "\n".join(str(message) for _, message in box.messages), "away raised", **options)


RECEIVERS = {
    "email": receive_email,
    "events": receive_events,
    "history": receive_history,
    "mqtt": receive_mqtt,
    "nats": receive_nats,
    "webhook": receive_webhook,
}


def test_every_such_output_is_listened_to() -> None:
    """A new one cannot be forgotten."""
    assert sorted(RECEIVERS) == sorted(SUMS)


@pytest.mark.parametrize("kind", SUMS)
def test_nothing_single_leaves(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """With the options that the plan gives it; sums of enough people do leave."""
    with RECEIVERS[kind](tmp_path, request.getfixturevalue) as heard:
        tables = {
            "camera": {"hall": {"source": "demo"}},
            "output": {"one": {"kind": kind, **heard.options}},
            "privacy": {"aggregate_only": True, "min_people": LEAST},
        }
        node = build_plan(parse_config(tables), "c.toml")["output.one"]
        keys = stage_keys(resolve(node.use))
        seconds = {"aggregate_s": 1.0} if "aggregate_s" in keys else {}
        stage = resolve(node.use)(**node.options, **seconds)
        with contextlib.closing(stage):
            if heard.joins:
                heard.join(stage)
            for frame in frames():
                assert list(stage.process([frame])) == []
            if kind != "history":
                until(lambda: (list(stage.process([])), heard.lively in heard.read())[1])
        found = heard.read()

    assert heard.lively in found
    assert [word for word in SINGLE if word in found] == []
    assert not any(line.startswith("emotion.") for line in found.splitlines())
