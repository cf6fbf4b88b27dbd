"""Folders of the cache appear complete or not at all."""

from pathlib import Path

import pytest

from models.cache import made_once


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    """Its files appear all at once, and are not made again."""
    folder = tmp_path / "new" / "made"
    made: list[Path] = []

    def make(into: Path) -> None:
        (into / "a").write_text("a", encoding="utf-8")
        assert not folder.exists()
        made.append(into)

    assert made_once(folder, make) == made_once(folder, make) == folder
    assert len(made) == 1
    assert [path.name for path in folder.iterdir()] == ["a"]
    assert list(folder.parent.iterdir()) == [folder]


def test_a_faster_process_wins(tmp_path: Path) -> None:
    """The files of a process that was faster stay."""
    folder = tmp_path / "made"

    def make(into: Path) -> None:
        (into / "mine").touch()
        folder.mkdir()
        (folder / "theirs").touch()

    assert [path.name for path in made_once(folder, make).iterdir()] == ["theirs"]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    """The next call tries again."""

    def fail(into: Path) -> None:
        (into / "half").touch()
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        made_once(tmp_path / "made", fail)
    assert list(tmp_path.iterdir()) == []
