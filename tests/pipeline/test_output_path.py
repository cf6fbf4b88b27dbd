"""Names that nothing has yet."""

from pathlib import Path

import pytest

from pipeline.damaged_file import set_aside
from pipeline.output_path import free_path


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
