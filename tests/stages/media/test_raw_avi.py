"""Uncompressed AVI, as programs for measurements write it: rows may be stored in either order."""

import struct
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from stages.media import gstreamer
from stages.media.containers.avi import is_top_down
from stages.media.opencv.unread import crashes_opencv
from tests.support.clips import H264, needs_gstreamer, play, read

WIDTH, HEIGHT, FRAMES = 64, 48, 5


def make_avi(path: Path, bits: int, *, top_down: bool) -> Path:
    """Write an AVI of gray rows that become lighter towards the bottom, as device-independent bitmaps."""
    row_bytes = WIDTH * bits // 8
    rows = [bytes([4 * y]) * row_bytes for y in range(HEIGHT)]
    frame = b"".join(rows if top_down else rows[::-1])
    palette = b"".join(bytes([gray, gray, gray, 0]) for gray in range(256)) if bits == 8 else b""
    sizes = len(frame), 0, 0, len(palette) // 4, 0
    bitmap = struct.pack("<IiiHHI", 40, WIDTH, -HEIGHT if top_down else HEIGHT, 1, bits, 0) + struct.pack("<5I", *sizes)
    stream = b"vidsDIB " + struct.pack("<IHH8I4h", 0, 0, 0, 0, 1, 25, 0, FRAMES, len(frame), 2**32 - 1, 0, 0, 0, 64, 48)
    film = struct.pack("<10I", 40_000, 25 * len(frame), 0, 0x10, FRAMES, 0, 1, len(frame), WIDTH, HEIGHT) + bytes(16)
    track = listed(b"strl", chunk(b"strh", stream) + chunk(b"strf", bitmap + palette))
    header = listed(b"hdrl", chunk(b"avih", film) + track)
    places = [b"00db" + struct.pack("<III", 0x10, 4 + i * (8 + len(frame)), len(frame)) for i in range(FRAMES)]
    content = header + listed(b"movi", chunk(b"00db", frame) * FRAMES) + chunk(b"idx1", b"".join(places))
    path.write_bytes(chunk(b"RIFF", b"AVI " + content))
    return path


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of RIFF, of an even number of bytes."""
    return kind + struct.pack("<I", len(content)) + content


def listed(kind: bytes, content: bytes) -> bytes:
    """Return a list of chunks."""
    return chunk(b"LIST", kind + content)


@needs_gstreamer
@pytest.mark.parametrize(("bits", "top_down"), [(8, True), (8, False), (24, True), (32, False)])
def test_rows_are_in_their_order(tmp_path: Path, bits: int, top_down: bool) -> None:
    """Where the first row comes first, GStreamer 1.22 showed other pixels, or none after half a minute."""
    frames, last = read(make_avi(tmp_path / "a.avi", bits, top_down=top_down))

    assert (len(frames), last.error) == (FRAMES, None)
    assert frames[0].pixels is not None
    shown = [int(frames[0].pixels[y].mean()) for y in (2, 24, 45)]
    assert shown == pytest.approx([16 + 4 * y * 219 / 255 for y in (2, 24, 45)], abs=2)


@pytest.mark.parametrize(("bits", "top_down"), [(8, True), (24, True), (32, False)])
def test_opencv_reads_what_is_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bits: int, top_down: bool) -> None:
    """Without GStreamer, too."""
    monkeypatch.setattr(gstreamer, "available", lambda: False)
    frames, last = read(make_avi(tmp_path / "a.avi", bits, top_down=top_down))

    assert (len(frames), last.error) == (FRAMES, None)


@pytest.mark.parametrize(
    ("codec", "pixels", "crashes"),
    [(b"\0\0\0\0", b"BGR\x18", True), (b"\0\0\0\0", b"BGRA", False), (b"zlib", b"BGR\x18", False)],
)
def test_what_ends_opencv_s_process_is_known_before(tmp_path: Path, codec: bytes, pixels: bytes, crashes: bool) -> None:
    """By codec and pixels; what is stored from its first row on is safe."""
    said = {cv2.CAP_PROP_FOURCC: codec, cv2.CAP_PROP_CODEC_PIXEL_FORMAT: pixels}
    capture = SimpleNamespace(get=lambda what: float(np.int32(np.frombuffer(said[what], "<i4")[0])))
    other = make_avi(tmp_path / "8.avi", 8, top_down=False)

    assert crashes_opencv(other, capture) is crashes  # type: ignore[arg-type]
    assert not crashes_opencv(make_avi(tmp_path / "24.avi", 24, top_down=True), capture)  # type: ignore[arg-type]


@needs_gstreamer
def test_only_raw_avi_is_described(tmp_path: Path) -> None:
    """Not compressed video, other files, or a file that is cut off or not there."""
    raw = make_avi(tmp_path / "a.avi", 8, top_down=True)
    play(f"videotestsrc num-buffers=2 ! {H264} ! avimux ! filesink location={tmp_path}/b.avi")
    (tmp_path / "c.avi").write_bytes(raw.read_bytes()[:180])

    assert is_top_down(raw)
    assert [is_top_down(tmp_path / name) for name in ("b.avi", "c.avi", "d.avi")] == [False] * 3
    assert not is_top_down(make_avi(tmp_path / "e.avi", 8, top_down=False))
