"""Cameras served by the tests, and their readers."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from pipeline.messages import Frame
from stages.capture import Capture
from stages.media import gstreamer
from stages.rtsp import Rtsp
from stages.synthetic import Synthetic

needs_gstreamer = pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")
decoders = pytest.mark.parametrize("gst", [pytest.param(True, marks=needs_gstreamer), False])


@contextmanager
def serving(port: int = 0) -> Iterator[tuple[int, threading.Event]]:
    """Serve a synthetic camera; yield the port and an event that, once set, stops the pictures."""
    stop, silent = threading.Event(), threading.Event()

    def work() -> None:
        for frame in Synthetic(name="hall", width=320, height=240, faces=0, clock=True).process(()):
            if not silent.is_set():
                rtsp.process([frame])
            if stop.is_set():
                return

    with closing(Rtsp(port=port)) as rtsp:
        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield rtsp.port, silent
        finally:
            stop.set()
            thread.join()


def watch(source: str, **options: Any) -> Any:
    """Return what yields a camera's frames, and can be closed."""
    options = {"max_backoff_s": 0.5, **options}
    return closing(Capture(name="hall", source=source, **options).process(()))  # type: ignore[type-var]


def until(frames: Iterator[Frame], is_it: Callable[[Frame], bool], seconds: float = 15) -> list[Frame]:
    """Return the frames up to the first that `is_it`, and see that silence never lasts."""
    seen = []
    last_s = time.monotonic()
    for frame in frames:
        assert time.monotonic() - last_s < 10
        last_s = time.monotonic()
        if frame.state == "live" and frame.pixels is None:
            continue  # it waits for the next picture
        assert (frame.pixels is not None) == (frame.state == "live")
        assert "\n" not in (frame.error or "")
        seen.append(frame)
        if is_it(frame):
            return seen
        seconds -= 0.5 if frame.state != "live" else 0.03
        assert seconds > 0, f"found only {[(f.state, f.error) for f in seen[-5:]]}"
    raise AssertionError("a camera never ends")


def is_state(state: str) -> Callable[[Frame], bool]:
    return lambda frame: frame.state == state
