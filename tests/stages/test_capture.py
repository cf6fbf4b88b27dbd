"""Every decoded picture comes out, in order and at its time; whatever is wrong with a source is one line."""

import os
import struct
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline.errors import ConfigError, InputError
from pipeline.messages import Frame
from stages.capture import Capture
from stages.media import gstreamer
from stages.media.address import parse_address
from stages.media.gst.gst_reader import GstReader
from stages.media.reader import End, Newest, Picture, Reader
from tests.support.clips import H264, check_stream, needs_gstreamer, play, read
from tests.support.films import film

VIDEOS = Path(__file__).parents[3] / "shared" / "data" / "videos"


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
        ("mjpeg.mkv", "jpegenc ! matroskamux"),
        ("clip.webm", "vp8enc deadline=1 ! webmmux"),
        ("clip.ts", H264 + " ! mpegtsmux"),
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


def test_pictures_are_what_was_encoded(clip: Callable[..., Path]) -> None:
    """The colour bars are seen in all three planes, the same as OpenCV decodes."""
    import cv2

    path = clip("bars.avi", "jpegenc quality=95 ! avimux", frames=2)
    frames, _ = read(path)
    pixels = frames[0].pixels
    assert pixels is not None
    bgr = cv2.cvtColor(pixels, cv2.COLOR_YUV2BGR_I420)
    left, right = bgr[60, 20], bgr[60, 300]

    assert left.min() > 150 and np.ptp(left.astype(int)) < 30  # white
    assert right[0] > 150 and right[1:].max() < 60  # blue


def test_pictures_stay_valid_while_they_are_held(clip: Callable[..., Path]) -> None:
    """A picture kept while the source goes on does not change."""
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


def test_the_size_may_change_in_mid_stream(clip: Callable[..., Path], tmp_path: Path) -> None:
    """Pictures after the change come in the new size."""
    tail = H264 + " ! video/x-h264,stream-format=byte-stream"
    parts = [clip("a.h264", tail, 10, "320x240"), clip("b.h264", tail, 10, "640x480")]
    path = tmp_path / "both.h264"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames, last = read(path)

    check_stream(frames, last)
    assert [frame.width for frame in frames] == [320] * 10 + [640] * 10


def make_gif(path: Path, durations: list[int], size: tuple[int, int] = (64, 48)) -> None:
    """Write a GIF whose pictures all differ."""
    images = [Image.new("RGB", size, (10 * i, 100, 255 - 10 * i)) for i in range(len(durations))]
    images[0].save(path, save_all=True, append_images=images[1:], duration=durations, loop=0)


