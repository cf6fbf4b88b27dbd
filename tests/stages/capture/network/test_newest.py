"""Which readers are waited for when a camera is stopped."""

import threading
from contextlib import closing

import numpy as np
import pytest

from stages.media.live import newest
from stages.media.live.newest import Newest
from stages.media.reader import Picture, Reader


class _Stuck(Reader):
    """A reader that can be closed only once somebody lets it: its host has begun an answer."""

    def __init__(self, free: threading.Event, pictures: int) -> None:
        super().__init__(0.0)
        self._free, self._pictures = free, pictures

    def _decode(self, timeout_s: float) -> Picture | None:
        if self._count == self._pictures:
            return None
        return Picture(pixels=np.zeros((3, 2), np.uint8), pts_ns=0)

    def close(self) -> None:
        self._free.wait()


@pytest.mark.parametrize(("pictures", "waits"), [(0, False), (1, True)])
def test_a_reader_that_still_connects_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, pictures: int, waits: bool
) -> None:
    """Stopping or removing a camera waited for its host, 3 s; one that delivers is closed in order."""
    monkeypatch.setattr(newest, "LEAVE_S", 0.01)
    free = threading.Event()
    timer = threading.Timer(0.3, free.set)
    with closing(Newest(lambda: _Stuck(free, pictures), leave=True)) as reader:
        assert (reader.read(2.0 if pictures else 0.0) is not None) == (pictures > 0)
        timer.start()
    was_free = free.is_set()
    free.set()
    timer.cancel()

    assert was_free == waits
