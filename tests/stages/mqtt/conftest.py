"""Fixtures for tests of MQTT."""

import pytest

from stages.mqtt import connection as module
from tests.support.mqtt import broker, gate, listener, mosquitto

__all__ = ["broker", "gate", "listener", "mosquitto"]  # fixtures


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have connections tried again at once."""
    monkeypatch.setattr(module, "RETRY_S", (0.1, 0.2))
