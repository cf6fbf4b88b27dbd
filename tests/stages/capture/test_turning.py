"""A camera that is mounted on its side or upside down gives upright frames."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.config.config import parse_config
from pipeline.config.graph import build_plan
from pipeline.errors import ConfigError
from pipeline.messages import Frame
from stages.media import gstreamer
from tests.support.clips import needs_gstreamer, read
from tests.support.gifs import make_gif


def planes(frame: Frame) -> list[NDArray[np.uint8]]:
    """Return luma and both chroma planes of a frame."""
    assert frame.pixels is not None
    rows, columns = frame.height, frame.width
    return [frame.pixels[:rows], *frame.pixels[rows:].reshape(2, rows // 2, columns // 2)]


def check_turned(path: object, rotate: int, **options: Any) -> None:
    """Assert that all frames are turned clockwise, and that nothing else changes."""
    upright, last = read(path, **options)
    turned, turned_last = read(path, rotate=rotate, **options)

    assert len(turned) == len(upright) > 0
    assert turned_last.seq == last.seq
    for before, after in zip(upright, turned, strict=True):
        assert (after.seq, after.pts_ns) == (before.seq, before.pts_ns)
        for plane, other in zip(planes(before), planes(after), strict=True):
            np.testing.assert_array_equal(other, np.rot90(plane, -rotate // 90))


@pytest.mark.parametrize("rotate", [90, 180, 270])
@pytest.mark.parametrize("realtime", [False, True])
def test_frames_of_a_gif(tmp_path: Path, rotate: int, realtime: bool) -> None:
    """Also when they come at their own speed."""
    make_gif(tmp_path / "clip.gif", [10] * 3, (66, 50))

    check_turned(tmp_path / "clip.gif", rotate, realtime=realtime)


@needs_gstreamer
@pytest.mark.slow
@pytest.mark.parametrize("gst", [True, False])
def test_frames_of_a_film(clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, gst: bool) -> None:
    """By each decoder."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)

    check_turned(clip("film", "x264enc speed-preset=ultrafast ! h264parse ! mp4mux", frames=5), 90)


def test_limits_are_those_of_the_turned_frame(tmp_path: Path) -> None:
    """66 columns and 50 rows become at most 25 columns."""
    make_gif(tmp_path / "clip.gif", [10] * 2, (66, 50))

    (frame, _), _ = read(tmp_path / "clip.gif", rotate=270, width=25)

    assert (frame.width, frame.height) == (24, 32)


def test_other_turns_are_refused() -> None:
    """With what is expected."""
    camera = {"source": "rtsp://192.0.2.1/live", "rotate": 45}

    with pytest.raises(ConfigError, match=r"\[camera\.door\] rotate: expected one of 0, 90, 180, 270, found 45"):
        build_plan(parse_config({"camera": {"door": camera}}))