def test_a_gif_gives_every_picture(tmp_path: Path) -> None:
    """A GIF of 12.5 pictures per second gives all of them at their times, in even size."""
    path = tmp_path / "clip.gif"
    make_gif(path, [80] * 13, (65, 49))
    frames, last = read(path)

    check_stream(frames, last)
    assert [frame.pts_ns // 1_000_000 for frame in frames] == [80 * i for i in range(13)]
    assert {(frame.width, frame.height, frame.fps) for frame in frames} == {(64, 48, 12.5)}
    assert frames[0].duration_ns == 13 * 80_000_000
    assert (last.seq, last.error) == (13, None)


@pytest.mark.skipif(not VIDEOS.is_dir(), reason="the clips of ../shared are not here")
@pytest.mark.parametrize(("name", "count"), [("signing-book.mkv", 109), ("two-people.gif", 56), ("one-woman.gif", 23)])
@pytest.mark.parametrize("gst", [True, False])
def test_real_clips_give_every_picture(monkeypatch: pytest.MonkeyPatch, name: str, count: int, gst: bool) -> None:
    """Recorded clips give as many pictures as other decoders find in them, with GStreamer or without."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    frames, last = read(VIDEOS / name)

    check_stream(frames, last)
    assert (len(frames), last.error) == (count, None)


@needs_gstreamer
@pytest.mark.parametrize("gst", [True, False])
def test_own_recordings_give_every_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gst: bool) -> None:
    """What the program has recorded comes back whole, at its times, with GStreamer or without."""
    path = film(tmp_path / "film.mp4", faces=2, width=320, height=240)
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    frames, last = read(path)

    check_stream(frames, last)
    assert (len(frames), last.error) == (40, None)
    assert [round(frame.pts_ns / 1e6) for frame in frames] == [50 * n for n in range(40)]


@pytest.mark.parametrize("gst", [True, False])
def test_own_gifs_give_every_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gst: bool) -> None:
    """Of unequal durations, with GStreamer or without."""
    if gst and not gstreamer.available():
        pytest.skip("GStreamer is not installed")
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    make_gif(tmp_path / "film.gif", [40, 100, 200] * 8)
    frames, last = read(tmp_path / "film.gif")

    check_stream(frames, last)
    assert (len(frames), last.error) == (24, None)


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
    """A small file may hold one of which a ring would take all memory; beyond that it is not even decoded."""
    if gst and not gstreamer.available():
        pytest.skip("GStreamer is not installed")
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    cv2.imwrite(str(tmp_path / "large.jpg"), np.full((120, 9000, 3), 128, np.uint8))
    cv2.imwrite(str(tmp_path / "larger.jpg"), np.full((64, 16_500, 3), 128, np.uint8))
    (frame,), _ = read(tmp_path / "large.jpg")
    frames, last = read(tmp_path / "larger.jpg")

    assert (frame.width, frame.height) == (8192, 108)
    assert ([frame.width for frame in frames], last.fault) == (([], "format") if gst else ([8192], ""))


def test_a_recording_cut_off_before_its_index_is_an_error(clip: Callable[..., Path]) -> None:
    """An MP4 without its last part, where the index stands, gives no picture and says why."""
    path = clip("cut.mp4")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames, last = read(path)

    assert frames == []
    assert last.error is not None


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


def test_damage_in_the_middle_costs_only_what_is_damaged(clip: Callable[..., Path]) -> None:
    """Pictures before and after noise in a file come out, and the error tells of it."""
    path = clip("damaged.mp4", frames=60)
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 3
    data[start : start + 400] = bytes(np.random.default_rng(1).integers(0, 256, 400, np.uint8))
    path.write_bytes(data)
    frames, last = read(path)

    check_stream(frames, last)
    assert 30 <= len(frames) <= 60
    assert frames[-1].pts_ns > 55 * 40_000_000


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


def test_a_folder_is_one_stream(tmp_path: Path) -> None:
    """The files of a folder follow each other; a broken one is named, and the others lose nothing."""
    for name in ("1.gif", "3.gif"):
        make_gif(tmp_path / name, [40] * 5)
    (tmp_path / "2.gif").write_bytes(b"GIF89a broken")
    (tmp_path / "notes.txt").write_text("not a video")
    frames, last = read(tmp_path)

    check_stream(frames, last)
    assert [frame.pts_ns // 1_000_000 for frame in frames] == [40 * i for i in range(10)]
    assert last.error is not None
    assert last.error.startswith("2.gif: ")
    assert ";" not in last.error

    assert read(tmp_path / "[13].gif")[1].seq == 10


def test_a_loop_goes_on(tmp_path: Path) -> None:
    """With `loop` a file starts again, and numbers and times go on."""
    path = tmp_path / "clip.gif"
    make_gif(path, [40] * 5)
    source = Capture(name="hall", source=str(path), loop=True).process(())
    frames = [next(source) for _ in range(12)]
    source.close()  # type: ignore[attr-defined]

    assert [frame.seq for frame in frames] == list(range(12))
    assert [frame.pts_ns // 1_000_000 for frame in frames] == [40 * i for i in range(12)]


def test_a_loop_over_nothing_ends(tmp_path: Path) -> None:
    """A file without pictures is not tried for ever."""
    path = tmp_path / "clip.gif"
    path.write_bytes(b"GIF89a")

    assert read(path, loop=True)[1].error is not None


class _Slow(Reader):
    """Twenty pictures at 50 per second, one of which takes half a second to decode."""

    def _decode(self, timeout_s: float) -> Picture | None:
        self._rate = 50.0
        if self._count == 5:
            threading.Event().wait(0.5)
        if self._count == 20:
            raise self._end()
        return Picture(pixels=np.zeros((3, 2), np.uint8), pts_ns=self._count * 20_000_000)

    def close(self) -> None:
        pass


def test_a_file_in_real_time_that_comes_late_loses_what_a_camera_would_have_lost() -> None:
    """It goes on at its own speed from there, and the numbers say how many pictures that were."""
    pictures = []
    with closing(Newest(_Slow, paced=True)) as reader, suppress(End):
        while (picture := reader.read(2.0)) is not None:
            pictures.append(picture)

    lost = pictures[-1].index - 19
    assert pictures[0].index == 0
    assert 10 <= lost <= 30
    assert (pictures[-1].arrived_ns - pictures[-5].arrived_ns) / 1e9 == pytest.approx(0.08, abs=0.06)


class _Hasty(Reader):
    """Thirty pictures a second, of which the second to the thirty-first are skipped."""

    rate = 30.0

    def _decode(self, timeout_s: float) -> Picture | None:
        self._rate = self.rate
        skipped = 30 if self._count else 0
        self._miss(skipped)
        return Picture(pixels=np.zeros((3, 2), np.uint8), pts_ns=skipped * 1_033_333_333)

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("fps", "rate", "expected"), [(0, 30.0, 31), (10, 30.0, 11), (60, 30.0, 31), (10, 0.0, 31)])
def test_skipped_pictures_count_at_the_rate_asked_for(
    monkeypatch: pytest.MonkeyPatch, fps: float, rate: float, expected: int
) -> None:
    """Of thirty pictures skipped ten would have been given at ten a second; at an unknown rate all count."""
    monkeypatch.setattr(_Hasty, "rate", rate)
    reader = _Hasty(fps)
    first, second = reader.read(1.0), reader.read(1.0)

    assert first and second
    assert (first.index, second.index) == (0, expected)


def test_realtime_drops_what_nobody_takes(tmp_path: Path) -> None:
    """A slow reader of a file played in real time gets the newest pictures, with gaps in their numbers."""
    path = tmp_path / "clip.gif"
    make_gif(path, [20] * 20)
    frames: list[Frame] = []
    late = threading.Event()
    for frame in Capture(name="hall", source=str(path), realtime=True).process(()):
        frames.append(frame)
        if frame.seq == 0:
            late.wait(0.25)

    *live, last = frames
    numbers = [frame.seq for frame in live]
    assert last.state == "ended"
    assert last.seq == len(live)
    assert numbers[0] == 0
    assert numbers[1] > 5
    assert numbers[-1] == 19
    assert numbers == sorted(set(numbers))
    assert not any(frame.lossless for frame in live)
    assert live[-1].captured_ns - live[0].captured_ns > 0.9 * live[-1].pts_ns


@pytest.mark.parametrize(
    ("source", "error", "match"),
    [
        ("", ConfigError, "expected source to be a file"),
        ("ftp://host/x", ConfigError, "expected source to be a file"),
        ("gst:", ConfigError, "expected source to be a file"),
        ("rtsp://", ConfigError, "expected a host"),
        ("rtsp://user:secret@host:port/x", ConfigError, r"rtsp://\*\*\*@host"),
        ("rtsp://admin:sec/secret@10.0.0.5/live", ConfigError, r"percent-encoded.*credentials_env.*@10.0.0.5/live"),
        ("rtsp://admin:sec#secret@10.0.0.5/live", ConfigError, "percent-encoded"),
        ("rtsp://admin:12#secret@10.0.0.5/live", ConfigError, "percent-encoded"),
        ("rtsp://admin:12/secret@cam.example/live", ConfigError, "percent-encoded"),
        ("rtsp://admin:sec@secret@10.0.0.5/live", ConfigError, "percent-encoded"),
        ("rtsp://admin:a@secret/b@10.0.0.5/live", ConfigError, "percent-encoded"),
        ("rtsp://admin:sec?secret@10.0.0.5/live", ConfigError, "percent-encoded"),
        ("/nowhere/clip.mp4", InputError, "expected a file, found nothing: /nowhere/clip.mp4"),
        ("/nowhere/*.mp4", InputError, "found none that match"),
        ("films/**.mp4", InputError, r"found 'films/\*\*.mp4': Invalid pattern"),
        ("x" * 5000, InputError, r"found 'xx.*\.\.\..*xx': File name too long"),
        ("~no-such-person/x.mp4", InputError, "home directory"),
        ("file:///%00", InputError, "expected a file"),
        ("two\nlines.mp4", InputError, "expected a file"),
    ],
)
def test_nonsense_is_refused_in_one_line(source: str, error: type[Exception], match: str) -> None:
    """A source that cannot be is told when the stage is made."""
    with pytest.raises(error, match=match) as caught:
        Capture(name="hall", source=source)

    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "rtsp://u:p%40ss@10.0.0.5/live",
        "rtsp://10.0.0.5:554/user=a@b",
        "rtsp://u:p@10.0.0.5/mail@example",
        "rtsp://[::1]:554/a@b",
        "http://u:p@cam/video?mail=a@b",
    ],
)
def test_an_at_sign_behind_the_host_is_no_password(source: str) -> None:
    """Cameras have paths and queries with one."""
    assert parse_address(source).kind in ("rtsp", "http")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """A folder without videos is an input error."""
    with pytest.raises(InputError, match="found none"):
        Capture(name="hall", source=str(tmp_path))


@needs_gstreamer
def test_leaving_early_lets_go_of_everything(clip: Callable[..., Path]) -> None:
    """Closing the generator in mid-stream leaves no thread and no open file, however often."""

    def visit() -> None:
        source = Capture(name="hall", source=str(path)).process(())
        assert next(source).state == "live"
        source.close()  # type: ignore[attr-defined]

    path = clip("clip.mp4", frames=60)
    for _ in range(3):
        visit()
    files, threads = open_files(), thread_count()
    for _ in range(10):
        visit()

    assert open_files() <= files
    assert thread_count() <= threads


@pytest.mark.parametrize("realtime", [True, False])
@pytest.mark.parametrize("part", [1.0, 0.6])
def test_a_file_that_has_ended_leaves_nothing_for_the_garbage_collector(
    clip: Callable[..., Path], readers: Callable[[], list[Reader | None]], part: float, realtime: bool
) -> None:
    """What ended a recording, whole or broken, does not keep its decoder: few objects are made, garbage waits long."""
    path = clip("clip.mkv", f"{H264} ! matroskamux", frames=50)
    path.write_bytes(path.read_bytes()[: round(path.stat().st_size * part)])
    source = Capture(name="hall", source=str(path), realtime=realtime).process(())

    assert [frame for frame in source if frame.state == "live"]
    assert readers() == [None]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def thread_count() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


@pytest.mark.parametrize(
    ("size", "paced", "threads"), [("64x48", True, 1), ("64x48", False, 0), ("2048x1152", True, 0)]
)
def test_one_thread_decodes_what_comes_at_its_own_speed(
    clip: Callable[..., Path], size: str, paced: bool, threads: int
) -> None:
    """Small pictures of a camera; a recording is decoded by as many as the decoder likes, and so are large pictures."""
    reader = GstReader(parse_address(str(clip("one.mp4", frames=5, size=size))), paced=paced)
    try:
        assert reader.read(10.0) is not None
        found = reader._pipeline.iterate_recurse()
        decoders = []
        while (step := found.next())[0] == gstreamer.load().IteratorResult.OK:
            decoders += [step[1]] if step[1].find_property("max-threads") else []
        assert [decoder.get_property("max-threads") for decoder in decoders] == [threads]
    finally:
        reader.close()
