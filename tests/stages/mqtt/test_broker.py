"""Connections to a broker: logins, certificates and the will."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from stages.media.trust import trust
from stages.mqtt.address import BrokerAddress, parse_broker
from stages.mqtt.connection import Connection
from stages.web.access import certificate
from tests.support.mqtt import Gate, Listener, Mosquitto, connect
from tests.support.waiting import until

pytestmark = pytest.mark.process


def test_where_a_broker_is() -> None:
    """Default ports are the registered ones."""
    assert (parse_broker("mqtt://a").port, parse_broker("mqtts://a").port, parse_broker("mqtt://a:7").port) == (
        1883,
        8883,
        7,
    )
    assert parse_broker("mqtts://[::1]:7/") == BrokerAddress(host="::1", port=7, encrypted=True)


def test_a_login_is_read_from_the_environment_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password may hold colons."""
    monkeypatch.setenv("BROKER", "me:a:b")
    address = parse_broker("mqtt://a", "BROKER")

    assert (address.user, address.password) == ("me", "a:b")
    assert "a:b" not in repr(address)


def test_whoever_is_killed_is_said_to_be_gone(broker: Mosquitto, listener: Listener) -> None:
    """The broker publishes the will."""
    program = f"""if True:
        from stages.mqtt.address import parse_broker
        from stages.mqtt.broker import Broker
        broker = Broker(parse_broker("mqtt://127.0.0.1:{broker.port}"), "here/status")
        while not broker.greet():
            pass
        input()
    """
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as process:
        listener.wait(lambda: listener.texts("here/status") == ["online"])
        process.kill()
    listener.wait(lambda: listener.texts("here/status") == ["online", "offline"])
    with contextlib.closing(Listener(broker.port, "late")) as late:
        late.wait(lambda: late.texts("here/status") == ["offline"])


def test_whoever_ends_says_so(broker: Mosquitto, listener: Listener) -> None:
    """All earlier messages have arrived by then."""
    one = connect(broker.port)
    until(one.greet)
    for n in range(100):
        assert one.send("here/x", b"%d" % n)

    assert one.close() == 0
    listener.wait(lambda: listener.texts("here/status")[-1] == "offline")
    assert listener.texts("here/x") == [str(n) for n in range(100)]


def test_a_login_is_wanted(
    mosquitto: Callable[..., Mosquitto],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """The right login connects; a wrong one is retried and logged once."""
    users = tmp_path / "users"
    users.touch(0o600)
    subprocess.run(["mosquitto_passwd", "-b", users, "me", "right"], check=True)
    broker = mosquitto("allow_anonymous false", f"password_file {users}")
    with contextlib.closing(connect(broker.port, user="me", password="right")) as one:
        until(one.greet)
    with contextlib.closing(connect(broker.port, user="me", password="wrong")) as one:
        until(lambda: broker.log().count("not authorised") >= 2)
        assert not one.greet()
    assert caplog.text.count("refuses: Not authorized") == 1
    assert "wrong" not in caplog.text


def test_a_broker_that_comes_and_goes_fills_no_log(
    broker: Mosquitto, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    """Each outage is logged, but not every second."""
    caplog.set_level("INFO")
    with contextlib.closing(connect(gate.port)) as one:
        for _ in range(3):
            until(one.greet)
            gate.cut()
            until(lambda: not one.connected)
    assert (caplog.text.count("connected to the"), caplog.text.count("has disconnected")) == (1, 1)


def test_what_is_no_broker_is_said_to_be_none(caplog: pytest.LogCaptureFixture) -> None:
    """Another service on that port is reported as not answering in MQTT."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        contextlib.closing(connect(server.getsockname()[1])) as one,
    ):
        other, _ = server.accept()
        other.sendall(b"SSH-2.0-OpenSSH_9.2")
        other.close()
        until(lambda: "does not answer in MQTT" in caplog.text)
        assert not one.greet()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_has_failed_is_no_silent_output(monkeypatch: pytest.MonkeyPatch, broker: Mosquitto) -> None:
    """The supervisor starts it again."""
    monkeypatch.setattr(Connection, "try_once", lambda *_: 1 / 0)
    one = connect(broker.port)
    until(lambda: not one.connection.alive)
    with pytest.raises(RuntimeError, match="has ended"):
        one.greet()
    one.close()


@pytest.mark.filterwarnings(
    "ignore:.*SSLSocket:pytest.PytestUnraisableExceptionWarning"
)  # paho closes it by forgetting
def test_a_broker_nobody_vouches_for_is_refused(
    mosquitto: Callable[..., Mosquitto], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Its certificate is trusted if `ca` holds it, or if nothing is verified; the log gives the reason otherwise."""
    pem = tmp_path / "server.pem"
    pem.write_bytes(certificate.make_pem(frozenset(("localhost", "127.0.0.1"))))
    pem.chmod(0o644)
    broker = mosquitto("allow_anonymous true", f"certfile {pem}", f"keyfile {pem}")
    with contextlib.closing(connect(broker.port, trust(str(pem), verify_tls=True))) as one:
        until(one.greet)
    with contextlib.closing(connect(broker.port, trust("", verify_tls=False))) as one:
        until(one.greet)
    with contextlib.closing(connect(broker.port, trust("", verify_tls=True))) as one:
        until(lambda: "self-signed certificate; see ca and verify_tls" in caplog.text)
        assert not one.greet()


def test_an_address_without_a_name_is_refused() -> None:
    """Its lookup would be retried for ever."""
    with pytest.raises(ConfigError):
        parse_broker("mqtt://:1883")
