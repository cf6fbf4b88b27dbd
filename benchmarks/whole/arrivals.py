"""Outputs that record every arriving frame, to identify the missing ones."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from pipeline.messages import Frame
from pipeline.stage import Stage


class Arrival(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One frame at an output."""

    camera: str
    run: int
    """Start time of the camera's process."""
    order: int
    """Number of the frame among those sent by this process, from 0, without gaps."""
    frame: int
    """Number of the frame in the stream, which also counts frames dropped by the camera."""
    since_ns: int
    captured_ns: int
    """Nanoseconds; of a frame without pixels, which may have no time of capture: when it arrived."""
    state: str
    tracks: tuple[int, ...]
    """Track numbers of the people in it; each causes one observation."""


class Arrivals(Stage):
    """A sink that stands in for outputs without pixels, such as events and tables.

    Args:
        path: The file to write, one JSON array per frame.
    """

    def __init__(self, *, path: str) -> None:
        self._file = Path(path).open("ab", buffering=0)  # noqa: SIM115 - closed by close()

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Record the frames."""
        self._file.write(b"".join(msgspec.json.encode(_arrival(frame)) + b"\n" for frame in frames))
        yield from ()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Pictures(Arrivals):
    """A sink that stands in for video outputs, after the overlay."""

    pixels = "read"


class ArrivalsReader:
    """Reads the file while it is being written.

    Args:
        path: The file; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.all: list[Arrival] = []
        """The frames read so far."""
        self._path = path
        self._decoder = msgspec.json.Decoder(Arrival)
        self._at = 0

    def read(self) -> list[Arrival]:
        """Return the new frames."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._at)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._at += len(whole)
        new = [self._decoder.decode(line) for line in whole.splitlines()]
        self.all += new
        return new


def _arrival(frame: Frame) -> Arrival:
    return Arrival(
        camera=frame.camera,
        run=frame.run,
        order=frame.order,
        frame=frame.seq,
        since_ns=frame.since_ns,
        captured_ns=frame.captured_ns or time.time_ns(),
        state=frame.state,
        tracks=tuple(face.track for face in frame.faces),
    )
