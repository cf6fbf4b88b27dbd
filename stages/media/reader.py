"""What decodes pictures, seen from outside: `Reader`, its pictures, and the reader that keeps only the newest."""

import queue
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pipeline.messages import Array, Fault
from stages.media.length import missing
from stages.media.mp4 import Index, read_index

LARGEST = 8192
"""Larger pictures are shrunk to so many columns and rows unless another size is asked for: a ring holds a dozen of
them, 1.2 GB, and a file of three megabytes may hold one of 16,000 by 16,000."""

PAUSE_S = 0.25
"""A file at its own speed pauses where it comes so late; a camera's pictures of that time would be lost."""
NAP_S = 0.2
"""A reader that is told to stop hears of it after so long at most."""
CUT_S, CUT_PART = 1.0, 0.05
"""A recording that lacks more seconds, and a larger part, of the length its header gives was cut off, where its kind
of file does not say how many bytes or frames it has."""
SPARE = 1
"""Frames that may be missing of those an index lists: an edit may end in the middle of one."""
BACK_NS, FORTH_NS = 1_000_000_000, 10_000_000_000
"""A file's clock that goes back by more, or a broadcast's that goes forward by more, has jumped."""


@dataclass(slots=True, kw_only=True)
class Picture:
    """One decoded picture; its memory stays valid for as long as `pixels` is held."""

    pixels: Array
    """I420, `uint8[height * 3 // 2, width]`, width and height even."""
    pts_ns: int
    """Position: of a file from its container's start, else since the reader's first picture; rises."""
    index: int = 0
    """How many pictures the reader gave, or had to skip, before this one."""
    waited_ns: int = 0
    """How long it has waited in front of the decoder."""
    arrived_ns: int = 0
    """When it came, `time.time_ns()`: when it was decoded, less what it had waited."""
    rate: float = 0.0
    """Nominal pictures per second, 0 where unknown."""
    duration_ns: int = 0
    """Length of the whole, 0 where unknown."""
    started_ns: int = 0
    """When position 0 was recorded, `time.time_ns()`, 0 where unknown."""
    full_range: bool = False
    """Whether luma goes from 0 to 255 instead of from 16 to 235."""
    colorimetry: str = ""
    """As in `Frame`."""


class End(Exception):
    """There are no more pictures.

    Args:
        error: Why, in one line; None where it is the proper end.
        fault: Of which kind that is.
    """

    def __init__(self, error: str | None, fault: Fault = "") -> None:
        super().__init__(error)
        self.error = error
        self.fault = fault


class Reader(ABC):
    """Decodes one file or one connection to a camera.

    Args:
        fps: Leave out pictures that come faster than this; 0 keeps all.
        path: The file; None for a camera.
    """

    def __init__(self, fps: float = 0.0, path: Path | None = None) -> None:
        self._path = path
        self._index: Index | None = None
        """Of an MP4 or MOV."""
        if path is not None:
            with suppress(OSError):  # which the decoder will report
                self._index = read_index(path)
        self._failure: End | None = None
        """The first thing that went wrong."""
        self._rate = 0.0
        self._duration_ns = 0
        self._step_ns = int(1e9 / fps) if fps else 0
        self._fps = fps
        self._count = self._decoded = 0
        self._missed = 0.0
        self._first_ns = self._last_ns = self._due_ns = 0
        self._jumps = False
        """Whether the clock may jump forward, as in broadcasts."""

    def read(self, timeout_s: float) -> Picture | None:
        """Return the next picture, None where there was none in time.

        Raises:
            End: There are no more.
        """
        end_s = time.monotonic() + timeout_s
        while (picture := self._decode(max(0.0, end_s - time.monotonic()))) is not None:
            if not self._decoded and (self._path is None or picture.pts_ns < 0):
                self._first_ns = picture.pts_ns
            self._decoded += 1
            self._follow_jump(picture.pts_ns - self._first_ns)
            # Some files repeat or lack timestamps.
            pts_ns = max(picture.pts_ns - self._first_ns, self._last_ns + 1000 if self._count else 0)
            # A camera's clock jitters; a tenth of the step is forgiven.
            if self._step_ns and pts_ns < self._due_ns - self._step_ns // 10:
                continue
            self._due_ns = max(self._due_ns + self._step_ns, pts_ns)
            picture.pts_ns = self._last_ns = pts_ns
            picture.index = self._count
            picture.arrived_ns = time.time_ns() - picture.waited_ns
            picture.rate = min(self._rate or self._fps, self._fps) if self._fps else self._rate
            picture.duration_ns = self._duration_ns
            picture.started_ns = self._started_ns()
            self._count += 1
            return picture
        return None

    def _follow_jump(self, pts_ns: int) -> None:
        """Where a file's clock jumps, let time go on by one frame."""
        if self._path is None or not self._count:
            return
        step_ns = pts_ns - self._last_ns
        if step_ns < -BACK_NS or (self._jumps and step_ns > FORTH_NS):
            self._first_ns += step_ns - round(1e9 / (self._rate or 25.0))

    def _started_ns(self) -> int:
        return round(self._index.created_s * 1e9) if self._index else 0

    @abstractmethod
    def _decode(self, timeout_s: float) -> Picture | None:
        """Return the next picture with any `pts_ns`, None after `timeout_s`; raise End where there are no more."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the file or the camera."""

    def _miss(self, count: int) -> None:
        """Count pictures that were not decoded; with `fps`, only as many as would have been given."""
        self._missed += count * (min(1.0, self._fps / self._rate) if self._fps and self._rate else 1.0)
        whole = int(self._missed)
        self._missed -= whole
        self._count += whole

    def _fail(self, error: str, fault: Fault) -> None:
        """Note that something went wrong."""
        self._failure = self._failure or End(error, fault)

    def _expect_all(self) -> None:
        """Note what a file lacks that has ended without a complaint, as one cut off does."""
        if self._path is None or not self._decoded:
            return
        with suppress(OSError):
            if lack := missing(self._path):
                self._fail(lack, "broken")
                return
            frames = self._index.frames if self._index else 0
            if frames - self._decoded > SPARE:
                self._fail(f"expected {frames} frames, as its index says, found {self._decoded}", "broken")
            if lack is not None:
                return
        wanted_s, found_s = self._duration_ns / 1e9, (self._first_ns + self._last_ns) / 1e9
        if wanted_s - found_s > max(CUT_S, CUT_PART * wanted_s, 2 / (self._rate or 25.0)):
            self._fail(f"expected {wanted_s:.1f} s of pictures, as its header says, found {found_s:.1f} s", "broken")

    def _end(self) -> End:
        """Return what to raise when there are no more pictures."""
        if not self._count:
            self._fail("expected video, found no picture in it", "format")
        failure, self._failure = self._failure, None  # what is raised knows the reader: no circle
        return failure or End(None)


