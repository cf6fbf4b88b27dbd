"""Messages that a broker refuses are dropped, logged and counted; later ones arrive."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stages.mqtt import broker as module
from stages.mqtt.broker import Broker
from stages.mqtt.terms import Terms
from tests.support.mqtt import Gate, Listener, Mosquitto, OldBroker, Proxy, connect
from tests.support.waiting import until

pytestmark = pytest.mark.process

REFUSED_VERSION = b"\x20\x02\x00\x01"
"""CONNACK of MQTT 3.1.1 with return code 1: unacceptable protocol version."""
LONG = 4000


@pytest.fixture(params=["5", "3.1.1", "3.1.1, closing"])
def reach(request: pytest.FixtureRequest) -> Iterator[Callable[[Mosquitto], int]]:
    """Return what gives the port of a broker that speaks a version at most."""
    with contextlib.ExitStack() as gates:

        def port(broker: Mosquitto) -> int:
            if request.param == "5":
                return broker.port
            answer = b"" if "closing" in request.param else REFUSED_VERSION
            return gates.enter_context(contextlib.closing(OldBroker(broker.port, answer))).port

        yield port


@contextlib.contextmanager
def sending(port: int) -> Iterator[Broker]:
    """Give a connection that has been made."""
    with contextlib.closing(connect(port)) as one:
        until(one.greet)
        yield one


def arrived(listener: Listener, *topics: str) -> Callable[[], bool]:
    """Return what says whether the last message of each topic is there."""
    return lambda: all(listener.texts(topic)[-1:] == ["last"] for topic in topics)


def test_a_version_both_speak_is_found(reach: Any, broker: Mosquitto, listener: Listener) -> None:
    """Version 5 is preferred, else 3.1.1, also after a reconnection."""
    port = reach(broker)
    with sending(port) as one:
        assert one.terms.version == (5 if port == broker.port else 4)
        one.send("here/x", b"last", retain=True)
        listener.wait(arrived(listener, "here/x"))
        broker.stop()
        until(lambda: not one.connected)
        broker.start()
        until(one.greet)
        assert one.terms.version == (5 if port == broker.port else 4)
    listener.wait(lambda: listener.texts("here/status")[-1] == "offline")


def test_topics_that_are_forbidden(
    reach: Any, mosquitto: Callable[..., Mosquitto], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An access list lets a part through; version 5 says what it refused, 3.1.1 confirms and forgets it."""
    rules = tmp_path / "rules"
    rules.write_text("topic readwrite here/allowed\ntopic read #\n")
    rules.chmod(0o644)
    broker = mosquitto("allow_anonymous true", f"acl_file {rules}")
    with contextlib.closing(Listener(broker.port)) as listener, sending(reach(broker)) as one:
        for _ in range(3):
            one.send("here/forbidden", b"x")
        one.send("here/allowed", b"last")
        listener.wait(arrived(listener, "here/allowed"))
        until(lambda: not one.undelivered)
        assert not listener.texts("here/forbidden")
        if one.terms.version == 5:
            assert one.refused == 3
            assert caplog.text.count("refuses here/forbidden: Not authorized") == 1


