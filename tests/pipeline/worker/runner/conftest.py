"""Fixtures for tests of the loop around a stage."""

from pathlib import Path

import pytest

from tests.pipeline.memory import Clock, Network
from tests.pipeline.worker.runner.world import World


@pytest.fixture
def world(tmp_path: Path, clock: Clock, network: Network) -> World:
    """Return a run of one camera."""
    return World(tmp_path, clock, network)
