"""A history for each test."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.stages.history.keeping import Kept


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """Return a history of 30 days."""
    one = Kept(tmp_path / "sub" / "h.sqlite")
    with closing(one.stage):
        yield one
