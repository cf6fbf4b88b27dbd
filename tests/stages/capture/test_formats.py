"""Every decoded frame of a recording comes out, in order and at its time, whatever its format."""

import struct
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from stages.capture import Capture
from stages.media import gstreamer
from tests.support.clips import H264, check_stream, needs_gstreamer, play, read
from tests.support.gifs import make_gif

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "tail"),
    [
        ("clip.mp4", H264 + " ! mp4mux"),
        ("clip.mov", H264 + " ! qtmux"),
        ("b-frames.mp4", "x264enc bframes=3 ! h264parse ! mp4mux"),
        ("fragmented.mp4", "x264enc bframes=3 key-int-max=10 ! h264parse ! mp4mux fragment-duration=200"),
        ("clip.mkv", H264 + " ! matroskamux"),
        ("10-bit.mkv", "videoconvert ! video/x-raw,format=I420_10LE ! x264enc ! h264parse ! matroskamux"),
        ("h265.mkv", "x265enc speed-preset=ultrafast ! h265parse ! matroskamux"),
        ("mjpeg.avi", "jpegenc ! avimux"),
        ("divx.avi", "avenc_mpeg4 gop-size=6 max-bframes=2 ! avimux"),
        ("mjpeg.mkv", "jpegenc ! matroskamux"),
        ("clip.webm", "vp8enc deadline=1 ! webmmux"),
        ("clip.ts", H264 + " ! mpegtsmux"),
        # its clock begins after the first frames
        ("clip.mpg", "x264enc ! h264parse ! mpegpsmux"),
        ("clip.h264", H264 + " ! video/x-h264,stream-format=byte-stream"),
    ],
)
def test_every_format_gives_every_picture_at_its_time(clip: Callable[..., Path], name: str, tail: str) -> None:
    """Each container and codec gives all 20 pictures, 40 ms apart, without an error."""
    frames, last = read(clip(name, tail))

    check_stream(frames, last)
    assert last.error is None
    # fragments have no edit list that takes back what B-frames delay
    first = 2 if name == "fragmented.mp4" else 0
    assert [round(frame.pts_ns / 4e7) - first for frame in frames] == list(range(20))
    assert {(frame.width, frame.height, round(frame.fps)) for frame in frames} == {(320, 240, 25)}


@needs_gstreamer
@pytest.mark.parametrize(
    ("name", "tail"),
    [
        ("divx.avi", "avenc_mpeg4 gop-size=6 max-bframes=2 ! avimux"),
        ("clip.mpg", "x264enc ! h264parse ! mpegpsmux"),
        ("clip.mkv", H264 + " ! matroskamux"),
    ],
)
def test_opencv_gives_the_same_times(
    clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, name: str, tail: str
) -> None:
    """From the first frame on, also of frames without a time."""
    path = clip(name, tail)
    monkeypatch.setattr(gstreamer, "available", lambda: False)
    frames, last = read(path)

    assert ([round(frame.pts_ns / 4e7) for frame in frames], last.error) == ([*range(20)], None)


def test_pictures_are_what_was_encoded(clip: Callable[..., Path]) -> None:
    """The colour bars are seen in all three planes, the same as OpenCV decodes."""
    path = clip("bars.avi", "jpegenc quality=95 ! avimux", frames=2)
    frames, _ = read(path)
    pixels = frames[0].pixels
    assert pixels is not None
    bgr = cv2.cvtColor(pixels, cv2.COLOR_YUV2BGR_I420)
    left, right = bgr[60, 20], bgr[60, 300]

    assert left.min() > 150 and np.ptp(left.astype(int)) < 30  # white
    assert right[0] > 150 and right[1:].max() < 60  # blue


