"""Recordings of phones, editors and broadcasters: every frame is there, as bright as it was."""

import logging
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.messages import Frame
from stages.media.opencv.cv_reader import crashes_gstreamer
from stages.record import Record
from tests.support.clips import H264, needs_gstreamer, play, read

ODD = Path(__file__).parents[4] / "shared" / "data" / "odd"
pytestmark = needs_gstreamer


@pytest.mark.parametrize("tail", ["jpegenc quality=95 ! avimux", "jpegenc quality=95 ! matroskamux"])
@pytest.mark.parametrize("sampling", ["I420", "Y42B", "Y444", "GRAY8"])
def test_video_of_full_range_keeps_its_levels(tmp_path: Path, tail: str, sampling: str) -> None:
    """Gray 42 in MJPEG is luma 42, without colour, and is said to be of full range."""
    path = tmp_path / "gray.avi"
    play(
        "videotestsrc num-buffers=5 pattern=solid-color foreground-color=0xff2a2a2a ! video/x-raw,format=RGB,width=320,"
        f"height=240,framerate=25/1 ! videoconvert ! video/x-raw,format={sampling},colorimetry=1:4:0:0 ! {tail} !"
        f" filesink location={path}"
    )
    frames, last = read(path)

    assert last.error is None
    for frame in frames:
        assert frame.full_range
        assert frame.pixels is not None
        assert np.abs(frame.pixels[:240].astype(int) - 42).max() <= 1
        assert np.abs(frame.pixels[240:].astype(int) - 128).max() <= 1


@pytest.mark.parametrize("colorimetry", ["1:4:0:0", "1:3:5:1", "bt709", "bt2100-pq", "2:4:0:0"])
def test_the_annotated_video_keeps_range_matrix_and_transfer(tmp_path: Path, colorimetry: str) -> None:
    """What was written is read with the colorimetry and the levels of the source."""
    rows = np.full((360, 320), 128, np.uint8)
    rows[:240] = 42
    record = Record(path=str(tmp_path / "{camera}.mp4"), encoder="x264enc")
    full = colorimetry[0] == "1"
    live = Frame(camera="a", lossless=True, width=320, height=240, pixels=rows, colorimetry=colorimetry, fps=25)
    frames = [live, Frame(camera="a", lossless=True, state="ended")]
    assert list(record.process(frames)) == []
    [frame], last = read(tmp_path / "a.mp4")

    assert last.error is None
    assert frame.full_range == full
    assert frame.colorimetry == colorimetry
    assert frame.pixels is not None
    assert abs(int(frame.pixels[120, 160]) - 42) <= 1


def test_hdr_is_named_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The log explains why faces look flat."""
    path = tmp_path / "hdr.mkv"
    play(
        "videotestsrc num-buffers=5 ! video/x-raw,format=I420,width=320,height=240,framerate=25/1,"
        f"colorimetry=bt2100-pq ! {H264} ! matroskamux ! filesink location={path}"
    )
    with caplog.at_level(logging.WARNING):
        read(path)

    assert len(re.findall("HDR video", caplog.text)) == 1


def test_the_default_of_two_video_tracks_is_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The log mentions the other track."""
    path = tmp_path / "two.mkv"
    tracks = [
        f" videotestsrc num-buffers=20 ! video/x-raw,format=I420,width={w},height=120,framerate=25/1 ! {H264} ! queue !"
        " mux."
        for w in (160, 320)
    ]
    play(f"matroskamux name=mux ! filesink location={path}" + "".join(tracks))
    with caplog.at_level(logging.WARNING):
        frames, last = read(path)

    assert (len(frames), last.error) == (20, None)
    assert "2 video tracks" in caplog.text


@pytest.mark.parametrize(
    ("name", "tail", "found"),
    [
        ("a.mp4", "avenc_aac ! mp4mux", "sound (AAC)"),
        ("a.flac", "flacenc", "sound (Free Lossless Audio Codec (FLAC))"),
        ("a.mkv", "vorbisenc ! matroskamux", "sound (Vorbis)"),
    ],
)
def test_a_file_with_sound_alone_says_so(tmp_path: Path, name: str, tail: str, found: str) -> None:
    """The error does not claim that a plug-in is missing."""
    path = tmp_path / name
    play(f"audiotestsrc num-buffers=50 ! audioconvert ! {tail} ! filesink location={path}")
    frames, last = read(path)

    assert frames == []
    assert last.error == f"{name}: expected video, found {found}"


def test_a_web_page_is_no_video(tmp_path: Path) -> None:
    """A download that needed a login is often a web page."""
    path = tmp_path / "clip.mp4"
    path.write_text("<!DOCTYPE html><html><body>Please log in</body></html>\n" * 10)
    _, last = read(path)

    assert last.error == "clip.mp4: expected video, found HTML"


def test_a_clock_that_jumps_back_does_not_squeeze_what_follows(tmp_path: Path) -> None:
    """Two broadcasts in one file, one after the other, keep their 40 ms from frame to frame."""
    for name in "ab":
        play(
            f"videotestsrc num-buffers=50 ! video/x-raw,format=I420,width=320,height=240,framerate=25/1 ! {H264} !"
            f" mpegtsmux ! filesink location={tmp_path / name}"
        )
    path = tmp_path / "both.ts"
    path.write_bytes((tmp_path / "a").read_bytes() + (tmp_path / "b").read_bytes())
    frames, last = read(path)

    assert last.error is None
    assert len(frames) == 100
    steps = np.diff([frame.pts_ns for frame in frames]) / 1e6
    assert steps.min() > 30
    assert steps.max() < 1000


COUNTS = {
    "01_trim.mp4": 100,
    "03_quicktime_trim.mp4": 150,
    "05_end_trim_bframes.mp4": 25,
    "06_late.flv": 50,
    "08_sound_longer.mp4": 50,
    "09_last_picture_8s.mp4": 50,
    "10_full_range.mp4": 25,
    "11_gray_ffv1.mkv": 25,
    "13_two_tracks.mkv": 50,
    "14_size_change.h264": 50,
    "17_late_video.mp4": 100,
}


@pytest.mark.skipif(not ODD.is_dir(), reason="the odd recordings are not here")
@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_odd_recordings_are_whole(name: str, count: int) -> None:
    """All frames that ffprobe counts arrive."""
    frames, last = read(ODD / name)

    assert (len(frames), last.error) == (count, None)
    assert frames[0].pts_ns == (2_000_000_000 if name.startswith("17") else 0)


def test_gray_ffv1_of_16_bits_is_read(tmp_path: Path) -> None:
    """OpenCV reads what GStreamer's decoder would crash on."""
    path = tmp_path / "deep.mkv"
    params = [cv2.VIDEOWRITER_PROP_DEPTH, cv2.CV_16U, cv2.VIDEOWRITER_PROP_IS_COLOR, 0]
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"FFV1"), 25.0, (320, 240), params)
    for _ in range(5):
        writer.write(np.full((240, 320), 42 * 257, np.uint16))
    writer.release()

    assert crashes_gstreamer(path)
    frames, last = read(path)
    assert (len(frames), last.error) == (5, None)
    assert frames[0].pixels is not None
    assert abs(int(frames[0].pixels[100, 100]) - 52) <= 1
