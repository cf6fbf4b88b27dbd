"""Marks a folder of a live camera's results while they are written, so that another process can finish them."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

import msgspec

from pipeline.locks import replace_whole
from pipeline.messages import Frame, Language

UNFINISHED = "unfinished.json"
"""Name of the file in the folder; it is there until the results are complete."""


class Begun(msgspec.Struct, kw_only=True, frozen=True):
    """What the tables do not say of their stream."""

    camera: str
    language: Language
    model: str
    first_frame: int
    """Number of its first frame."""
    first_pts_ms: float
    """Position of that frame, milliseconds."""
    started_at: float | None
    """When position 0 was, UNIX seconds; None where unknown."""
    fps: float
    """Frame rate that the camera claims, frames per second; 0 where unknown."""

    @classmethod
    def of(cls, frame: Frame, language: Language) -> "Begun":
        """Return what is known at the first frame."""
        return cls(
            camera=frame.camera,
            language=language,
            model=frame.model,
            first_frame=frame.seq,
            first_pts_ms=round(frame.pts_ns / 1e6, 3),
            started_at=frame.started_ns / 1e9 if frame.started_ns else None,
            fps=frame.fps,
        )


class Claim:
    """Holds the lock of a folder, which the kernel releases when the process dies.

    Args:
        folder: The folder.

    Attributes:
        held: Whether it is held; False while another process holds it, and on a file system without locks.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / UNFINISHED
        self._lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self.held = True
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.held = False

    def __enter__(self) -> "Claim":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the folder."""
        self.release()

    def note(self, begun: Begun) -> None:
        """Write the mark.

        Raises:
            OSError: It cannot be written.
        """
        replace_whole(self._path, msgspec.json.encode(begun), ".")

    def read(self) -> Begun | None:
        """Return the mark; None if there is none, or it is not valid."""
        with suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return msgspec.json.decode(self._path.read_bytes(), type=Begun)
        return None

    def remove(self) -> None:
        """Remove the mark: the results are complete, or gone."""
        self._path.unlink(missing_ok=True)

    def release(self) -> None:
        """Release the folder; without effect if it was released before."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
