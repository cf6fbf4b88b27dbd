"""The bridges in the documents work."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zmq
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer

from pipeline.messages import EMOTIONS
from tests.support.waiting import until


@pytest.fixture
def heard() -> Iterator[tuple[int, dict[str, Any]]]:
    """Return the port of an OSC receiver, and what it has heard: the last value by address."""
    values: dict[str, Any] = {}
    dispatcher = Dispatcher()
    dispatcher.set_default_handler(lambda address, value: values.update({address: value}))
    with BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1], values
        server.shutdown()
        thread.join()


@pytest.mark.process
def test_emotions_arrive_as_osc(repository: Path, heard: tuple[int, dict[str, Any]]) -> None:
    """Seven probabilities, a label, and at the end the seconds; a face that was not classified has only a label."""
    port, values = heard
    fused = {name: n / 28 for n, name in enumerate(EMOTIONS, 1)}
    person: dict[str, Any] = {"camera": "door", "track": 3}
    sent = [
        person | {"type": "observation", "fused": fused, "label": "neutral"},
        person | {"type": "observation", "track": 4, "fused": None, "label": "uncertain"},
        person | {"type": "changed", "from": "sad", "to": "neutral"},
        person | {"type": "lost", "duration_ms": 2500.0},
    ]
    with zmq.Context() as context, context.socket(zmq.XPUB) as socket:
        events = socket.bind_to_random_port("tcp://127.0.0.1")
        bridge = repository / "docs/bridges/osc.py"
        command = [sys.executable, bridge, "127.0.0.1", str(port), f"tcp://127.0.0.1:{events}"]
        with subprocess.Popen(command) as process:
            try:
                assert socket.poll(20_000), "the bridge does not listen"
                for event in sent:
                    socket.send_multipart([f"emotion.door.{event['track']}".encode(), msgpack.packb(event)])
                until(lambda: "/emobot/door/3/lost" in values)
            finally:
                process.kill()

    assert values.pop("/emobot/door/3/lost") == 2.5
    assert values.pop("/emobot/door/4/label") == "uncertain"
    assert values.pop("/emobot/door/3/label") == "neutral"
    assert values == pytest.approx({f"/emobot/door/3/{name}": value for name, value in fused.items()}, abs=1e-6)


LOOPBACK = (
    '<CycloneDDS><Domain><General><Interfaces><NetworkInterface name="lo" multicast="true"/></Interfaces></General>'
    "</Domain></CycloneDDS>"
)
"""Settings of Cyclone DDS that keep to this machine."""
ROS_DOMAIN = "57"


@pytest.mark.process
def test_events_arrive_in_ros_2(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process reads them from DDS under the names that ROS 2 gives its topic and its type."""
    idl = pytest.importorskip("cyclonedds.idl", reason="cyclonedds is not installed")
    monkeypatch.setenv("CYCLONEDDS_URI", LOOPBACK)
    monkeypatch.setenv("ROS_DOMAIN_ID", ROS_DOMAIN)
    from cyclonedds import domain, sub, topic

    string = dataclass(
        type("String", (idl.IdlStruct,), {"__annotations__": {"data": str}}, typename="std_msgs.msg.dds_.String_")
    )
    participant = domain.DomainParticipant(int(ROS_DOMAIN))
    reader = sub.DataReader(participant, topic.Topic(participant, "rt/emobot", string))
    event = {"type": "changed", "camera": "door", "track": 3, "after": "happy"}
    with zmq.Context() as context, context.socket(zmq.XPUB) as socket:
        port = socket.bind_to_random_port("tcp://127.0.0.1")
        with subprocess.Popen(
            [sys.executable, repository / "docs/bridges/ros2.py", f"tcp://127.0.0.1:{port}"]
        ) as process:
            try:
                assert socket.poll(20_000), "the bridge does not listen"

                def arrives() -> list[Any]:
                    # DDS drops what is written before both sides have found each other
                    socket.send_multipart([b"emotion.door.3", msgpack.packb(event)])
                    return [json.loads(one.data) for one in reader.take(10)]

                found: list[Any] = []
                until(lambda: bool(found.extend(arrives()) or found))
            finally:
                process.kill()

    assert found[0] == {"topic": "emotion.door.3", **event}


def test_the_flow_for_node_red_reads_what_is_published(repository: Path) -> None:
    """Its topics and fields are those of the document, and its wires lead to its nodes."""
    flow = json.loads((repository / "docs/bridges/node-red.json").read_text())
    page = (repository / "docs/mqtt.md").read_text()
    names = {node["id"] for node in flow}

    assert {wire for node in flow for output in node.get("wires", ()) for wire in output} <= names
    for node in flow:
        if node["type"] == "mqtt in":
            assert f"`{node['topic'].replace('+', '<camera>')}`" in page
        if field := node.get("property"):
            assert f"`{field.removeprefix('payload.')}`" in page


def test_a_bridge_is_short(repository: Path) -> None:
    """At most thirty lines, so that it can be read and changed."""
    for path in (repository / "docs/bridges").iterdir():
        assert path.suffix == ".md" or len(path.read_text().splitlines()) <= 30, path
