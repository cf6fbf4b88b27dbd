"""The folder of `--out`."""

import errno
from pathlib import Path

import pytest

from pipeline.cli.recordings.output_folder import output_folder
from pipeline.errors import EmobotError


@pytest.mark.parametrize("out", ["results", "memory://lab/results"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_ends_a_batch_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str, number: int
) -> None:
    """Whatever writes meets it first, such as the driver of a cluster or a page; another error stays what it is."""
    monkeypatch.chdir(tmp_path)
    expected = "expected room for the results, found .*, for {}: make room, and run the command again"
    with pytest.raises(EmobotError, match=expected.format("faces.csv")), output_folder(out):
        raise OSError(number, "full", "faces.csv")
    with pytest.raises(EmobotError, match=expected.format(out)), output_folder(out):
        raise OSError(number, "full")
    with pytest.raises(PermissionError), output_folder(out):
        raise PermissionError(errno.EACCES, "refused")


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EIO, errno.ESTALE])
def test_so_does_one_that_can_no_longer_be_written_to(number: int) -> None:
    """It became read-only after an error, its owner changed, or the network lost it."""
    expected = "expected a folder that can be written to, found .*, for faces.csv: mend it, and run the command again"
    with pytest.raises(EmobotError, match=expected), output_folder("results"):
        raise OSError(number, "gone", "faces.csv")
