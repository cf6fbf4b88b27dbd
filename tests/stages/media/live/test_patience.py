"""A camera is waited for as long as something arrives, and not longer."""

import pytest

from stages.media.address import parse_address
from stages.media.gst.gst_reader import GstReader
from stages.media.live import patience
from stages.media.live.patience import CONNECT_S, KEY_FRAME_S, Patience
from tests.support.clips import needs_gstreamer
from tests.support.waiting import until


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time, which tests change."""
    now = [100.0]
    monkeypatch.setattr(patience.time, "monotonic", lambda: now[0])
    return now


def silent_after(waiting: Patience, clock: list[float], step_s: float, most_s: float, **arrives: int) -> float:
    """Return when nothing is left while numbers grow by so much with every step; `most_s` if something always is."""
    began_s, position_ns, early = clock[0], 0, 0
    while waiting.left_s > 0 and clock[0] - began_s < most_s:
        clock[0] += step_s
        position_ns, early = position_ns + arrives.get("position_ns", 0), early + arrives.get("early", 0)
        waiting.note(position_ns, early, shown=False)
    return clock[0] - began_s


def test_a_key_frame_is_waited_for_while_others_arrive(clock: list[float]) -> None:
    """Two minutes at most, and the error says what is missing."""
    waiting = Patience(5.0)

    assert silent_after(waiting, clock, 0.5, 1e4, early=10) == pytest.approx(KEY_FRAME_S, abs=0.5)
    assert waiting.error().startswith("expected a key frame, found none in 24")


def test_a_camera_that_sends_nothing_has_ten_seconds(clock: list[float]) -> None:
    """Also one that stops before its first key frame; a longer `stall_s` is a longer wait."""
    waiting = Patience(5.0)
    assert silent_after(waiting, clock, 0.5, 1e4) == CONNECT_S
    assert waiting.error() == "no frame within 10 s"
    assert silent_after(Patience(30.0), clock, 0.5, 1e4) == 30.0

    waiting = Patience(5.0)
    silent_after(waiting, clock, 1.0, 20, early=10)
    assert silent_after(waiting, clock, 0.5, 1e4) == pytest.approx(CONNECT_S, abs=1.0)


def test_a_live_camera_has_its_own_time(clock: list[float]) -> None:
    """From its last frame on; frames that are not shown count, those in front of a key frame do not."""
    waiting = Patience(5.0)
    waiting.note(1, 0, shown=True)
    assert silent_after(waiting, clock, 0.5, 60, position_ns=10**9) >= 60
    assert silent_after(waiting, clock, 0.5, 1e4, early=1) == pytest.approx(5.0, abs=1.0)
    assert waiting.error() == "no frame for 5 s"


@pytest.mark.slow
@needs_gstreamer
def test_frames_in_front_of_the_first_key_frame_are_counted() -> None:
    """Of a stream that is joined between two of them."""
    h264 = "x264enc tune=zerolatency key-int-max=8 ! h264parse ! identity drop-buffer-flags=discont"
    source = f"gst:videotestsrc is-live=true ! video/x-raw,width=64,height=48,framerate=30/1 ! {h264}"
    reader = GstReader(parse_address(source))
    try:
        until(lambda: reader.read(0.1) is not None)
        assert reader.early == 7
    finally:
        reader.close()
