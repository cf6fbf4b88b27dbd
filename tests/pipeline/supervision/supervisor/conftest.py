"""Fixtures for tests of the supervisor."""

from pathlib import Path

import pytest

from tests.pipeline.memory import Clock, Network, line
from tests.pipeline.supervision.supervisor.world import World


@pytest.fixture
def world(tmp_path: Path, clock: Clock, network: Network, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a run of one camera."""
    return World(line(tmp_path), clock, network, monkeypatch)
