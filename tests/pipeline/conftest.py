"""What tests of the machinery share: its clock, its links and its counters."""

import pytest

from tests.pipeline.memory import Clock, Network, Tally


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return a clock that everything but the tests themselves goes by."""
    clock = Clock()
    of_rooms = {
        "transport": ("delivery", "ring"),
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
    """Return what counts from now on."""
    return Tally()
