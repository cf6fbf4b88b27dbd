"""A part of a recording has the frames, numbers and times that it has in the whole."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stages.capture as module
from pipeline.errors import ConfigError
from pipeline.messages import Frame
from stages.capture import Capture
from stages.media import gstreamer
from stages.media.address import Address
from stages.media.opening import Opener
from stages.media.reader import End, Picture, Reader
from tests.stages.media.mp4_boxes import edit
from tests.support.clips import H264, needs_gstreamer, play, read
from tests.support.gifs import make_gif

pytestmark = pytest.mark.slow

TIMES = [(0.0, 0.0), (0.4, 0.0), (0.0, 0.4), (0.25, 0.55), (0.239, 0.241), (0.4, 0.44), (0.6, 99.0)]
"""From and to, seconds, for 20 frames of 40 ms."""


def facts(frames: list[Frame]) -> list[tuple[int, int, bytes]]:
    """Return number, time and pixels of each frame."""
    return [(frame.seq, frame.pts_ns, frame.pixels.tobytes()) for frame in frames if frame.pixels is not None]


def check_part(path: object, from_s: float, to_s: float) -> None:
    """Assert that a part is what the whole has there, and that nothing counts as missing."""
    whole, _ = read(path)
    frames, last = read(path, from_s=from_s, to_s=to_s)
    wanted = [f for f in whole if from_s <= f.pts_ns / 1e9 + 5e-4 and (not to_s or f.pts_ns / 1e9 < to_s - 5e-4)]

    assert facts(frames) == facts(wanted)
    assert (last.seq, last.error) == (len(wanted), None)


@pytest.mark.parametrize(("from_s", "to_s"), TIMES)
def test_a_part_of_a_gif(tmp_path: Path, from_s: float, to_s: float) -> None:
    """Its ends are the first frame from `from_s` on and the last one before `to_s`."""
    path = tmp_path / "clip.gif"
    make_gif(path, [40] * 20, (65, 49))

    check_part(path, from_s, to_s)


@needs_gstreamer
@pytest.mark.parametrize("gst", [True, False])
@pytest.mark.parametrize("tail", ["mp4mux", "matroskamux", "mpegtsmux", "avimux"])
def test_a_part_of_a_film(clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tail: str, gst: bool) -> None:
    """Between key frames too, in each container, whether its clock begins at 0 or not; with edits, too."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    path = clip("film", f"x264enc speed-preset=ultrafast bframes=2 key-int-max=10 ! h264parse ! {tail}", frames=20)
    if tail == "mp4mux":
        edit(path, [(0.4, 0.0), (0.4, 0.4)])
    for from_s, to_s in TIMES[1:4]:
        check_part(path, from_s, to_s)


@needs_gstreamer
@pytest.mark.parametrize("muxer", ["mp4mux", "matroskamux", "flvmux"])
def test_a_part_of_a_film_that_begins_late(tmp_path: Path, muxer: str) -> None:
    """Times count from the container's start, so `from_s` does."""
    path = tmp_path / "late"
    play(
        f"{muxer} name=mux ! filesink location={path} videotestsrc num-buffers=20 timestamp-offset=1000000000 !"
        f" video/x-raw,format=I420,width=64,height=48,framerate=25/1 ! {H264} ! queue max-size-time=0 ! mux."
        " audiotestsrc samplesperbuffer=441 num-buffers=200 ! audio/x-raw,rate=44100,channels=2 ! audioconvert !"
        " avenc_aac ! aacparse ! queue max-size-time=0 max-size-buffers=0 max-size-bytes=0 ! mux."
    )
    whole, _ = read(path)
    assert whole[0].pts_ns == pytest.approx(1e9, abs=1e8)

    check_part(path, whole[5].pts_ns / 1e9, whole[9].pts_ns / 1e9)


def test_parts_of_several_files_follow_each_other(tmp_path: Path) -> None:
    """Each file is cut; the stream has no gap, neither in numbers nor in times."""
    for n in range(2):
        make_gif(tmp_path / f"{n}.gif", [40] * 20)
    frames, last = read(tmp_path, from_s=0.4, to_s=0.6)

    assert [(frame.seq, frame.pts_ns) for frame in frames] == [(n, n * 40_000_000) for n in range(10)]
    assert (last.seq, last.error) == (10, None)