@pytest.mark.parametrize("limit", ["max_packet_size", "message_size_limit"])
def test_a_message_that_is_too_large(
    reach: Any, mosquitto: Callable[..., Mosquitto], limit: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is dropped, whether the broker says its limit before, afterwards, or breaks the connection; others arrive."""
    broker = mosquitto("allow_anonymous true", f"{limit} 1000")
    with contextlib.closing(Listener(broker.port)) as listener, sending(reach(broker)) as one:
        for n in range(60):
            one.send("here/x", b"%d" % n)
        one.send("here/large", bytes(LONG))
        one.send("here/x", b"last")
        listener.wait(arrived(listener, "here/x"))
        until(lambda: not one.undelivered)
        assert not listener.texts("here/large")
        assert set(listener.texts("here/x")) == {*map(str, range(60)), "last"}
        if limit == "max_packet_size" or one.terms.version == 5:
            assert one.refused == 1
            assert caplog.text.count("refuses here/large: ") == 1


def test_a_broker_that_retains_nothing(
    reach: Any, mosquitto: Callable[..., Mosquitto], caplog: pytest.LogCaptureFixture
) -> None:
    """Messages arrive, but are not retained, and one log line reports it."""
    broker = mosquitto("allow_anonymous true", "retain_available false")
    with contextlib.closing(Listener(broker.port)) as listener, sending(reach(broker)) as one:
        one.send("here/x", b"1", retain=True)
        one.send("here/x", b"last", retain=True)
        listener.wait(arrived(listener, "here/x"))
        assert listener.texts("here/status")[-1] == "online"
        until(lambda: not one.undelivered)
        assert one.refused == 0
    assert caplog.text.count("retains nothing") == 1


def test_a_broker_without_confirmations(reach: Any, mosquitto: Callable[..., Mosquitto]) -> None:
    """Without QoS 1 messages are sent once."""
    broker = mosquitto("allow_anonymous true", "max_qos 0")
    with contextlib.closing(Listener(broker.port)) as listener, sending(reach(broker)) as one:
        for n in range(100):
            one.send("here/x", b"%d" % n)
        one.send("here/x", b"last", retain=True)
        listener.wait(arrived(listener, "here/x"))
        assert len(listener.texts("here/x")) == 101


def test_a_broker_that_takes_one_message_at_a_time(
    mosquitto: Callable[..., Mosquitto], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its Receive Maximum is kept to, also by what waited, without anybody calling again."""
    broker = mosquitto("allow_anonymous true", "max_inflight_messages 1")
    with contextlib.closing(Listener(broker.port)) as listener, sending(broker.port) as one:
        assert one.terms.window == 1
        broker.stop()
        until(lambda: not one.connected)
        for n in range(300):
            one.send("here/x", b"%d" % n)
        one.send("here/x", b"last")
        broker.start()
        listener.wait(arrived(listener, "here/x"))
        assert listener.texts("here/x") == [*map(str, range(300)), "last"]
    assert "Receive maximum" not in caplog.text


def test_a_network_that_breaks_loses_nothing(broker: Mosquitto, gate: Gate, listener: Listener) -> None:
    """A message is not to blame for connections that break before anything was confirmed."""
    with sending(gate.port) as one:
        gate.open.clear()
        one.send("here/x", b"last")
        for _ in range(module.MOST_BREAKS + 1):
            came = gate.came
            gate.cut()
            until(lambda came=came: gate.came > came)  # type: ignore[misc]
        gate.open.set()
        gate.cut()
        listener.wait(arrived(listener, "here/x"))
        until(lambda: not one.undelivered)
        assert one.refused == 0


@pytest.mark.parametrize("closed", range(1, 5))
def test_a_proxy_without_a_broker_weakens_nothing(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch, closed: int
) -> None:
    """It closes connections as a broker does that does not accept what it is asked."""
    monkeypatch.setattr("stages.mqtt.connection.RETRY_S", (0.01, 0.01))
    with contextlib.closing(Proxy(broker.port, closed)) as proxy, sending(proxy.port) as one:
        assert (one.terms.version, one.terms.qos, one.terms.retain) == (5, 1, True)


@pytest.mark.parametrize(
    ("size", "version", "qos", "expected"),
    [(114, 5, 1, True), (113, 5, 1, False), (113, 4, 1, True), (112, 4, 1, False), (111, 4, 0, True), (0, 5, 1, True)],
)
def test_how_large_a_packet_is(size: int, version: int, qos: int, expected: bool) -> None:
    """Two bytes of header, two and eight of topic, two of number, one of properties, the payload."""
    assert Terms(version=version, qos=qos, packet=size).fits("a/topic8", bytes(99)) is expected
