"""A source takes the threads it needs, and releases everything."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stages.capture import Capture
from stages.media import gstreamer
from stages.media.address import parse_address
from stages.media.gst.gst_reader import GstReader
from stages.media.reader import Reader
from tests.support.clips import H264, needs_gstreamer
from tests.support.waiting import until


@needs_gstreamer
def test_leaving_early_lets_go_of_everything(clip: Callable[..., Path]) -> None:
    """Closing the generator in mid-stream leaves no thread and no open file, however often."""

    def visit() -> None:
        source = Capture(name="hall", source=str(path)).process(())
        assert next(frame for frame in source if frame.pixels is not None)
        source.close()  # type: ignore[attr-defined]

    path = clip("clip.mp4", frames=60)
    for _ in range(3):
        visit()
    files, threads = open_files(), thread_count()
    for _ in range(10):
        visit()

    # a thread of an earlier test may still be ending
    until(lambda: open_files() <= files and thread_count() <= threads)


@pytest.mark.slow
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
    """Small frames of a camera; the decoder chooses the number of threads for recordings and large frames."""
    reader = GstReader(parse_address(str(clip("one.mp4", frames=5, size=size))), paced=paced)
    try:
        assert reader.read(10.0) is not None
        found = reader.pipeline.iterate_recurse()
        decoders = []
        while (step := found.next())[0] == gstreamer.load().IteratorResult.OK:
            decoders += [step[1]] if step[1].find_property("max-threads") else []
        assert [decoder.get_property("max-threads") for decoder in decoders] == [threads]
    finally:
        reader.close()