def test_pictures_stay_valid_while_they_are_held(clip: Callable[..., Path]) -> None:
    """A frame that is kept while the source continues does not change."""
    held, copies = [], []
    for frame in Capture(name="hall", source=str(clip("clip.mp4", frames=30))).process(()):
        if frame.pixels is not None:
            held.append(frame.pixels)
            copies.append(frame.pixels.copy())

    assert len(held) == 30
    assert all(np.array_equal(a, b) for a, b in zip(held, copies, strict=True))
    assert not any(np.array_equal(a, b) for a, b in pairwise(copies))


@pytest.mark.parametrize("size", ["641x359", "642x358", "638x361", "3x5"])
def test_odd_sizes_become_even(clip: Callable[..., Path], size: str) -> None:
    """An odd width or height loses one pixel, and the padding of rows is not shown."""
    frames, last = read(clip("odd.mkv", "vp8enc deadline=1 ! matroskamux", frames=3, size=size))
    width, height = (int(side) for side in size.split("x"))

    check_stream(frames, last)
    assert len(frames) == 3
    assert {(frame.width, frame.height) for frame in frames} == {(width & ~1, height & ~1)}
    # the rows of the vertical bars are alike; a wrong stride would shear them
    luma = frames[0].pixels[: height // 2]  # type: ignore[index]
    assert np.abs(luma.astype(int) - luma[0]).max() < 60


def test_non_square_pixels_are_made_square(clip: Callable[..., Path]) -> None:
    """A stream of wide pixels is stretched to what people see."""
    tail = "capssetter caps=video/x-raw,pixel-aspect-ratio=2/1 ! " + H264 + " ! mp4mux"
    frames, _ = read(clip("wide.mp4", tail, frames=2))

    assert (frames[0].width, frames[0].height) == (640, 240)


def test_a_turned_recording_is_shown_upright(clip: Callable[..., Path]) -> None:
    """A quarter turn in the metadata, as telephones write it, is carried out."""
    path = clip("turned.mp4", frames=5)
    turned = bytearray(path.read_bytes())
    matrix = turned.index(b"tkhd") + 4 + 40
    turned[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 240 << 16, 0, 1 << 30)
    path.write_bytes(turned)
    frames, last = read(path)

    assert last.error is None
    assert {(frame.width, frame.height) for frame in frames} == {(240, 320)}
    # turned clockwise, what was at the left is now at the top: the white bar
    assert frames[0].pixels[20, 100:230].min() > 200  # type: ignore[index]


def test_sound_is_ignored(clip: Callable[..., Path]) -> None:
    """A sound track changes nothing."""
    path = clip(
        "sound.mkv",
        H264 + " ! matroskamux name=m",
        more="audiotestsrc num-buffers=40 ! audioconvert ! vorbisenc ! m.",
    )
    frames, last = read(path)

    check_stream(frames, last)
    assert (len(frames), last.error) == (20, None)


@needs_gstreamer
def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    """A file with nothing but sound gives no picture and an error of one short line."""
    play(f"audiotestsrc num-buffers=20 ! audioconvert ! vorbisenc ! oggmux ! filesink location={tmp_path / 'a.ogg'}")
    frames, last = read(tmp_path / "a.ogg")

    assert frames == []
    assert last.error is not None
    assert len(last.error) < 120


def test_a_variable_rate_keeps_its_times(clip: Callable[..., Path], tmp_path: Path) -> None:
    """Pictures that come irregularly keep their timestamps."""
    durations = [40, 200, 40, 120, 400, 40]
    gif = tmp_path / "vfr.gif"
    make_gif(gif, durations)
    frames, last = read(gif)

    check_stream(frames, last)
    assert [frame.pts_ns // 1_000_000 for frame in frames] == [0, 40, 240, 280, 400, 800]

    tail = "identity drop-probability=0.4 ! x264enc bframes=2 ! h264parse ! matroskamux"
    frames, last = read(clip("vfr.mkv", tail, frames=60))
    check_stream(frames, last)
    assert 20 <= len(frames) < 55
    assert all(abs(frame.pts_ns / 4e7 - round(frame.pts_ns / 4e7)) < 0.05 for frame in frames)
    assert len({frame.pts_ns - before.pts_ns > 60_000_000 for before, frame in pairwise(frames)}) == 2


@pytest.mark.parametrize("ending", ["gif", "png", "webp"])
def test_every_frame_of_an_animation_arrives(tmp_path: Path, ending: str) -> None:
    """Of an animated PNG the first one arrived, without a word, and of a WebP none."""
    make_gif(path := tmp_path / f"a.{ending}", [40, 200, 40])
    frames, last = read(path)

    check_stream(frames, last)
    assert [frame.pts_ns // 1_000_000 for frame in frames] == [0, 40, 240]


def test_the_size_may_change_in_mid_stream(clip: Callable[..., Path], tmp_path: Path) -> None:
    """Pictures after the change come in the new size."""
    tail = H264 + " ! video/x-h264,stream-format=byte-stream"
    parts = [clip("a.h264", tail, 10, "320x240"), clip("b.h264", tail, 10, "640x480")]
    path = tmp_path / "both.h264"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames, last = read(path)

    check_stream(frames, last)
    assert [frame.width for frame in frames] == [320] * 10 + [640] * 10


@needs_gstreamer
def test_opencv_decodes_what_gstreamer_cannot(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Such as Ut Video, with which screens are recorded; a playlist is never opened by it: it would follow it."""
    film = cv2.VideoWriter(str(tmp_path / "ut.avi"), cv2.VideoWriter.fourcc(*"ULY0"), 25, (64, 48))
    for gray in range(0, 200, 40):
        film.write(np.full((48, 64, 3), gray, np.uint8))
    film.release()
    caplog.set_level("INFO")
    frames, last = read(tmp_path / "ut.avi")

    assert ([round(frame.pts_ns / 4e7) for frame in frames], last.error) == ([*range(5)], None)
    lumas = [int(frame.pixels[0, 0]) for frame in frames if frame.pixels is not None]
    assert lumas == pytest.approx([16 + gray * 219 / 255 for gray in range(0, 200, 40)], abs=3)
    assert "GStreamer cannot decode it here, OpenCV can" in caplog.text

    (tmp_path / "list.ffconcat").write_text("ffconcat version 1.0\nfile ut.avi\n")
    frames, last = read(tmp_path / "list.ffconcat")
    assert not frames and last.error


def test_without_gstreamer_opencv_decodes(clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same pictures at the same times come out of OpenCV."""
    path = clip("odd.mkv", "vp8enc deadline=1 ! matroskamux", size="321x241")
    with_gst, _ = read(path)
    monkeypatch.setattr(gstreamer, "available", lambda: False)
    frames, last = read(path)

    check_stream(frames, last)
    assert [frame.pts_ns // 1_000_000 for frame in frames] == [frame.pts_ns // 1_000_000 for frame in with_gst]
    for one, other in zip(frames, with_gst, strict=True):
        assert np.abs(one.pixels.astype(int) - other.pixels).mean() < 8  # type: ignore[union-attr]


def test_pictures_are_shrunk_in_proportion_and_never_enlarged(clip: Callable[..., Path]) -> None:
    """`width` and `height` are limits."""
    path = clip("clip.mp4", frames=2)
    sizes = [
        (frames[0].width, frames[0].height)
        for frames, _ in (read(path, width=160), read(path, height=60), read(path, width=1000, height=1000))
    ]

    assert sizes == [(160, 120), (80, 60), (320, 240)]


def test_fewer_pictures_where_fewer_are_asked_for(clip: Callable[..., Path]) -> None:
    """`fps` thins a recording evenly, and what is left is counted from zero."""
    frames, last = read(clip("clip.mp4"), fps=12.5)

    check_stream(frames, last)
    assert [frame.pts_ns // 1_000_000 for frame in frames] == [80 * i for i in range(10)]
    assert frames[0].fps == 12.5
