"""Mark every test of a folder."""

from pathlib import Path

import pytest


def mark_folder(items: list[pytest.Item], folder: Path, mark: pytest.MarkDecorator) -> None:
    """Add a mark to those of these tests that lie in a folder or below it."""
    for item in items:
        if folder in item.path.parents:
            item.add_marker(mark)
