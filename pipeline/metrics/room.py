"""Files of metrics whose memory is there before it is written.

prometheus_client maps sparse files. On a full file system (/dev/shm) the first write to a new page of one ends the
process with SIGBUS, without a word: the supervisor, and with it the whole run.
"""

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

FIRST_BYTES = 1 << 16
"""Size of a new file, as in prometheus_client."""
_AROUND_BYTES = 32
"""Most bytes that an entry takes beside its key: length, padding, value and time."""

log = logging.getLogger("emobot")


class Allocated(MmapedDict):
    """A file of values whose memory is allocated. What has no room in it is not counted.

    A new file for which there is no room is kept in memory: nobody sees its values, but its process works.
    """

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        self._bytes = 0 if read_mode else _allocate(filename)
        if self._bytes or read_mode:
            super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]
            return
        log.warning("expected %d KiB for metrics, found a full disk: %s is not written", FIRST_BYTES >> 10, filename)
        memory = os.memfd_create("metrics")
        self._bytes = _allocate(f"/proc/self/fd/{memory}")
        super().__init__(f"/proc/self/fd/{memory}")  # type: ignore[no-untyped-call]
        os.close(memory)

    def read_value(self, key: str) -> Any:
        """Return the value and time of a key, which begin with 0."""
        return super().read_value(key) if self._has_room(key) else (0.0, 0.0)  # type: ignore[no-untyped-call]

    def write_value(self, key: str, value: float, timestamp: float) -> None:
        """Set the value and time of a key."""
        if self._has_room(key):
            super().write_value(key, value, timestamp)  # type: ignore[no-untyped-call]

    def _has_room(self, key: str) -> bool:
        if key in self._positions:
            return True
        needed = self._used + len(key.encode()) + _AROUND_BYTES
        if needed <= self._bytes:
            return True
        with suppress(OSError):
            size = self._bytes
            while size < needed:
                size *= 2
            os.posix_fallocate(self._f.fileno(), 0, size)
            self._bytes = size
            return True
        return False


def _allocate(filename: str) -> int:
    """Allocate a file, its first bytes if it is new; return its size, 0 if there is no room."""
    with suppress(OSError), open(filename, "ab") as file:  # noqa: PTH123 - as the base class does
        found = os.fstat(file.fileno()).st_size
        try:
            os.posix_fallocate(file.fileno(), 0, max(FIRST_BYTES, found))
        except OSError:
            if not found:
                Path(filename).unlink()  # nobody can read an empty one
            raise
        return max(FIRST_BYTES, found)
    return 0


def allocate(files: Iterable[Path] = ()) -> None:
    """Let prometheus_client use such files in this process.

    Args:
        files: Those to allocate now, because they will be needed when there may be no room.
    """
    for file in files:
        _allocate(str(file))
    values.MmapedDict = Allocated  # type: ignore[attr-defined]
