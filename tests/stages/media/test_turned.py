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


def pose(yaw: float, roll: float) -> bytes:
    """Return a Matroska projection, `Projection` with `ProjectionPoseYaw` and `ProjectionPoseRoll`."""
    content = b"\x76\x73\x84" + struct.pack(">f", yaw) + b"\x76\x75\x84" + struct.pack(">f", roll)
    return b"\x76\x70" + bytes([0x80 + len(content)]) + content


def with_pose(data: bytes, projection: bytes) -> bytes:
    """Put a projection at the beginning of a Matroska file's `Video`, in its `TrackEntry`, in its `Tracks`."""
    at = 0
    for kind in (b"\x16\x54\xae\x6b", b"\xae\x01", b"\xe0\x01"):
        # each has a size of eight bytes
        at = data.index(kind, at) + len(kind.removesuffix(b"\x01"))
        size = int.from_bytes(data[at + 1 : at + 8], "big") + len(projection)
        data = data[: at + 1] + size.to_bytes(7, "big") + data[at + 8 :]
        at += 8
    return data[:at] + projection + data[at:]


@pytest.mark.parametrize("gst", [True, False])
@pytest.mark.parametrize("container", ["mp4", "mkv"])
@pytest.mark.parametrize(
    ("values", "angles", "shown"),
    [
        (UPRIGHT, (0, 0), lambda frame: frame),
        ((-1, 0, 0, -1), (0, 180), lambda frame: frame[::-1, ::-1]),
        ((0, 1, -1, 0), (0, -90), lambda frame: np.rot90(frame, -1)),
        ((0, -1, 1, 0), (0, 90), np.rot90),
        ((-1, 0, 0, 1), (180, 0), lambda frame: frame[:, ::-1]),  # a front camera
        ((1, 0, 0, -1), (180, 180), lambda frame: frame[::-1]),
        ((0, 1, 1, 0), (180, 90), np.transpose),  # a front camera that is held upright
        ((0, -1, -1, 0), (180, -90), lambda frame: np.rot90(frame, 2).T),
    ],
)
def test_frames_are_turned_and_mirrored(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    values: tuple[int, int, int, int],
    angles: tuple[int, int],
    shown: Callable[[np.ndarray], np.ndarray],
    container: str,
    gst: bool,
) -> None:
    """Both decoders show all eight ways to lay a frame on a screen, those of Matroska as FFmpeg 9 writes them."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    path = tmp_path / f"turned.{container}"
    mux = "mp4mux" if container == "mp4" else "matroskamux streamable=true"
    parts = [
        f"videotestsrc num-buffers=2 pattern=solid-color foreground-color={color} !"
        f" video/x-raw,width=64,height=64,framerate=25/1 ! mix.sink_{i}"
        for i, color in enumerate((0xFF202020, 0xFF606060, 0xFFA0A0A0, 0xFFE0E0E0))
    ]
    places = " ".join(f"sink_{i}::xpos={i % 2 * 64} sink_{i}::ypos={i // 2 * 64}" for i in range(4))
    play(
        f"compositor name=mix {places} ! video/x-raw,format=I420,width=128,height=128 ! x264enc bframes=0 ! {mux} !"
        f" filesink location={path} " + " ".join(parts)
    )
    data = path.read_bytes()
    if container == "mkv":
        path.write_bytes(with_pose(data, pose(*angles)))
    else:
        assert data.count(matrix(*UPRIGHT)) == 2  # of the film and of its track
        at = data.rindex(matrix(*UPRIGHT))
        path.write_bytes(data[:at] + matrix(*values) + data[at + 36 :])
    frames, last = read(path)

    assert (len(frames), last.error) == (2, None)
    assert frames[0].pixels is not None
    found = frames[0].pixels[:128].reshape(2, 64, 2, 64).mean((1, 3)).argsort(None).argsort().reshape(2, 2)
    assert found.tolist() == shown(np.arange(4).reshape(2, 2)).tolist()
