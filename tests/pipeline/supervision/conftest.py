"""Small runs that tests of the supervision start."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.small_runs import SmallRun


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., SmallRun]]:
    """Return what starts a run of a config; what still runs at the end of the test is stopped."""
    runs: list[SmallRun] = []

    def begin(config: str, *python: str, folder: Path = tmp_path, **environment: str) -> SmallRun:
        runs.append(SmallRun(folder, config, *python, **environment))
        return runs[-1]

    yield begin
    for run in runs:
        run.stop()