class Newest:
    """Reads in its own thread and holds one picture, the newest: a slow caller gets fewer, never older ones.

    Args:
        open_reader: Called in the thread, since connecting may block.
        paced: Let the pictures of a file come at the times their timestamps say.
    """

    def __init__(self, open_reader: Callable[[], Reader], *, paced: bool = False) -> None:
        self._open = open_reader
        self._paced = paced
        self._stopped = False
        self._shelf: queue.SimpleQueue[Picture | None] = queue.SimpleQueue()
        """The newest picture; None where there are no more."""
        self._failure: Exception = End(None)
        """Why there are no more."""
        self._thread = threading.Thread(target=self._work, daemon=True, name="newest")
        self._thread.start()

    def read(self, timeout_s: float) -> Picture | None:
        """Return the newest picture that was not returned before, None where none came in time.

        Raises:
            End: There are no more.
        """
        try:
            picture = self._shelf.get(timeout=max(0.0, timeout_s))
        except queue.Empty:
            return None
        if picture is None:
            self._shelf.put(None)
            raise self._failure
        return picture

    def close(self) -> None:
        """Stop the thread, which closes the reader, and let go of it."""
        self._stopped = True
        self._thread.join(3.0)
        # What was raised knows where it was raised, and so the reader: a camera's decoder and its files would be kept
        # until the interpreter looks for circles, which it seldom does where few objects are made.
        self._failure = End(None)

    def _work(self) -> None:
        try:
            with closing(self._open()) as reader:
                self._fetch(reader)
        except Exception as error:  # read() raises it, whatever it is
            self._failure = error
        self._shelf.put(None)

    def _fetch(self, reader: Reader) -> None:
        start_s: float | None = None
        lost = 0
        while not self._stopped:
            picture = reader.read(NAP_S)
            if picture is None:
                continue
            if self._paced:
                # a video that begins late need not be waited for
                start_s = time.monotonic() - picture.pts_ns / 1e9 if start_s is None else start_s
                due_s = start_s + picture.pts_ns / 1e9
                while not self._stopped and (left_s := due_s - time.monotonic()) > 0:
                    time.sleep(min(left_s, NAP_S))
                late_s = max(0.0, time.monotonic() - due_s)
                picture.arrived_ns = time.time_ns() - round(late_s * 1e9)
                if late_s > PAUSE_S:
                    start_s += late_s
                    lost += round(late_s * (picture.rate or 25.0))
                picture.index += lost
            with suppress(queue.Empty):
                self._shelf.get_nowait()
            self._shelf.put(picture)


def to_i420(image: Array, code: int, width: int = 0, height: int = 0) -> Array:
    """Convert to I420 of even size.

    Args:
        image: `uint8[rows, columns, 3]`.
        code: How OpenCV converts it: `cv2.COLOR_BGR2YUV_I420` or `cv2.COLOR_RGB2YUV_I420`.
        width: Shrink to at most so many columns, in proportion; 0 leaves it, up to `LARGEST`.
        height: Shrink to at most so many rows, in proportion; 0 leaves it, up to `LARGEST`.
    """
    rows, columns = image.shape[:2]
    scale = min(1.0, (width or LARGEST) / columns, (height or LARGEST) / rows)
    size = max(2, round(columns * scale) & ~1), max(2, round(rows * scale) & ~1)
    if size != (columns, rows):
        image = _array(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    return _array(cv2.cvtColor(image, code))


def _array(value: Any) -> Array:
    return np.asarray(value, np.uint8)
