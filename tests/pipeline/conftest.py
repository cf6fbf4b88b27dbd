"""Fixtures for tests of `pipeline`: clock, links and counters in memory."""

import pytest

from tests.pipeline.memory import Clock, Network, Tally


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock that the code under test uses."""
    clock = Clock()
    of_rooms = {
        "transport": ("absence", "delivery", "switchboard", "ring"),
        "worker": ("runner", "source_runner", "turn", "pulse"),
        "supervision": ("transition", "supervisor", "child"),
    }
    clock.install(monkeypatch, *(f"{room}.{module}" for room, modules in of_rooms.items() for module in modules))
    return clock


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Network:
    """Return links in memory, instead of those of ZeroMQ."""
    network = Network(clock)
    network.install(monkeypatch)
    return network


@pytest.fixture
def tally() -> Tally:
    """Return the counts from now on."""
    return Tally()
