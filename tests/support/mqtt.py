"""A real broker, and somebody who listens to it."""

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from pipeline.messages import Frame
from stages.mqtt.address import BrokerAddress
from stages.mqtt.broker import Broker
from stages.mqtt.sink import Mqtt
from tests.support.ports import free_port
from tests.support.waiting import until

MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
SECONDS = 60.0
"""Longer than anything here takes."""


class Mosquitto:
    """A broker that can be stopped and started again, with what it retains and what it owes to its subscribers.

    Args:
        folder: For its config and what it keeps.
        settings: Lines of its config.
    """

    def __init__(self, folder: Path, *settings: str) -> None:
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        kept = f"persistence true\npersistence_location {folder}/\n" + ("user root\n" if os.getuid() == 0 else "")
        self._config.write_text(f"listener {self.port} 127.0.0.1\n{kept}" + "\n".join(settings) + "\n")
        self._kept = folder / "mosquitto.db"
        self._log = folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it can be reached."""
        assert MOSQUITTO
        with self._log.open("a") as log:
            process = self._process = subprocess.Popen([MOSQUITTO, "-c", self._config], stdout=log, stderr=log)
        until(lambda: process.poll() is not None or _reachable(self.port))
        assert process.poll() is None, self.log()

    def stop(self, *, forget: bool = False) -> None:
        """Stop it; it writes down what it has to remember, unless it is to forget everything."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(SECONDS)
            self._process = None
        if forget:
            self._kept.unlink()

    def log(self) -> str:
        """Return what it has said."""
        return self._log.read_text()


class Gate:
    """A way to a broker that can be cut, and on which its answers can be held back.

    Attributes:
        open: Whether answers pass.
    """

    def __init__(self, port: int) -> None:
        self.open = threading.Event()
        self.open.set()
        self._broker_port = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.came = 0
        """How many connections were made."""
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def cut(self) -> None:
        """Break all connections; new ones can be made."""
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Break everything for good."""
        self.open.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._threads[0].join(SECONDS)
        self.cut()
        for thread in self._threads[1:]:
            thread.join(SECONDS)
        for end in self._ends:
            end.close()

    def lets_in(self, near: socket.socket) -> bool:
        """Return whether a new connection may continue to the broker."""
        return True

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                if not self.lets_in(near):
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._broker_port))
                self._ends += [near, far]
                for ends in ((near, far, None), (far, near, self.open)):
                    self._threads.append(threading.Thread(target=self._pass_on, args=ends))
                    self._threads[-1].start()
                self.came += 1

    @staticmethod
    def _pass_on(from_: socket.socket, to: socket.socket, gate: threading.Event | None) -> None:
        with contextlib.suppress(OSError):
            while data := from_.recv(65_536):
                if gate:
                    gate.wait()
                to.sendall(data)
        for end in (from_, to):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class OldBroker(Gate):
    """A broker that speaks MQTT 3.1.1 only.

    Args:
        port: Of the one behind it.
        answer: What it says to a version it does not know, before it closes the connection.
    """

    def __init__(self, port: int, answer: bytes) -> None:
        self._answer = answer
        super().__init__(port)

    def lets_in(self, near: socket.socket) -> bool:
        """Refuse version 5."""
        start = near.recv(16, socket.MSG_PEEK | socket.MSG_WAITALL)
        if start[start.index(b"MQTT") + 4] == 4:
            return True
        near.sendall(self._answer)
        return False


class Proxy(Gate):
    """A proxy whose broker is away at first: it accepts connections and closes them.

    Args:
        port: Of the broker.
        closed: How many connections it closes.
    """

    def __init__(self, port: int, closed: int) -> None:
        self._left = closed
        super().__init__(port)

    def lets_in(self, near: socket.socket) -> bool:
        """Refuse the first ones."""
        self._left -= 1
        return self._left < 0


class Listener:
    """Hears every message of a broker, also those sent while it was not there.

    Attributes:
        heard: Topics and texts, in order.
    """

    def __init__(self, port: int, name: str = "listener") -> None:
        self.heard: list[tuple[str, str]] = []
        self._more = threading.Condition()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
        self._client.reconnect_delay_set(0.1, 0.2)
        self._client.on_message = self._note
        subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert subscribed.wait(SECONDS)

    def wait(self, enough: Callable[[], bool]) -> None:
        """Wait until enough was heard."""
        with self._more:
            assert self._more.wait_for(enough, SECONDS), self.heard

    def texts(self, topic: str) -> list[str]:
        """Return what was said under a topic."""
        return [text for one, text in self.heard if one == topic]

    def events(self, topic: str) -> list[dict[str, Any]]:
        """Return the same, as it was before it was written in JSON."""
        return [json.loads(text) for text in self.texts(topic)]

    def close(self) -> None:
        """Stop listening."""
        self._client.disconnect()
        self._client.loop_stop()

    def _note(self, _: Client, __: Any, message: Any) -> None:
        with self._more:
            self.heard.append((message.topic, message.payload.decode()))
            self._more.notify_all()


def connect(port: int, tls: ssl.SSLContext | None = None, user: str = "", password: str = "") -> Broker:
    """Return a connection that is being made."""
    address = BrokerAddress(host="127.0.0.1", port=port, encrypted=tls is not None, user=user, password=password)
    return Broker(address, "here/status", tls)


def _reachable(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Return what starts a broker with more lines of config."""
    if MOSQUITTO is None:
        pytest.skip("the MQTT broker Mosquitto is not installed")
    started: list[Mosquitto] = []

    def start(*settings: str) -> Mosquitto:
        started.append(Mosquitto(tmp_path, *settings))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def broker(mosquitto: Callable[..., Mosquitto]) -> Mosquitto:
    """Return a broker that lets everybody in."""
    return mosquitto("allow_anonymous true")


@pytest.fixture
def listener(broker: Mosquitto) -> Iterator[Listener]:
    """Return somebody who listens to it."""
    with contextlib.closing(Listener(broker.port)) as one:
        yield one


@pytest.fixture
def gate(broker: Mosquitto) -> Iterator[Gate]:
    """Return a way to it."""
    with contextlib.closing(Gate(broker.port)) as one:
        yield one


def send(stage: Mqtt, *frames: Frame) -> None:
    """Let a stage publish frames."""
    assert list(stage.process(frames)) == []
