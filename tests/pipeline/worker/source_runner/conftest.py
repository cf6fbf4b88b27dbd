"""Fixtures for tests of the loop around a source."""

from pathlib import Path

import pytest

from tests.pipeline.memory import Clock, Network
from tests.pipeline.worker.source_runner.world import World


@pytest.fixture
def world(tmp_path: Path, clock: Clock, network: Network, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a camera."""
    return World(tmp_path, clock, network, monkeypatch)
