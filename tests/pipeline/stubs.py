"""Small stages for tests of `pipeline`; child processes import them by name."""

import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from pipeline.errors import ConfigError
from pipeline.messages import Frame
from pipeline.stage import Stage


class Numbers(Stage):
    """A source of frames that all show their own number."""

    def __init__(
        self,
        *,
        name: str,
        source: str = "numbers",
        frames: int = 10,
        lossless: bool = True,
        fps: float = 0.0,
        sizes: tuple[int, ...] = (16,),
        until: str = "",
        silent: str = "",
    ) -> None:
        self._name = name
        self._frames = frames
        self._lossless = lossless
        self._fps = fps
        self._sizes = sizes
        self._until = until
        self._silent = silent

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Yield the frames, a size for each part of the stream, `until` a file exists; none while `silent` exists."""
        run, seq = time.time_ns(), 0
        while seq < self._frames or (self._until and not Path(self._until).exists()):
            size = self._sizes[min(seq * len(self._sizes) // self._frames, len(self._sizes) - 1)]
            while self._silent and Path(self._silent).exists():
                yield Frame(camera=self._name, run=run, seq=seq)  # as a live source that waits
                time.sleep(0.02)
            now = time.time_ns()
            yield Frame(
                camera=self._name,
                run=run,
                seq=seq,
                captured_ns=now,
                pts_ns=seq * 40_000_000,
                fps=self._fps or 25.0,
                lossless=self._lossless,
                width=size,
                height=size,
                pixels=np.full((size * 3 // 2, size), seq % 251, np.uint8),
            )
            seq += 1
            if self._fps:
                time.sleep(1 / self._fps)
        yield Frame(camera=self._name, run=run, seq=seq, captured_ns=time.time_ns(), state="ended")


class Pass(Stage):
    """A filter that reads pixels, and crashes at a given frame."""

    pixels = "read"

    def __init__(self, *, crash_at: int = -1, fail_at: int = -1, once: str = "", slow_s: float = 0.0) -> None:
        self._crash_at = crash_at
        self._fail_at = fail_at
        self._once = once
        self._slow_s = slow_s

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Yield the frames, which must show their own number."""
        for frame in frames:
            if frame.pixels is not None:
                assert int(frame.pixels[0, 0]) == frame.seq % 251
                assert not frame.pixels.flags.writeable
            if frame.seq == self._crash_at and (not self._once or not Path(self._once).exists()):
                if self._once:
                    Path(self._once).touch()
                os._exit(7)
            if frame.seq == self._fail_at and frame.state == "live":
                raise RuntimeError("told to fail")
            time.sleep(self._slow_s)
            yield frame


class Model(Stage):
    """A filter without pixels, used instead of emotion."""

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Sign the frames, and say how many came at once."""
        for frame in frames:
            assert frame.pixels is None
            yield replace(frame, model=f"stub {len(frames)}")


class Invert(Stage):
    """A filter that writes pixels, used instead of the overlay."""

    pixels = "write"

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Invert the frames in place."""
        for frame in frames:
            if frame.pixels is not None:
                np.subtract(255, frame.pixels, out=frame.pixels)
            yield frame


class Write(Stage):
    """A sink that writes a line of JSON for each frame."""

    def __init__(self, *, path: str, slow_s: float = 0.0) -> None:
        self._file = Path(path).open("a", buffering=1)  # noqa: SIM115 - closed by close()
        self._slow_s = slow_s

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Note number, state and first pixel."""
        for frame in frames:
            pixel = None if frame.pixels is None else int(frame.pixels[-1, -1])
            line = {
                "camera": frame.camera,
                "seq": frame.seq,
                "state": frame.state,
                "run": frame.run,
                "pixel": pixel,
                "model": frame.model,
                "zones": [zone.name for zone in frame.zones],
            }
            self._file.write(json.dumps(line) + "\n")
            time.sleep(self._slow_s)
        yield from ()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Stamp(Write):
    """A sink that writes a line of JSON for each frame, with the time."""

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Note camera, state and time."""
        for frame in frames:
            line = {"camera": frame.camera, "seq": frame.seq, "state": frame.state, "at_s": time.time()}
            self._file.write(json.dumps(line) + "\n")
        yield from ()


class Look(Write):
    """A sink that reads pixels."""

    pixels = "read"


class Threads(Write):
    """A sink that uses OpenCV."""

    def __init__(self, *, path: str, slow_s: float = 0.0) -> None:
        import cv2

        super().__init__(path=path, slow_s=slow_s)
        self._file.write(json.dumps({"threads": cv2.getNumThreads()}) + "\n")


class Broken(Model):
    """A filter that crashes at every start."""

    def __init__(self) -> None:
        os._exit(9)


class Misconfigured(Model):
    """A filter that refuses its options only once it runs."""

    def __init__(self) -> None:
        raise ConfigError("expected sense, found none")


class Mark(Stage):
    """A filter that fills frames with a number, used instead of the overlay."""

    pixels = "write"

    def __init__(self, *, value: int = 0) -> None:
        self._value = value

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Fill them."""
        for frame in frames:
            if frame.pixels is not None:
                frame.pixels.fill(self._value)
            yield frame


class Log(Stage):
    """A sink that notes what it shows and when that leaves, after a while."""

    pixels = "read"

    def __init__(self, *, path: str, slow_s: float = 0.0) -> None:
        self._file = Path(path).open("a", buffering=1)  # noqa: SIM115 - closed by close()
        self._slow_s = slow_s

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Show each frame, if it is still intact at the end."""
        for frame in frames:
            if frame.pixels is not None:
                pixel = int(frame.pixels[0, 0])
                time.sleep(self._slow_s)
                if self.intact(frame):
                    line = {"seq": frame.seq, "pixel": pixel, "left_ns": time.time_ns()}
                    self._file.write(json.dumps(line) + "\n")
        yield from ()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Silent(Numbers):
    """A live source whose camera sends a few frames and then nothing any more."""

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Yield the frames, then report again and again that it waits for the next one."""
        *shown, ended = super().process(frames)
        yield from shown
        while True:
            time.sleep(0.1)
            yield replace(ended, state="live")


class Blind(Numbers):
    """Camera whose mistake shows only when it is read."""

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Yield the frames, then refuse to work."""
        *shown, _ = super().process(frames)
        yield from shown
        raise ConfigError("expected a lens, found none")


class Stubborn(Write):
    """A sink that ignores SIGTERM."""

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Ignore SIGTERM from the first frame on."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return super().process(frames)


class Picky(Pass):
    """A filter that refuses one of its values only once it runs."""

    def __init__(self, *, slow_s: float = 0.0) -> None:
        if slow_s > 1:
            raise ConfigError(f"expected a filter that is fast, found {slow_s:g} s")
        super().__init__(slow_s=slow_s)
