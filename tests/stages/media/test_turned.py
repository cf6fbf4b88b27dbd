"""Recordings of phones held sideways and of front cameras: frames are shown as the display matrix says."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stages.media import gstreamer
from tests.support.clips import needs_gstreamer, play, read

UPRIGHT = (1, 0, 0, 1)

pytestmark = needs_gstreamer


def matrix(a: int, b: int, c: int, d: int) -> bytes:
    """Return a display matrix: x' = a x + c y, y' = b x + d y."""
    return struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)


@pytest.mark.parametrize("gst", [True, False])
@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (UPRIGHT, lambda frame: frame),
        ((-1, 0, 0, -1), lambda frame: frame[::-1, ::-1]),
        ((0, 1, -1, 0), lambda frame: np.rot90(frame, -1)),
        ((0, -1, 1, 0), np.rot90),
        ((-1, 0, 0, 1), lambda frame: frame[:, ::-1]),  # a front camera
        ((1, 0, 0, -1), lambda frame: frame[::-1]),
        ((0, 1, 1, 0), np.transpose),  # a front camera that is held upright
        ((0, -1, -1, 0), lambda frame: np.rot90(frame, 2).T),
    ],
)
def test_frames_are_turned_and_mirrored(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    values: tuple[int, int, int, int],
    shown: Callable[[np.ndarray], np.ndarray],
    gst: bool,
) -> None:
    """Both decoders show all eight ways to lay a frame on a screen."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    path = tmp_path / "turned.mp4"
    parts = [
        f"videotestsrc num-buffers=2 pattern=solid-color foreground-color={color} !"
        f" video/x-raw,width=64,height=64,framerate=25/1 ! mix.sink_{i}"
        for i, color in enumerate((0xFF202020, 0xFF606060, 0xFFA0A0A0, 0xFFE0E0E0))
    ]
    places = " ".join(f"sink_{i}::xpos={i % 2 * 64} sink_{i}::ypos={i // 2 * 64}" for i in range(4))
    play(
        f"compositor name=mix {places} ! video/x-raw,format=I420,width=128,height=128 ! x264enc bframes=0 ! mp4mux !"
        f" filesink location={path} " + " ".join(parts)
    )
    data = path.read_bytes()
    assert data.count(matrix(*UPRIGHT)) == 2  # of the film and of its track
    at = data.rindex(matrix(*UPRIGHT))
    path.write_bytes(data[:at] + matrix(*values) + data[at + 36 :])
    frames, last = read(path)

    assert (len(frames), last.error) == (2, None)
    assert frames[0].pixels is not None
    found = frames[0].pixels[:128].reshape(2, 64, 2, 64).mean((1, 3)).argsort(None).argsort().reshape(2, 2)
    assert found.tolist() == shown(np.arange(4).reshape(2, 2)).tolist()
