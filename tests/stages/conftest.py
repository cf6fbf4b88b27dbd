"""Fixtures for tests of stages."""

import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stages.capture import Capture
from stages.media import gstreamer
from stages.media.reader import Reader
from tests.support.clips import H264, play


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[Reader | None]]]:
    """Return the readers that captures have opened, None for freed ones; the garbage collector is off meanwhile."""
    opened: list[weakref.ref[Reader]] = []

    def remember(self: Capture, *given: Any, real: Callable[..., Reader] = Capture.open_reader) -> Reader:
        reader = real(self, *given)
        opened.append(weakref.ref(reader))
        return reader

    monkeypatch.setattr(Capture, "open_reader", remember)
    gc.collect()
    gc.disable()
    try:
        yield lambda: [reader() for reader in opened]
    finally:
        gc.enable()


@pytest.fixture(scope="session")
def made() -> dict[tuple[object, ...], bytes]:
    """Return the clips made so far, by what they were made of."""
    return {}


@pytest.fixture
def clip(tmp_path: Path, made: dict[tuple[object, ...], bytes]) -> Callable[..., Path]:
    """Return what makes a clip of a test picture with GStreamer; many tests need the same one."""
    if not gstreamer.available():
        pytest.skip("GStreamer is not installed")

    def make(
        name: str, tail: str = H264 + " ! mp4mux", frames: int = 20, size: str = "320x240", more: str = ""
    ) -> Path:
        path = tmp_path / name
        width, _, height = size.partition("x")
        kind = tail, frames, size, more
        if kind not in made:
            play(
                f"videotestsrc num-buffers={frames} ! video/x-raw,format=I420,width={width},height={height},"
                f"framerate=25/1 ! {tail} ! filesink location={path} {more}"
            )
            made[kind] = path.read_bytes()
        path.write_bytes(made[kind])
        return path

    return make
