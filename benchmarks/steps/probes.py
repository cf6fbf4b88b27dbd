"""Measuring stages, which a configuration under test selects by `use`."""

import struct
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.messages import Frame
from pipeline.stage import Stage
from stages.synthetic import read_clock

ROW = struct.Struct("<qq")
"""A frame's age by its burnt-in clock (-1: unreadable), and the clock's difference from its message, nanoseconds."""


class ClockSink(Stage):
    """A sink that reads the burnt-in clock and records the age of frames.

    Args:
        path: The file of `ROW`s.
    """

    pixels = "read"

    def __init__(self, *, path: str) -> None:
        self._file = Path(path).open("wb", buffering=0)  # noqa: SIM115 - closed by close()

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Record the age of every frame."""
        for frame in frames:
            if frame.pixels is not None:
                now_ns, clock_ns = time.time_ns(), read_clock(frame.pixels)
                row = (-1, 0) if clock_ns is None else (now_ns - clock_ns, frame.captured_ns - clock_ns)
                self._file.write(ROW.pack(*row))
        yield from ()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_rows(path: Path) -> list[tuple[int, int]]:
    """Return the rows a `ClockSink` has written so far."""
    data = path.read_bytes()
    return list(ROW.iter_unpack(data[: len(data) // ROW.size * ROW.size]))
