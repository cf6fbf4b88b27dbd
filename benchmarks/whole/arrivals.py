"""Outputs that note every frame that reaches them, so that those that do not are known."""

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
    """Start of the camera's process."""
    order: int
    """Number of the frame among all that this process sent, from 0, without gaps."""
    frame: int
    """Number of the frame in the stream; frames that the camera dropped have one, too."""
    since_ns: int
    captured_ns: int
    """Of a frame without a picture, which may not say: when it arrived."""
    state: str
    tracks: tuple[int, ...]
    """The people in it: each makes one observation."""


class Arrivals(Stage):
    """A sink in the place of events and tables, which need no pixels.

    Args:
        path: The file to write to, one JSON array for each frame.
    """

    def __init__(self, *, path: str) -> None:
        self._file = Path(path).open("ab", buffering=0)  # noqa: SIM115 - closed by close()

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Note the frames."""
        self._file.write(b"".join(msgspec.json.encode(_arrival(frame)) + b"\n" for frame in frames))
        yield from ()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Pictures(Arrivals):
    """A sink in the place of those that show pictures: what it gets has passed the overlay."""

    pixels = "read"


class ArrivalsReader:
    """Reads the file while it is written.

    Args:
        path: The file; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.all: list[Arrival] = []
        """What has been read so far."""
        self._path = path
        self._decoder = msgspec.json.Decoder(Arrival)
        self._at = 0

    def read(self) -> list[Arrival]:
        """Return the frames that are new."""
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
