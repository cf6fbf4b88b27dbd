"""What OpenCV cannot convert is refused in one line; what only stands still is read."""

from pathlib import Path

import numpy as np
import pytest

from stages.media import gstreamer
from tests.support.clips import needs_gstreamer, play, read

pytestmark = [pytest.mark.slow, needs_gstreamer]
SIZE = "video/x-raw,format=I420,width=360,height=288,framerate=25/1"


@pytest.mark.parametrize("tail", ["x264enc interlaced=true ! h264parse ! mpegtsmux", "avenc_dvvideo ! avimux"])
def test_interlaced_video_is_refused_without_gstreamer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tail: str
) -> None:
    """Every frame was the same: memory of earlier frames, or black. A whole recording of them was `done`."""
    path = tmp_path / "camcorder"
    play(
        "videotestsrc num-buffers=12 ! video/x-raw,format=I420,width=720,height=576,framerate=25/1,"
        f"interlace-mode=interleaved,field-order=top-field-first ! {tail} ! filesink location={path}"
    )
    assert len(read(path)[0]) == 12
    monkeypatch.setattr(gstreamer, "available", lambda: False)
    frames, last = read(path)

    if last.error is None:  # another OpenCV, which can
        assert len({frame.pixels.tobytes() for frame in frames if frame.pixels is not None}) > 1
    else:
        assert last.error.startswith("camcorder: expected progressive video, found interlaced video: OpenCV")


@pytest.mark.parametrize(
    "tail", ["x264enc ! h264parse ! mp4mux", "jpegenc ! avimux", "x264enc key-int-max=1 ! matroskamux"]
)
@pytest.mark.parametrize("pattern", ["black", "circular"])
def test_a_picture_that_stands_still_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tail: str, pattern: str
) -> None:
    """A title or a frozen camera is no mistake."""
    path = tmp_path / "still"
    play(f"videotestsrc num-buffers=20 pattern={pattern} ! {SIZE} ! {tail} ! filesink location={path}")
    monkeypatch.setattr(gstreamer, "available", lambda: False)
    frames, last = read(path)

    assert (len(frames), last.error) == (20, None)
    assert frames[0].pixels is not None
    assert np.ptp(frames[0].pixels) > (100 if pattern == "circular" else -1)
