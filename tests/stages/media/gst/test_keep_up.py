"""A live stream does not get old where it comes faster than it is decoded."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from stages.media import gstreamer
from stages.media.address import parse_address
from stages.media.gst import keep_up
from stages.media.gst.gst_reader import GstReader
from stages.media.reader import Picture
from stages.rtsp import Rtsp
from stages.synthetic import Synthetic, read_clock

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge a connection soon."""
    monkeypatch.setattr(keep_up, "SETTLE_S", 0.3)


@pytest.fixture
def camera() -> Iterator[str]:
    """Serve a camera with a clock in its pictures and two key frames a second; return its URL."""
    stop = threading.Event()
    frames = Synthetic(name="hall", width=320, height=240, faces=0, clock=True).process(())

    def work() -> None:
        for frame in frames:
            rtsp.process([frame])
            if stop.is_set():
                return

    with closing(Rtsp(port=0, gop_s=0.5)) as rtsp:
        # the address exists from the first frame on
        rtsp.process([next(frames)])
        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield f"rtsp://127.0.0.1:{rtsp.port}/hall"
        finally:
            stop.set()
            thread.join()


def taken(reader: GstReader, count: int, pause_s: float = 0.0) -> list[Picture]:
    """Return frames with these intervals between them."""
    pictures = []
    for _ in range(count):
        picture = reader.read(10.0)
        assert picture is not None
        pictures.append(picture)
        threading.Event().wait(pause_s)
    return pictures


def test_what_waits_for_too_long_is_skipped(camera: str) -> None:
    """Five pictures a second are taken of thirty; none is old for all that, and the skipped ones are counted."""
    ages, errors_ns = [], []
    with closing(GstReader(parse_address(camera))) as reader:
        pictures = taken(reader, 1)
        for _ in range(20):
            pictures += taken(reader, 1, 0.2)
            clock = read_clock(pictures[-1].pixels)
            assert clock is not None
            ages.append((time.time_ns() - clock) / 1e9 - 0.2)
            errors_ns.append(abs(pictures[-1].arrived_ns - clock))

    assert sorted(errors_ns)[10] < 0.5e9
    # three pictures lie between the decoder and the reader, 0.6 s at this pace
    assert max(ages) < 2.0
    assert pictures[-1].index > 60
    assert pictures[-1].index > len(pictures)
    assert [p.pts_ns for p in pictures] == sorted({p.pts_ns for p in pictures})


def test_what_is_taken_in_time_is_complete(camera: str) -> None:
    """Of a stream that is decoded as fast as it comes nothing is skipped, and nothing has waited."""
    with closing(GstReader(parse_address(camera))) as reader:
        pictures = taken(reader, 30)

    assert [picture.index for picture in pictures] == list(range(30))
    assert sorted(picture.waited_ns for picture in pictures)[20] < 0.25e9


def test_a_clock_that_jumps_back_is_believed_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures whose times say that they are late, and that do not wait, are shown after a moment."""
    monkeypatch.setattr(keep_up, "GIVE_UP_S", 0.2)
    fragment = "gst:videotestsrc is-live=true ! video/x-raw,width=64,height=48 ! identity name=clock ! jpegenc"
    with closing(GstReader(parse_address(fragment))) as reader:
        taken(reader, 25)
        reader.pipeline.get_by_name("clock").get_static_pad("src").set_offset(-500_000_000)
        pictures = taken(reader, 40)

    skipped = pictures[-1].index - 64
    assert 1 <= skipped < 25
    # of some, as any one of them may have waited for a machine that is busy
    assert min(picture.waited_ns for picture in pictures[-10:]) < 0.2e9


def test_a_hiccup_costs_no_picture(camera: str) -> None:
    """After a pause in which many came, all are decoded: that they waited once is no reason to skip any."""
    with closing(GstReader(parse_address(camera))) as reader:
        pictures = taken(reader, 10)
        pictures += taken(reader, 1, 0.8)
        pictures += taken(reader, 40)

    assert max(picture.waited_ns for picture in pictures) > 0.5e9
    assert [picture.index for picture in pictures] == list(range(51))
