"""What is written of a picture whose memory may be written again."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from stages.media import gstreamer, writer


class _Source:
    """An appsrc that keeps what it is given."""

    def __init__(self) -> None:
        self.pushed: list[Any] = []

    def get_property(self, name: str) -> int:
        """Return that nothing waits."""
        return 0

    def push_buffer(self, buffer: Any) -> None:
        """Keep it."""
        self.pushed.append(buffer)


@pytest.mark.parametrize("intact", [True, False])
def test_a_picture_is_copied_before_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, intact: bool
) -> None:
    """While the answer is found its memory changes: what is written is the copy, or nothing where the answer is no."""
    pixels = np.full((6, 4), 7, np.uint8)

    def ask() -> bool:
        pixels[:] = 9
        return intact

    monkeypatch.setattr(gstreamer, "buffer_of", lambda pixels, *times: pixels.copy())
    source = _Source()

    class Bare(writer.GstWriter):
        def __init__(self) -> None:
            self._source, self._step_ns = source, 1  # type: ignore[assignment]

        def _listen(self, timeout_ns: int) -> bool:
            return False

    Bare().write(pixels, 0, ask)

    assert [int(buffer[0, 0]) for buffer in source.pushed] == ([7] if intact else [])


@pytest.mark.parametrize("intact", [True, False])
def test_so_it_is_without_gstreamer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, intact: bool) -> None:
    """Without GStreamer, the conversion makes the copy."""
    pixels = np.full((6, 4), 128, np.uint8)
    written: list[Any] = []

    class Bare(writer.CvWriter):
        def __init__(self) -> None:
            self._full_range = False
            self._writer: Any = type("W", (), {"write": lambda self, bgr: written.append(bgr)})()

    expected = cv2.cvtColor(pixels, cv2.COLOR_YUV2BGR_I420)

    def ask() -> bool:
        pixels[:] = 0
        return intact

    Bare().write(pixels, 0, ask)

    assert len(written) == intact
    assert all(np.array_equal(bgr, expected) for bgr in written)
