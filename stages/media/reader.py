"""The interface of decoders: `Reader`, its decoded frames (`Picture`), and `Newest`, which keeps only the last one."""

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
"""Maximum columns and rows of a frame, pixels, unless another size is requested. A ring holds a dozen frames of this
size, 1.2 GB; a file of three megabytes may hold one of 16,000 by 16,000."""

PAUSE_S = 0.25
"""Seconds of delay after which a file with `realtime` pauses its clock; a camera would lose these frames."""
NAP_S = 0.2
"""Seconds after which a stopped reader notices it, at most."""
CUT_S, CUT_PART = 1.0, 0.05
"""Seconds and fraction of the header's duration that may be missing; a recording that lacks more of both was cut off.
Used for formats that give neither bytes nor frames."""
SPARE = 1
"""Frames of the index that may be missing; an edit may end in the middle of a frame."""
BACK_NS, FORTH_NS = 1_000_000_000, 10_000_000_000
"""Nanoseconds after which a file's clock backwards, or a broadcast's clock forwards, counts as a jump."""


@dataclass(slots=True, kw_only=True)
class Picture:
    """One decoded frame; its memory stays valid as long as `pixels` is referenced."""

    pixels: Array
    """I420, `uint8[height * 3 // 2, width]`, width and height even."""
    pts_ns: int
    """Position in a file from its container's start, else time since the reader's first frame; increases."""
    index: int = 0
    """Number of frames that the reader returned or skipped before this one."""
    waited_ns: int = 0
    """Time it waited in front of the decoder."""
    arrived_ns: int = 0
    """Arrival time, `time.time_ns()`: when it was decoded, less its wait."""
    rate: float = 0.0
    """Nominal frames per second, 0 if unknown."""
    duration_ns: int = 0
    """Duration of the whole file, 0 if unknown."""
    started_ns: int = 0
    """When position 0 was recorded, `time.time_ns()`, 0 if unknown."""
    full_range: bool = False
    """Whether luma ranges from 0 to 255 instead of from 16 to 235."""
    colorimetry: str = ""
    """As in `Frame`."""


class End(Exception):
    """There are no more frames.

    Args:
        error: Reason, in one line; None at a regular end.
        fault: Kind of the error.
    """

    def __init__(self, error: str | None, fault: Fault = "") -> None:
        super().__init__(error)
        self.error = error
        self.fault = fault


class Reader(ABC):
    """Decodes one file or one connection to a camera.

    Args:
        fps: Maximum frame rate; faster frames are skipped. 0 keeps all.
        path: The file; None for a camera.
    """

    def __init__(self, fps: float = 0.0, path: Path | None = None) -> None:
        self._path = path
        self._index: Index | None = None
        """Index of an MP4 or MOV."""
        if path is not None:
            with suppress(OSError):  # the decoder will report it
                self._index = read_index(path)
        self._failure: End | None = None
        """The first error."""
        self._rate = 0.0
        self._duration_ns = 0
        self._step_ns = int(1e9 / fps) if fps else 0
        self._fps = fps
        self._count = self._decoded = 0
        self._missed = 0.0
        self._first_ns = self._last_ns = self._due_ns = 0
        self._jumps = False
        """Whether the clock may jump forwards, as in broadcasts."""

    def read(self, timeout_s: float) -> Picture | None:
        """Return the next frame, None if none arrives in time.

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
            # A camera's clock jitters; allow a tenth of the step.
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
        """Replace a jump of a file's clock by one frame's duration."""
        if self._path is None or not self._count:
            return
        step_ns = pts_ns - self._last_ns
        if step_ns < -BACK_NS or (self._jumps and step_ns > FORTH_NS):
            self._first_ns += step_ns - round(1e9 / (self._rate or 25.0))

    def _started_ns(self) -> int:
        return round(self._index.created_s * 1e9) if self._index else 0

    @abstractmethod
    def _decode(self, timeout_s: float) -> Picture | None:
        """Return the next frame with any `pts_ns`, None after `timeout_s`; raise End if there are no more."""

    @abstractmethod
    def close(self) -> None:
        """Release the file or the camera."""

    def _miss(self, count: int) -> None:
        """Count frames that were not decoded; with `fps`, only as many as would have been returned."""
        self._missed += count * (min(1.0, self._fps / self._rate) if self._fps and self._rate else 1.0)
        whole = int(self._missed)
        self._missed -= whole
        self._count += whole

    def _fail(self, error: str, fault: Fault) -> None:
        """Remember the first error."""
        self._failure = self._failure or End(error, fault)

    def _expect_all(self) -> None:
        """Record as an error what a truncated file lacks; decoders report none."""
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
            self._fail(f"expected {wanted_s:.1f} s of video, as its header says, found {found_s:.1f} s", "broken")

    def _end(self) -> End:
        """Return what to raise when there are no more frames."""
        if not self._count:
            self._fail("expected video, found no frame in it", "format")
            with suppress(OSError):
                # a decoder says in its own words what it cannot read
                if self._path is not None and (lack := missing(self._path)):
                    self._failure = End(lack, "format")
        failure, self._failure = self._failure, None  # the raised error refers to the reader: avoid a reference cycle
        return failure or End(None)


class Newest:
    """Reads in its own thread and holds only the newest frame: a slow caller gets fewer frames, never older ones.

    Args:
        open_reader: Opens the reader; called in the thread, since connecting may block.
        paced: Return the frames of a file at the times of their timestamps.
    """

    def __init__(self, open_reader: Callable[[], Reader], *, paced: bool = False) -> None:
        self._open = open_reader
        self._paced = paced
        self._stopped = False
        self._shelf: queue.SimpleQueue[Picture | None] = queue.SimpleQueue()
        """The newest frame; None if there are no more."""
        self._failure: Exception = End(None)
        """Reason why there are no more."""
        self._thread = threading.Thread(target=self._work, daemon=True, name="newest")
        self._thread.start()

    def read(self, timeout_s: float) -> Picture | None:
        """Return the newest frame that was not returned before, None if none arrives in time.

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
        """Stop the thread, which closes the reader, and release it."""
        self._stopped = True
        self._thread.join(3.0)
        # The raised error refers to its traceback and so to the reader. Without this, a camera's decoder and its files
        # would stay open until the garbage collector runs, which is rare where few objects are allocated.
        self._failure = End(None)

    def _work(self) -> None:
        try:
            with closing(self._open()) as reader:
                self._fetch(reader)
        except Exception as error:  # read() raises any error
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
                # do not wait for a video that begins late
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
        code: OpenCV's conversion: `cv2.COLOR_BGR2YUV_I420` or `cv2.COLOR_RGB2YUV_I420`.
        width: Maximum width; larger frames are scaled down in proportion. 0: `LARGEST`.
        height: Maximum height, likewise.
    """
    rows, columns = image.shape[:2]
    scale = min(1.0, (width or LARGEST) / columns, (height or LARGEST) / rows)
    size = max(2, round(columns * scale) & ~1), max(2, round(rows * scale) & ~1)
    if size != (columns, rows):
        image = _array(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    return _array(cv2.cvtColor(image, code))


def _array(value: Any) -> Array:
    return np.asarray(value, np.uint8)
