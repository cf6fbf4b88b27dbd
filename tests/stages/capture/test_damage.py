"""A file that is damaged, cut off or no video gives what is there and an error of one line."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from stages.capture import Capture
from stages.media import gstreamer
from stages.media.containers.chain import break_in
from tests.support.clips import H264, check_stream, needs_gstreamer, read

pytestmark = pytest.mark.slow


@needs_gstreamer
def test_a_playlist_opens_no_other_file(clip: Callable[..., Path], tmp_path: Path) -> None:
    """One that comes from the network could name files of this machine, so none is followed."""
    film = clip("film.ts", H264 + " ! mpegtsmux")
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{film}\n#EXT-X-ENDLIST\n")
    frames, last = read(playlist)

    assert frames == []
    assert last.error


@pytest.mark.parametrize("gst", [True, False])
@pytest.mark.parametrize("content", [b"", b"This is a text.\n" * 200, os.urandom(5000), b"GIF89a" + b"\0" * 20])
@pytest.mark.parametrize("name", ["broken.mp4", "broken.gif"])
def test_what_is_no_video_ends_with_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, name: str, gst: bool
) -> None:
    """Empty files, text, noise and a GIF without pictures give no picture and one line."""
    if gst and not gstreamer.available():
        pytest.skip("GStreamer is not installed")
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    path = tmp_path / name
    path.write_bytes(content)
    frames, last = read(path)

    assert frames == []
    assert last.seq == 0
    assert last.error is not None
    assert last.error.startswith(name + ": ")
    assert last.fault == "format"
    assert "\n" not in last.error


@pytest.mark.parametrize("gst", [True, False])
def test_a_huge_picture_is_made_smaller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gst: bool) -> None:
    """A small file may hold one of which a ring would take all memory."""
    if gst and not gstreamer.available():
        pytest.skip("GStreamer is not installed")
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    cv2.imwrite(str(tmp_path / "large.jpg"), np.full((120, 9000, 3), 128, np.uint8))
    cv2.imwrite(str(tmp_path / "larger.jpg"), np.full((64, 16_500, 3), 128, np.uint8))
    (frame,), _ = read(tmp_path / "large.jpg")
    (larger,), last = read(tmp_path / "larger.jpg")

    assert (frame.width, frame.height) == (8192, 108)
    assert (larger.width, last.error) == (8192, None)


def test_a_recording_cut_off_before_its_index_is_an_error(clip: Callable[..., Path]) -> None:
    """An MP4 without its last part, where the index stands, gives no picture and says why."""
    path = clip("cut.mp4")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames, last = read(path)

    assert frames == []
    assert last.error == (
        "cut.mp4: expected a video with an index, found none (moov): it is cut off, or is still being written"
    )


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    """A recorder that was stopped at once leaves one."""
    (tmp_path / "nothing.mkv").touch()
    frames, last = read(tmp_path / "nothing.mkv")

    assert (frames, last.error, last.fault) == ([], "nothing.mkv: expected video, found an empty file", "format")


@pytest.mark.parametrize("gst", [True, False])
@pytest.mark.parametrize("muxer", ["mp4mux faststart=true", "matroskamux", "flvmux", "mpegtsmux", "avimux"])
def test_a_recording_cut_off_after_its_index_gives_what_is_there_and_an_error(
    clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, muxer: str, gst: bool
) -> None:
    """No decoder complains of a file that just ends, so its bytes are compared with what its structure says."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    path = clip(f"cut.{muxer[:3]}", f"{H264} ! {muxer}", frames=100)
    whole, last = read(path)
    assert (len(whole), last.error) == (100, None)

    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    frames, last = read(path)
    check_stream(frames, last)
    assert 30 < len(frames) < 75
    assert last.error is not None
    assert "cut off" in last.error
    assert last.fault == "broken"


def damaged_inside(path: Path) -> Path:
    """Replace bytes in the middle of an MP4 by noise; return its path."""
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 3
    data[start : start + 400] = bytes(np.random.default_rng(1).integers(0, 256, 400, np.uint8))
    path.write_bytes(data)
    return path


def test_damage_in_the_middle_costs_only_what_is_damaged(clip: Callable[..., Path]) -> None:
    """Pictures before and after noise in a file come out, and the error tells of it."""
    frames, last = read(damaged_inside(clip("damaged.mp4", frames=60)))

    check_stream(frames, last)
    assert 30 <= len(frames) <= 60
    assert frames[-1].pts_ns > 55 * 40_000_000
    assert last.error is not None
    assert last.error.startswith("damaged.mp4: expected whole frames, found damaged ones near ")
    assert last.fault == "broken"


@needs_gstreamer
def test_damage_is_not_reported_of_another_file(clip: Callable[..., Path]) -> None:
    """A program may read two at a time, and the decoders' messages do not name them."""
    broken = Capture(name="a", source=str(damaged_inside(clip("broken.mp4", frames=60)))).process(())
    whole = Capture(name="b", source=str(clip("whole.mp4", frames=60))).process(())
    next(broken), next(whole)
    *_, _ = broken
    *_, last = whole

    assert (last.state, last.error) == ("ended", None)


@pytest.mark.parametrize(
    "muxer",
    ["matroskamux", "webmmux", "flvmux", "mpegtsmux", "avimux", "mp4mux fragment-duration=200", "mpegpsmux", "oggmux"],
)
@pytest.mark.parametrize("gst", [True, False])
def test_a_recording_with_a_damaged_beginning_says_so(
    clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, muxer: str, gst: bool
) -> None:
    """Demultiplexers search for the next part they can read, and report nothing."""
    encoders = {"webmmux": "vp8enc deadline=1 keyframe-max-dist=10", "oggmux": "theoraenc keyframe-force=10"}
    path = clip(f"{muxer[:6]}.bin", f"{encoders.get(muxer, H264)} ! {muxer}", frames=60)
    assert break_in(path) is None

    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    data = path.read_bytes()
    start = max(data.find(bytes.fromhex("1f43b675")), data.find(b"moof") - 4, len(data) // 20)
    path.write_bytes(data[:start] + bytes(len(data) // 4) + data[start + len(data) // 4 :])
    frames, last = read(path)

    assert len(frames) < 60
    assert last.error is not None
    assert "expected whole data, found " in last.error
    assert last.fault == "broken"


def test_zeros_behind_a_recording_are_no_damage(clip: Callable[..., Path]) -> None:
    """Recorders in cars reserve the space of a file."""
    for muxer in ("matroskamux", "flvmux", "mpegtsmux", "avimux"):
        path = clip(f"{muxer}.bin", f"{H264} ! {muxer}")
        path.write_bytes(path.read_bytes() + bytes(188 * 100))
        assert break_in(path) is None


def test_a_truncated_gif_gives_what_is_there(tmp_path: Path) -> None:
    """A GIF cut off gives its first pictures and the error."""
    path = tmp_path / "cut.gif"
    rng = np.random.default_rng(3)
    images = [Image.fromarray(rng.integers(0, 256, (48, 64, 3), np.uint8)) for _ in range(10)]
    images[0].save(path, save_all=True, append_images=images[1:], duration=80)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames, last = read(path)

    check_stream(frames, last)
    assert 3 <= len(frames) < 10
