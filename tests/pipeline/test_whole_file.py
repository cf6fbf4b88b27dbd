"""A file that the user names is complete, or as it was; links and devices stay what they are."""

import os
from pathlib import Path

import pytest

from pipeline.config.save import change_file
from pipeline.whole_file import written_whole


def test_a_file_gets_its_name_when_it_is_complete(tmp_path: Path) -> None:
    """Readers never see half of it."""
    path = tmp_path / "a.csv"
    path.write_text("old")
    with written_whole(path) as place:
        place.write_text("new")
        assert path.read_text() == "old"

    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("a.csv", "new")]


def test_a_power_cut_leaves_the_old_or_the_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Content is on the disk before the name: of exports and tables, and of a config that is saved."""
    config = tmp_path / "config.toml"
    config.write_text('[camera.desk]\nsource = "demo"\n')
    done: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda file: done.append(Path(f"/proc/self/fd/{file}").read_text()))
    replace = Path.replace

    def replaced(self: Path, target: Path) -> Path:
        done.append(target.name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replaced)
    with written_whole(tmp_path / "a.csv") as place:
        place.write_text("new")
    change_file(config, "camera.desk", {"fps": 5})

    assert done == ["new", "a.csv", config.read_text(), "config.toml"]


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    """And nothing else."""
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(ValueError, match="no"), written_whole(path) as place:
        place.write_text("half")
        raise ValueError("no")

    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("a.csv", "old")]


def test_of_a_link_the_target_is_replaced(tmp_path: Path) -> None:
    """The link stays one."""
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    with written_whole(tmp_path / "link.csv") as place:
        place.write_text("new")

    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "new"


def test_a_device_is_written_to() -> None:
    """It is no file that may be replaced."""
    with written_whole(Path("/dev/null")) as place:
        place.write_text("new")

    assert Path("/dev/null").is_char_device()