def test_a_part_played_in_real_time_has_lost_no_frame(tmp_path: Path) -> None:
    """It counts from its first frame, so that what is before it does not count as lost."""
    make_gif(tmp_path / "clip.gif", [20] * 20)
    frames, _ = read(tmp_path / "clip.gif", from_s=0.36, realtime=True)

    assert (frames[0].seq, frames[0].pts_ns, frames[0].lossless) == (0, 360_000_000, False)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"from_s": 2.0}, "expected a frame from 2 s, found none: the last one is at 0.76 s"),
        (
            {"from_s": 0.41, "to_s": 0.43},
            "expected a frame from 0.41 s to 0.43 s, found none: the last one is at 0.44 s",
        ),
    ],
)
def test_a_part_without_a_frame_is_an_error(tmp_path: Path, options: dict[str, float], error: str) -> None:
    """It says how long the recording is."""
    make_gif(tmp_path / "clip.gif", [40] * 20)
    frames, last = read(tmp_path / "clip.gif", **options)

    assert (frames, last.seq, last.error, last.fault) == ([], 0, f"clip.gif: {error}", "format")


def test_damage_outside_of_the_part_does_not_matter(tmp_path: Path) -> None:
    """What is after it is not read; what is before it may hide its beginning, which is said."""
    path = tmp_path / "clip.gif"
    make_gif(path, [40] * 20, (65, 49))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    whole, broken = read(path)
    assert broken.error

    assert read(path, to_s=0.2)[1].error is None
    assert read(path, from_s=0.2)[1].error == broken.error
    assert read(path, from_s=0.7)[1].error == broken.error


class Skipping(Reader):
    """Skips frames for minutes, then returns one."""

    def __init__(self, step_ns: int) -> None:
        super().__init__()
        self._step_ns = step_ns
        self._calls = count(1)

    def read(self, timeout_s: float) -> Picture | None:
        """Return a frame after nine waits."""
        self.position_ns += self._step_ns
        if (call := next(self._calls)) > 10:
            raise End(None)
        return Picture(pixels=np.zeros((3, 2), np.uint8), pts_ns=0) if call == 10 else None

    def _decode(self, timeout_s: float) -> Picture | None:
        raise NotImplementedError

    def close(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize(("step_ns", "frames"), [(1, 1), (0, 0)])
def test_frames_are_skipped_for_as_long_as_it_takes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step_ns: int, frames: int
) -> None:
    """The source sends its state meanwhile; a decoder that stands still is given up."""
    make_gif(tmp_path / "clip.gif", [40])
    clock = count(0, 1.5)
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))

    def open_reader(self: Capture, address: Address, opener: Opener | None = None) -> Reader:
        return Skipping(step_ns)

    monkeypatch.setattr(Capture, "open_reader", open_reader)
    sent = list(Capture(name="x", source=str(tmp_path / "clip.gif"), from_s=100.0).process(()))

    assert [frame.state for frame in sent].count("live") == frames
    assert {frame.state for frame in sent[:5]} == {"connecting"}
    assert (sent[-1].error is None) == bool(frames)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"source": "/dev/video0", "from_s": 1.0}, "from_s, to_s: expected a recording as source, found '/dev/video0'"),
        ({"source": "rtsp://u:p@h/x", "to_s": 1.0}, "from_s, to_s: expected a recording as source, found 'rtsp://"),
        ({"from_s": 2.0, "to_s": 2.0}, "to_s: expected more than from_s = 2, found 2"),
        ({"region": (0.5, 0.0, 0.6, 1.0)}, r"region: expected .* found \[0.5, 0, 0.6, 1\]"),
        ({"region": (0.5, 0.0, 0.0, 1.0)}, "region: expected x, y, width and height of a part of the frame"),
        ({"region": (0.0, 0.2, 1.0, 0.9)}, "region: expected"),
    ],
)
def test_an_empty_part_is_refused(tmp_path: Path, options: dict[str, Any], error: str) -> None:
    """When the config is read; a camera has no part of time."""
    make_gif(tmp_path / "clip.gif", [40])
    with pytest.raises(ConfigError, match=error) as caught:
        Capture.check(**{"source": str(tmp_path / "clip.gif"), **options})
    assert "u:p" not in str(caught.value)


def test_a_region_travels_with_the_frames(tmp_path: Path) -> None:
    """All of the frame is no region; a third is one, though it is no exact number."""
    make_gif(tmp_path / "clip.gif", [40])
    Capture.check(source=str(tmp_path / "clip.gif"), region=(2 / 3, 0.0, 0.333334, 1.0))

    assert read(tmp_path / "clip.gif", region=(0.0, 0.0, 1.0, 1.0))[0][0].region is None
    assert read(tmp_path / "clip.gif", region=(0.5, 0.0, 0.5, 1.0))[0][0].region == (0.5, 0.0, 0.5, 1.0)
