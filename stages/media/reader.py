"""The interface of decoders: `Reader`, and its decoded frames (`Picture`)."""

import logging
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from models.detectors.picture import turned_picture
from pipeline.messages import Array, Fault
from stages.media.containers.chain import break_in
from stages.media.containers.length import missing
from stages.media.containers.moments import moment_of
from stages.media.containers.mp4 import Index, read_index
from stages.media.containers.pose import UPRIGHT, matroska_matrix

CUT_S, CUT_PART = 1.0, 0.05
"""Seconds and fraction of the header's duration that may be missing; a recording that lacks more of both was cut off.
Used for formats that give neither bytes nor frames."""
REORDERED_S = 1.0
"""Seconds by which frames behind a damaged place may be shown before it."""
SPARE = 1
"""Frames of the index that may be missing; an edit may end in the middle of a frame."""
ROUNDED_NS = 500_000
"""Nanoseconds by which a container rounds positions; a frame this close to a limit of an excerpt is on it."""
BACK_NS, FORTH_NS = 1_000_000_000, 10_000_000_000
"""Nanoseconds after which a file's clock backwards, or a broadcast's clock forwards, counts as a jump."""

log = logging.getLogger(__name__)


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
    camera_ns: int = 0
    """When the camera took it by its own clock, `time.time_ns()`, 0 if it does not say."""
    rate: float = 0.0
    """Nominal frames per second, 0 if unknown."""
    duration_ns: int = 0
    """Duration of the whole file, 0 if unknown."""
    started_ns: int = 0
    """When position 0 was recorded, `time.time_ns()`, 0 if unknown."""
    decoder: str = ""
    """Name of what decoded it, empty if unknown."""
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
        self._matrix = UPRIGHT
        """How the file's frames are shown, see `stages.media.containers.pose`."""
        if path is not None:
            with suppress(OSError):  # the decoder will report it
                self._index = read_index(path)
                self._matrix = self._index.matrix if self._index else matroska_matrix(path)
        self._failure: End | None = None
        """The first error."""
        self._rate = 0.0
        self._duration_ns = 0
        self._step_ns = int(1e9 / fps) if fps else 0
        self._fps = fps
        self.decoder = ""
        """Name of what decodes, empty while unknown."""
        self.position_ns = 0
        """Position of the last decoded frame, also of a skipped one."""
        self._from_ns, self._to_ns = 0, 0
        self._quarters = 0
        self._shown = False
        """Whether a frame of the excerpt was returned."""
        self._begun_ns = 0
        """Position of the first one."""
        self._count = self._decoded = 0
        self._missed = 0.0
        self._first_ns = self._last_ns = self._due_ns = 0
        self._jumps = False
        """Whether the clock may jump forwards, as in broadcasts."""

    def cut(self, from_ns: int, to_ns: int) -> None:
        """Return only an excerpt of a file; numbers and positions of its frames stay those of the whole.

        Frames before it are decoded and skipped: the number of a frame is not known without those before it.

        Args:
            from_ns: Position of the first frame.
            to_ns: Position after the last one, 0 for the end.
        """
        self._from_ns, self._to_ns = from_ns, to_ns

    def turn(self, degrees: int) -> None:
        """Turn all frames clockwise, by a multiple of 90 degrees, after what the file says about its orientation."""
        self._quarters = -degrees // 90 % 4

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
            self.position_ns = pts_ns
            # A camera's clock jitters; allow a tenth of the step.
            if self._step_ns and pts_ns < self._due_ns - self._step_ns // 10:
                if time.monotonic() >= end_s:
                    return None
                continue
            self._due_ns = max(self._due_ns + self._step_ns, pts_ns)
            picture.pts_ns = self._last_ns = pts_ns
            if self._to_ns and pts_ns >= self._to_ns - ROUNDED_NS:
                raise self._end_of_excerpt()
            self._count += 1
            if pts_ns < self._from_ns - ROUNDED_NS:
                if time.monotonic() >= end_s:
                    return None
                continue
            self._begun_ns = self._begun_ns if self._shown else pts_ns
            self._shown = True
            picture.pixels = turned_picture(picture.pixels, self._quarters)
            picture.index = self._count - 1
            picture.arrived_ns = time.time_ns() - picture.waited_ns
            picture.rate = min(self._rate or self._fps, self._fps) if self._fps else self._rate
            picture.duration_ns = self._duration_ns
            picture.decoder = self.decoder
            picture.started_ns = self._started_ns()
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

    @property
    def early(self) -> int:
        """Number of frames so far that arrived in front of the first key frame, and cannot be decoded."""
        return 0

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
        """Record as an error what a damaged or truncated file lacks; decoders report none."""
        if self._path is None or not self._decoded:
            return
        with suppress(OSError):
            if lack := (cut := missing(self._path)) or self._break(self._path):
                self._fail(lack, "broken")
                return
            frames = self._index.frames if self._index else 0
            if frames - self._decoded > SPARE:
                self._fail(f"expected {frames} frames, as its index says, found {self._decoded}", "broken")
            if cut is not None:
                return
        wanted_s, found_s = self._duration_ns / 1e9, (self._first_ns + self._last_ns) / 1e9
        if wanted_s - found_s > max(CUT_S, CUT_PART * wanted_s, 2 / (self._rate or 25.0)):
            self._fail(f"expected {wanted_s:.1f} s of video, as its header says, found {found_s:.1f} s", "broken")

    def _break(self, path: Path) -> str:
        """Return where a file is damaged, in one line; "" if it is not, or only outside the excerpt."""
        if (place := break_in(path)) is None:
            return ""
        where = f"at byte {place}"
        if (at_s := moment_of(path, place)) is not None:
            where = f"near {at_s:.1f} s (byte {place})"
            behind = self._to_ns and at_s > self._to_ns / 1e9
            # what is missing before an excerpt ends before its first frame
            late_s = (self._begun_ns - self._from_ns) / 1e9
            before = self._shown and late_s < 2 / (self._rate or 25.0) and at_s + REORDERED_S < self._from_ns / 1e9
            if behind or before:
                log.warning("%s: found damaged data %s, outside the part that is read", path.name, where)
                return ""
        return f"expected whole data, found damaged data {where}: frames may be missing there"

    def _end(self) -> End:
        """Return what to raise when there are no more frames."""
        if not self._count:
            self._fail("expected video, found no frame in it", "format")
            with suppress(OSError):
                # a decoder says in its own words what it cannot read
                if self._path is not None and (lack := missing(self._path)):
                    self._failure = End(lack, "format")
        elif not self._shown and not self._failure:
            return self._end_of_excerpt()
        failure, self._failure = self._failure, None  # the raised error refers to the reader: avoid a reference cycle
        return failure or End(None)

    def _end_of_excerpt(self) -> End:
        """Return what to raise after the last frame of an excerpt; what follows does not matter."""
        if self._shown:
            return End(None)
        wanted = f"{self._from_ns / 1e9:g} s" + (f" to {self._to_ns / 1e9:g} s" if self._to_ns else "")
        return End(
            f"expected a frame from {wanted}, found none: the last one is at {self._last_ns / 1e9:g} s", "format"
        )
