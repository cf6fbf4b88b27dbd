"""Frames to record, and what is in the files."""

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from pipeline.messages import Frame
from stages.capture import Capture
from stages.media import gstreamer
from stages.record import Record

needs_gstreamer = pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")


def make_frames(count: int = 20, *, width: int = 128, height: int = 96, fps: float = 25.0, **more: Any) -> list[Frame]:
    """Return a recording of moving bars, and its end."""
    frames = []
    for i in range(count):
        pixels = np.full((height * 3 // 2, width), 128, np.uint8)
        pixels[:height] = np.roll(np.linspace(40, 200, width), 5 * i)
        frames.append(
            Frame(
                camera="hall",
                run=1,
                seq=i,
                pts_ns=round(i * 1e9 / (fps or 25)),
                fps=fps,
                lossless=True,
                width=width,
                height=height,
                pixels=pixels,
            )
        )
    frames.append(Frame(camera="hall", run=1, seq=count, state="ended", lossless=True))
    return [replace(frame, **more) for frame in frames]


def write(path: Path, frames: list[Frame], **options: Any) -> None:
    """Give the frames to a `Record` one by one, and close it."""
    with closing(Record(path=str(path), **options)) as record:
        for frame in frames:
            assert list(record.process([frame])) == []


def read(path: Path) -> list[Frame]:
    """Return the pictures in a file."""
    *frames, last = Capture(name="hall", source=str(path)).process(())

    assert last.error is None
    return [frame for frame in frames if frame.pixels is not None]
