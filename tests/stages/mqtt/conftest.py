"""Fixtures for tests of MQTT."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from stages.mqtt import connection as module
from stages.mqtt.sink import Mqtt
from tests.support.mqtt import Mosquitto, broker, gate, listener, mosquitto
from tests.support.waiting import until

__all__ = ["broker", "gate", "listener", "mosquitto"]  # fixtures


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have connections tried again at once."""
    monkeypatch.setattr(module, "RETRY_S", (0.1, 0.2))


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Write what is remembered of a broker there."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def stage(broker: Mosquitto) -> Iterator[Mqtt]:
    """Return a connected stage that Home Assistant discovers."""
    with contextlib.closing(Mqtt(broker=f"mqtt://127.0.0.1:{broker.port}", discovery="homeassistant")) as one:
        until(lambda: one.connection.connected)
        yield one
