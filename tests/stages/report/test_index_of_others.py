"""A page that is not of Emobot is not replaced."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from stages.report.pages import write_reports
from tests.stages.report.recordings import write_table


@pytest.mark.parametrize("page", ["<html>mine</html>", ""])
def test_another_page_of_this_name_stays(tmp_path: Path, page: str) -> None:
    """As in a folder of a web server; the reports are written all the same, and a page of ours is replaced."""
    for name in ("a", "b"):
        write_table(tmp_path, name)
    (tmp_path / "index.html").write_text(page)
    with pytest.raises(InputError, match="expected a page of an earlier batch, found another"):
        write_reports(tmp_path)

    assert (tmp_path / "index.html").read_text() == page
    assert (tmp_path / "a/report.html").exists() and (tmp_path / "b/report.html").exists()
    (tmp_path / "index.html").unlink()
    assert [len(write_reports(tmp_path).pages) for _ in range(2)] == [3, 3]
