"""Fixtures for tests of mistakes."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.supervision import control
from pipeline.supervision.planning import make_plan
from tests.pipeline.broken import write_modules
from tests.pipeline.config.mistakes.asking import Run


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the name of a package of broken modules that can be imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield write_modules(tmp_path)
    for name in [name for name in sys.modules if name.startswith("foreign_stages")]:
        del sys.modules[name]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Return a run whose plans are made in this process, which is quicker."""
    monkeypatch.setattr(control, "plan_apart", lambda source, where, level: make_plan(source, where))
    made = Run(tmp_path)
    yield made
    made.close()
