"""Metrics on a full file system."""

import errno
import os
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict

from pipeline.metrics.room import FIRST_BYTES, Allocated


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fill the file system."""
    allocate = os.posix_fallocate

    def fail(file: int, *of: int) -> None:
        if "memfd:" in str(Path(f"/proc/self/fd/{file}").readlink()):
            return allocate(file, *of)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", fail)


def test_a_file_has_its_memory_from_the_start(tmp_path: Path) -> None:
    """On a full file system, the first write to a page of a sparse file ends the process (SIGBUS)."""
    path = tmp_path / "counter_a.db"
    numbers = range(2000)
    with closing(Allocated(str(path))) as file:
        assert path.stat().st_blocks * 512 >= FIRST_BYTES
        for number in numbers:
            file.write_value(f"a rather long key, number {number}", number, 1.0)
        assert path.stat().st_blocks * 512 >= path.stat().st_size > FIRST_BYTES

    found = {key: value for key, value, *_ in MmapedDict.read_all_values_from_file(path)}  # type: ignore[no-untyped-call]
    assert found == {f"a rather long key, number {number}": number for number in numbers}
    with closing(Allocated(str(path))) as again:
        assert again.read_value("a rather long key, number 7") == (7.0, 1.0)


def test_what_has_no_room_is_not_counted(
    tmp_path: Path, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    """Values that are there are counted on; a file for which there is no room is kept in memory."""
    with closing(Allocated(str(tmp_path / "counter_a.db"))) as file:
        file.write_value("here", 1.0, 0.0)
        request.getfixturevalue("full")
        for number in range(2000):
            file.write_value(f"a rather long key, number {number}", 1.0, 0.0)
        file.write_value("here", 2.0, 0.0)

        assert file.read_value("here") == (2.0, 0.0)
        assert file.read_value("a rather long key, number 0") == (1.0, 0.0)
        assert file.read_value("a rather long key, number 1999") == (0.0, 0.0)
    assert (tmp_path / "counter_a.db").stat().st_size == FIRST_BYTES
    with closing(Allocated(str(tmp_path / "counter_b.db"))) as unseen:
        unseen.write_value("there", 3.0, 0.0)
        assert unseen.read_value("there") == (3.0, 0.0)
    assert not (tmp_path / "counter_b.db").exists()
    assert "found a full disk" in caplog.text
