"""Fences: until when a box may publish a camera that it has leased.

A fleet's camera has a file in the run's directory with the end of its lease. The box's agent moves the end with each
renewal; every output compares it with the clock before each frame. So a box that was frozen publishes nothing more when
it wakes up, although nobody could stop it. A camera without a file is the box's own and has no fence.
"""

import contextlib
import mmap
import time
from pathlib import Path

from pipeline.messages import Frame

FOLDER = "leases"
CLOSED, OPEN = 0, 2**63 - 1
"""Ends of a lease that is over, and of one that never ends."""


def now_ns() -> int:
    """Return nanoseconds since the machine's start, including those in which it was suspended."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Fence:
    """The fence of one camera, for its only writer.

    Args:
        directory: The run's.
        camera: The camera's name.
    """

    def __init__(self, directory: Path, camera: str) -> None:
        self._path = directory / FOLDER / camera
        self._path.parent.mkdir(exist_ok=True)
        partial = self._path.with_suffix(".partial")
        partial.write_bytes(CLOSED.to_bytes(8, "little"))
        with partial.open("r+b") as file:
            self._end = memoryview(mmap.mmap(file.fileno(), 8)).cast("q")
        partial.replace(self._path)

    def open_until(self, end_ns: int) -> None:
        """Let frames pass until a time of `now_ns`."""
        self._end[0] = end_ns

    def close(self) -> None:
        """Let nothing pass any more."""
        self._end[0] = CLOSED

    def remove(self) -> None:
        """Remove the fence; a camera of this name is the box's own from now on."""
        self._end[0] = OPEN
        with contextlib.suppress(OSError):  # the run has ended
            self._path.unlink()


class Fences:
    """The fences of all cameras of a run, for its outputs.

    Args:
        directory: The run's.
    """

    def __init__(self, directory: Path) -> None:
        self._folder = directory / FOLDER
        self._known: dict[str, tuple[int, memoryview | None]] = {}

    def lets_pass(self, frame: Frame) -> bool:
        """Return whether this box may publish a frame's camera now."""
        known = self._known.get(frame.camera)
        if known is None or known[0] != frame.run:
            known = self._known[frame.camera] = frame.run, self._find(frame.camera)
        return known[1] is None or now_ns() < known[1][0]

    def _find(self, camera: str) -> memoryview | None:
        try:
            with (self._folder / camera).open("rb") as file:
                return memoryview(mmap.mmap(file.fileno(), 8, prot=mmap.PROT_READ)).cast("q")
        except FileNotFoundError:
            return None


def fenced(directory: Path) -> list[str]:
    """Return the cameras of a run that have a fence."""
    folder = directory / FOLDER
    return sorted(path.name for path in folder.iterdir() if not path.suffix) if folder.is_dir() else []
