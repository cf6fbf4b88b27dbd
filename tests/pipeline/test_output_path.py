"""Folders that take files, and names that nothing has yet."""

import errno
from pathlib import Path

import pytest

from pipeline.damaged_file import set_aside
from pipeline.errors import ConfigError, InputError
from pipeline.output_path import check_writable, free_path
from stages.moments import MomentPictures
from stages.table import Table


@pytest.mark.parametrize(
    ("name", "suffix", "there", "found"),
    [
        ("clip.mp4", ".mp4", [], "clip.mp4"),
        ("clip.mp4", ".mp4", ["clip.mp4"], "clip-2.mp4"),
        ("clip.mp4", ".mp4", ["clip.mp4", "clip-2.mp4", "clip-4.mp4"], "clip-3.mp4"),
        ("clip.mp4", ".mp4", ["clip-2.mp4"], "clip.mp4"),
        ("a.b", "", ["a.b"], "a.b-2"),
        ("a.mp4.mp4", ".mp4", ["a.mp4.mp4"], "a.mp4-2.mp4"),
        ("h.sqlite.damaged", "", ["h.sqlite.damaged"], "h.sqlite.damaged-2"),
    ],
)
def test_the_first_free_number(tmp_path: Path, name: str, suffix: str, there: list[str], found: str) -> None:
    """In front of the suffix, if there is one."""
    for one in there:
        (tmp_path / one).write_text("")

    assert free_path(tmp_path / name, suffix) == tmp_path / found


def test_a_link_that_leads_nowhere_is_not_replaced(tmp_path: Path) -> None:
    """What it names may only be away, as a disk that is not mounted."""
    (tmp_path / "h.sqlite").write_text("rows")
    (tmp_path / "h.sqlite.damaged").symlink_to(tmp_path / "away")
    set_aside(tmp_path / "h.sqlite", OSError("damaged"))

    assert (tmp_path / "h.sqlite.damaged").is_symlink()
    assert (tmp_path / "h.sqlite.damaged-2").read_text() == "rows"


@pytest.mark.parametrize("output", [Table, MomentPictures])
def test_other_folders_are_checked_at_the_start_too(tmp_path: Path, output: type[Table | MomentPictures]) -> None:
    """Those of tables and pictures."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="found .*/file: Not a directory"):
        output(path=f"{tmp_path}/file/{{camera}}")


def test_a_full_disk_may_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So it does not end the run."""

    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(InputError, match="No space left on device"):
        check_writable(f"{tmp_path}/{{camera}}")
