"""The journal of a recording that is being processed: its results so far, frame by frame, without pixels.

When a batch is killed, the next one replays the journal and continues behind its last frame.
"""

import struct
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec.structs import replace

from pipeline.messages import Frame

JOURNAL = "frames.journal"
"""Name of the file in a folder of incomplete results."""
EVERY = 30
"""Frames after which the file is flushed; as many may be missing after a kill, and are processed again."""
WARM_UP_S = 5.0
"""Seconds of the recording that are processed again before it continues, in which tracking and fusion settle and people
are recognised by their places. The fusion's memory is below 1 s."""
_LENGTH = struct.Struct("<I")
_LONGEST = 1 << 24


class JournalReader:
    """Reads the frames of a journal; what a kill has cut off at its end is ignored.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._decoder = msgspec.msgpack.Decoder(Frame)
        self.end = 0
        """Bytes of the frames read so far."""

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames; none if there is no file."""
        with suppress(FileNotFoundError, msgspec.MsgspecError), self._path.open("rb") as file:
            while len(head := file.read(_LENGTH.size)) == _LENGTH.size:
                (length,) = _LENGTH.unpack(head)
                data = file.read(min(length, _LONGEST))
                if len(data) < length:
                    return
                frame = self._decoder.decode(data)
                self.end += len(head) + length
                yield frame


class JournalWriter:
    """Continues a journal.

    Args:
        path: The file, made if there is none.
        end: Bytes of it to keep.
    """

    def __init__(self, path: Path, end: int = 0) -> None:
        self._path = path
        self._file: BinaryIO = path.open("ab")
        self._file.truncate(end)
        self._encoder = msgspec.msgpack.Encoder()
        self._count = 0

    def write(self, frame: Frame) -> None:
        """Add a frame."""
        data = self._encoder.encode(replace(frame, pixels=None, crops=None, slot=None))
        self._file.write(_LENGTH.pack(len(data)) + data)
        self._count += 1
        if self._count % EVERY == 0:
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def remove(self) -> None:
        """Close and remove the file."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def last_position_s(folder: Path) -> float | None:
    """Return the position of the last frame in a folder's journal, seconds; None if there is none."""
    last = deque(JournalReader(folder / JOURNAL), maxlen=1)
    return last[0].pts_ns / 1e9 if last else None
