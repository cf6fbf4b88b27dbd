"""Video that begins before or after the sound, or before 0: both readers give the container's times."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from stages.media import gstreamer
from stages.media.containers.beginning import beginning_of
from stages.media.containers.kinds import element
from tests.stages.media.mp4_boxes import edit
from tests.support.clips import H264, needs_gstreamer, play, read

pytestmark = [pytest.mark.slow, needs_gstreamer]
FRAMES = f"video/x-raw,format=I420,width=160,height=120,framerate=25/1 ! {H264}"


def times_s(path: Path, monkeypatch: pytest.MonkeyPatch, *, gst: bool) -> list[float]:
    """Return the positions of all frames."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    frames, last = read(path)
    assert last.error is None
    return [frame.pts_ns / 1e9 for frame in frames]


@pytest.mark.parametrize("gst", [True, False])
@pytest.mark.parametrize("mux", ["matroskamux", "flvmux", "mpegtsmux"])
def test_video_that_starts_after_the_sound_starts_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mux: str, gst: bool
) -> None:
    """Half a second of sound alone is half a second, without GStreamer too."""
    path = tmp_path / "late"
    play(
        f"{mux} name=mux ! filesink location={path} audiotestsrc num-buffers=86 timestamp-offset=0 ! avenc_aac !"
        f" aacparse ! queue ! mux. videotestsrc num-buffers=25 timestamp-offset=500000000 ! {FRAMES} ! queue ! mux."
    )
    found = times_s(path, monkeypatch, gst=gst)

    # the encoder of the sound begins up to a frame of it earlier
    assert 0.45 <= found[0] <= 0.56
    assert np.diff(found) == pytest.approx(0.04, abs=0.002)
    assert found == pytest.approx(times_s(path, monkeypatch, gst=not gst), abs=0.002)


@pytest.mark.parametrize("gst", [True, False])
def test_an_edit_list_that_begins_with_nothing_delays_the_video(
    clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, gst: bool
) -> None:
    """As in an MP4 whose sound starts first."""
    path = clip("film.mp4", "x264enc speed-preset=ultrafast bframes=0 key-int-max=10 ! h264parse ! mp4mux", frames=50)
    edit(path, [(0.5, -1), (2.0, 0.0)])

    found = times_s(path, monkeypatch, gst=gst)
    assert (len(found), found[0]) == (50, pytest.approx(0.5, abs=0.002))


def shift_first_cluster(path: Path, ms: int) -> None:
    """Move the blocks of a Matroska's first cluster back in time; their own times may be negative."""
    data = bytearray(path.read_bytes())
    at = data.index(bytes.fromhex("1f43b675"))
    end = data.find(bytes.fromhex("1f43b675"), at + 4)
    while (at := data.find(b"\x81", at + 1, end)) > 0:
        time, flags = struct.unpack(">hB", data[at + 1 : at + 4])
        if data[at - 9 : at].find(b"\xa3") >= 0 and flags in (0, 0x80) and 0 <= time < 2000:
            data[at + 1 : at + 3] = struct.pack(">h", time - ms)
    path.write_bytes(data)


@pytest.mark.parametrize("gst", [True, False])
def test_frames_before_0_keep_their_distance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gst: bool) -> None:
    """Decoders know no negative time: half a second of frames came at once."""
    path = tmp_path / "early.mkv"
    play(
        f"videotestsrc num-buffers=25 ! video/x-raw,format=I420,width=160,height=120,framerate=25/1 ! {H264} !"
        f" matroskamux min-cluster-duration=2000000000 max-cluster-duration=3000000000 ! filesink location={path}"
    )
    shift_first_cluster(path, 500)
    beginning = beginning_of(path)
    found = times_s(path, monkeypatch, gst=gst)

    assert (len(beginning.early_ns), beginning.shift_ns) == (13, 500_000_000)
    assert found == pytest.approx([number * 0.04 for number in range(25)], abs=0.002)


@pytest.mark.parametrize("gst", [True, False])
def test_sound_that_is_stored_later_may_begin_earlier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gst: bool
) -> None:
    """The clock of the file starts at two seconds; the first frame was that of the container's start."""
    path = tmp_path / "film.mkv"
    play(
        f"matroskamux name=mux ! filesink location={path}"
        f" videotestsrc num-buffers=25 timestamp-offset=2000000000 ! {FRAMES} ! queue ! mux."
        " audiotestsrc num-buffers=40 timestamp-offset=2010000000 ! vorbisenc ! queue ! mux."
    )
    data, (first, *others) = bytearray(path.read_bytes()), list(places(path))
    assert first[1]
    for at, is_video in others:
        if not is_video:
            (time,) = struct.unpack(">h", data[at : at + 2])
            data[at : at + 2] = struct.pack(">h", time - 40)
    path.write_bytes(data)
    found = times_s(path, monkeypatch, gst=gst)

    assert found == pytest.approx([0.03 + number * 0.04 for number in range(25)], abs=0.003)


def places(path: Path) -> Iterator[tuple[int, bool]]:
    """Yield where the time of each block of a Matroska is, and whether it is of the first track, in stored order."""
    data = path.read_bytes()
    at = data.index(bytes.fromhex("1f43b675"))
    with path.open("rb") as file:
        while (found := element(file, at)) is not None:
            kind, head, size = found
            if kind in (b"\xa1", b"\xa3"):
                yield at + head + 1, data[at + head] == 0x81
            at += head + (0 if kind in (bytes.fromhex("1f43b675"), b"\xa0") else size)


@pytest.mark.parametrize(
    "data", [b"", b"FLV", bytes.fromhex("1a45dfa380"), bytes.fromhex("1a45dfa380185380671f43b675a3")]
)
def test_a_file_that_is_cut_off_has_no_beginning(tmp_path: Path, data: bytes) -> None:
    """Damage is reported by others."""
    (path := tmp_path / "film").write_bytes(data)

    assert beginning_of(path) == (0, (), 0, False, 0)


def test_raw_h264_has_the_times_of_its_frame_rate_without_gstreamer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no times; all frames came within a microsecond each."""
    path = tmp_path / "raw.h264"
    play(f"videotestsrc num-buffers=20 ! {FRAMES} ! video/x-h264,stream-format=byte-stream ! filesink location={path}")

    assert times_s(path, monkeypatch, gst=False) == pytest.approx([number * 0.04 for number in range(20)], abs=1e-6)


@pytest.mark.parametrize("gst", [True, False])
def test_frames_without_square_pixels_are_stretched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gst: bool) -> None:
    """A face is as wide as in a player."""
    path = tmp_path / "wide.mp4"
    play(
        "videotestsrc num-buffers=5 ! video/x-raw,format=I420,width=160,height=120,framerate=25/1,"
        f"pixel-aspect-ratio=4/3 ! {H264} ! mp4mux ! filesink location={path}"
    )
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    frames, _ = read(path)

    assert {(frame.height, abs(frame.width - 213) <= 2) for frame in frames} == {(120, True)}
