"""Recordings with edit lists and late beginnings: every frame that is to be seen, at its time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stages.media import gstreamer
from tests.stages.media.mp4_boxes import edit
from tests.support.clips import H264, check_stream, needs_gstreamer, play, read

AVC = "x264enc speed-preset=ultrafast bframes=0 key-int-max=10 ! h264parse"
pytestmark = [pytest.mark.slow, needs_gstreamer]


@pytest.fixture(params=["mp4mux", "qtmux"])
def film(request: pytest.FixtureRequest, clip: Callable[..., Path]) -> Path:
    """Return 100 frames of 40 ms with a key frame every 400 ms and without B-frames."""
    return clip("film.mp4", f"{AVC} ! {request.param}", frames=100)


@pytest.mark.parametrize("gst", [True, False])
@pytest.mark.parametrize(
    ("edits", "count"),
    [
        ([(2.0, 1.6)], 50),  # from a key frame
        ([(1.0, 3.0)], 25),  # what is shown ends later than the film is long
        ([(1.0, 0.92)], 25),  # from between two key frames
        ([(0.6, 0.0)], 15),
        ([(0.4, 0.4), (0.4, 2.4)], 20),  # a piece is cut out
    ],
)
def test_every_frame_inside_an_edit_arrives(
    film: Path, monkeypatch: pytest.MonkeyPatch, edits: list[tuple[float, float]], count: int, gst: bool
) -> None:
    """Neither more nor fewer frames than the edit list shows, in order, 40 ms apart from 0 on."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    edit(film, edits)
    frames, last = read(film)

    assert last.error is None
    assert [round(frame.pts_ns / 4e7) for frame in frames] == list(range(count))
    check_stream(frames, last)


def test_an_edit_that_begins_within_a_frame_leaves_that_out(film: Path) -> None:
    """Half a frame is none; the next one is where the edit list puts it."""
    edit(film, [(1.0, 0.42)])
    frames, last = read(film)

    assert (len(frames), last.error) == (25, None)
    assert frames[0].pts_ns == pytest.approx(20e6, abs=1e6)


def test_b_frames_after_the_end_of_an_edit_are_left_out(clip: Callable[..., Path]) -> None:
    """Frames that are decoded for others only are not shown."""
    path = clip("film.mp4", "x264enc bframes=3 ! h264parse ! mp4mux", frames=60)
    edit(path, [(1.0, 0.08)])
    frames, last = read(path)

    assert (len(frames), last.error) == (25, None)


def test_an_edit_list_hides_no_lost_frames(film: Path) -> None:
    """Where the decoder gives fewer frames than the edits show, the file is reported."""
    edit(film, [(2.0, 1.6)])
    data = bytearray(film.read_bytes())
    middle = data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 2
    data[middle : data.rindex(b"moov") - 4] = bytes(data.rindex(b"moov") - 4 - middle)
    film.write_bytes(data)
    frames, last = read(film)

    assert len(frames) < 49
    assert last.error is not None
    assert last.fault == "broken"


def test_time_counts_from_the_start_of_the_container(film: Path) -> None:
    """Video that begins after 2 s of something else begins at 2000 ms; the file's date is kept."""
    edit(film, [(2.0, -1), (1.0, 0.4)], created_s=1_700_000_000)
    frames, last = read(film)

    assert (len(frames), last.error) == (25, None)
    assert (frames[0].pts_ns, frames[-1].pts_ns) == (2_000_000_000, 2_960_000_000)
    assert frames[0].started_ns == 1_700_000_000 * 10**9
    assert read(film, started_at=1.8e9)[0][0].started_ns == 1_800_000_000 * 10**9


@pytest.mark.parametrize("muxer", ["mp4mux", "matroskamux", "flvmux", "mpegtsmux"])
def test_video_may_begin_later_than_its_sound(tmp_path: Path, muxer: str) -> None:
    """Video that begins 2 s late starts at 2 s, in every container."""
    path = tmp_path / "late"
    play(
        f"{muxer} name=mux ! filesink location={path} videotestsrc num-buffers=50 timestamp-offset=2000000000 !"
        f" video/x-raw,format=I420,width=320,height=240,framerate=25/1 ! {AVC} ! queue max-size-time=0 ! mux."
        " audiotestsrc samplesperbuffer=441 num-buffers=400 ! audio/x-raw,rate=44100,channels=2 ! audioconvert !"
        " avenc_aac ! aacparse ! queue max-size-time=0 max-size-buffers=0 max-size-bytes=0 ! mux."
    )
    frames, last = read(path)

    assert (len(frames), last.error) == (50, None)
    assert frames[0].pts_ns == pytest.approx(2e9, abs=0.1e9)


@pytest.mark.parametrize(
    ("name", "muxer", "encoder"),
    [
        ("sound.mp4", "mp4mux", "avenc_aac"),
        ("sound.mkv", "matroskamux", "vorbisenc"),
        ("sound.flv", "flvmux", "avenc_aac"),
        ("sound.ts", "mpegtsmux", "avenc_aac"),
        ("sound.avi", "avimux", "identity"),
    ],
)
def test_sound_may_be_longer_than_the_video(tmp_path: Path, name: str, muxer: str, encoder: str) -> None:
    """Two seconds of video beside eight of sound are whole."""
    path = tmp_path / name
    play(
        f"{muxer} name=mux ! filesink location={path} videotestsrc num-buffers=50 ! video/x-raw,format=I420,width=320,"
        f"height=240,framerate=25/1 ! {H264} ! queue max-size-time=0 ! mux."
        f" audiotestsrc samplesperbuffer=441 num-buffers=800 ! audio/x-raw,rate=44100,channels=2 ! audioconvert !"
        f" {encoder} ! queue max-size-time=0 max-size-buffers=0 max-size-bytes=0 ! mux."
    )
    frames, last = read(path)

    assert (len(frames), last.error) == (50, None)


def test_a_clock_need_not_begin_at_0(tmp_path: Path) -> None:
    """A live stream that was saved has the clock of its sender."""
    path = tmp_path / "late.flv"
    play(
        "videotestsrc num-buffers=50 timestamp-offset=50000000000000 ! video/x-raw,format=I420,width=320,height=240,"
        f"framerate=25/1 ! {H264} ! flvmux ! filesink location={path}"
    )
    frames, last = read(path)

    assert (len(frames), last.error) == (50, None)
