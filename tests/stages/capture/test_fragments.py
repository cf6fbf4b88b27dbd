"""A GStreamer launch fragment is a camera."""

import pytest

from pipeline.errors import ConfigError
from stages.capture import Capture
from stages.media import gstreamer
from tests.stages.capture.watching import is_state, needs_gstreamer, until, watch

pytestmark = pytest.mark.slow


@needs_gstreamer
def test_a_launch_fragment_is_a_camera() -> None:
    """What GStreamer can fetch is a source; one that ends is opened again, and its pictures come in its own pace."""
    source = "gst:videotestsrc pattern=ball num-buffers=12 ! video/x-raw,width=160,height=120,framerate=100/1"
    with watch(source) as frames:
        first = until(frames, is_state("offline"))
        again = until(frames, is_state("live"))

    live = [frame for frame in first if frame.pixels is not None]
    assert (first[-1].error, first[-1].fault) == ("the camera ended the stream", "closed")
    assert 3 <= len(live) <= 12
    assert live[-1].pts_ns - live[0].pts_ns > 50_000_000
    assert again[-1].seq > live[-1].seq
    assert (again[-1].width, again[-1].height) == (160, 120)


@needs_gstreamer
def test_a_fragment_may_end_in_something_encoded() -> None:
    """A fragment that yields H.264 is decoded."""
    with watch("gst:videotestsrc is-live=true ! video/x-raw,width=160,height=120 ! x264enc tune=zerolatency") as frames:
        assert until(frames, is_state("live"))[-1].width == 160


@needs_gstreamer
@pytest.mark.parametrize("fragment", ["nosuchelement", "videotestsrc !", "fakesink", "videotestsrc pattern=nosuch"])
def test_a_fragment_that_cannot_be_is_refused(fragment: str) -> None:
    """A launch fragment with a mistake is a configuration error of one line, when it is checked and when it is read."""
    with pytest.raises(ConfigError, match="GStreamer launch fragment"):
        Capture.check(source=f"gst:{fragment}")
    with pytest.raises(ConfigError, match="expected a launch fragment|GStreamer launch fragment") as caught:
        until(Capture(name="hall", source=f"gst:{fragment}").process(()), is_state("live"))

    assert "\n" not in str(caught.value)


def test_without_gstreamer_a_fragment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources that need GStreamer are refused with that reason."""
    monkeypatch.setattr(gstreamer, "available", lambda: False)
    with pytest.raises(ConfigError, match="expected GStreamer"):
        until(Capture(name="hall", source="gst:videotestsrc").process(()), is_state("live"))
