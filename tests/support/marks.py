"""Mark every test of a folder."""

from pathlib import Path

import pytest


def mark_folder(items: list[pytest.Item], folder: Path, mark: pytest.MarkDecorator) -> None:
    """Add a mark to those of these tests that lie in a folder or below it."""
    inside = {path: folder in path.parents for path in {item.path for item in items}}
    for item in items:
        if inside[item.path]:
            item.add_marker(mark)
