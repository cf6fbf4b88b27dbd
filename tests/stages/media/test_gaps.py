"""Transport streams with gaps, as of cameras on a bad network: what comes after a gap is as late as it was."""

from pathlib import Path

import numpy as np
import pytest

from stages.media import gstreamer
from tests.support.clips import needs_gstreamer, read

pytestmark = needs_gstreamer


def write(path: Path, times_ms: list[int], muxer: str) -> None:
    """Write a frame for each of these times."""
    gst = gstreamer.load()
    pipeline = gst.parse_launch(
        "appsrc name=frames format=time caps=video/x-raw,format=I420,width=64,height=64,framerate=25/1 !"
        f" x264enc bframes=0 tune=zerolatency ! h264parse ! {muxer} ! filesink location={path}"
    )
    source = pipeline.get_by_name("frames")
    pipeline.set_state(gst.State.PLAYING)
    for time_ms in times_ms:
        source.push_buffer(gstreamer.buffer_of(np.full((96, 64), 128, np.uint8), time_ms * 1_000_000, 40_000_000))
    source.end_of_stream()
    kinds = gst.MessageType.EOS | gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(30 * gst.SECOND, kinds)
    pipeline.set_state(gst.State.NULL)
    assert message.type == gst.MessageType.EOS, message.parse_error()


def with_gaps(*gaps_ms: int) -> list[int]:
    """Return times of 20 frames, 40 ms apart, before each gap and after it."""
    times = [*range(0, 800, 40)]
    for gap_ms in gaps_ms:
        times += [times[-1] + gap_ms + later for later in range(0, 800, 40)]
    return times


WRAP_MS = 2**33 // 90 - 3_600_000
"""When a stream's clock wraps; `mpegtsmux` begins it at an hour."""


@pytest.mark.parametrize("muxer", ["mpegtsmux", "mpegtsmux m2ts-mode=true"])
@pytest.mark.parametrize(
    "times_ms",
    [
        with_gaps(400),
        with_gaps(700),
        with_gaps(5000),
        with_gaps(9900),
        with_gaps(3000, 600, 4000),
        [*range(0, 40_000, 2000)],  # time-lapse
        [time_ms + WRAP_MS - 3000 for time_ms in with_gaps(5000)],
    ],
)
def test_gaps_are_as_long_as_they_were(tmp_path: Path, times_ms: list[int], muxer: str) -> None:
    """Frames have the distances with which they were taken."""
    write(tmp_path / "film.ts", times_ms, muxer)
    frames, last = read(tmp_path / "film.ts")

    assert last.error is None
    assert [round(frame.pts_ns / 1e6) for frame in frames] == [time_ms - times_ms[0] for time_ms in times_ms]


def test_an_hour_is_a_jump_of_the_clock(tmp_path: Path) -> None:
    """As in two recordings in one file, which are played one after the other."""
    write(tmp_path / "film.ts", with_gaps(3_600_000), "mpegtsmux")
    frames, _ = read(tmp_path / "film.ts")

    assert len(frames) == 40
    assert frames[-1].pts_ns <= 2_100_000_000
