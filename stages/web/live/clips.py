"""Clips of a camera: the next seconds, as the page shows them, encoded while they pass through.

A clip begins with the request, so that nothing is encoded or kept while nobody has asked. It is in memory only, and
there is one at a time.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import InputError
from pipeline.messages import Frame
from stages.media.encoders import choose_encoder
from stages.media.writer import GstWriter
from stages.web.live.pictures import shrink

CLIP_S = 10.0
"""Length of a clip, seconds."""
MOST_WIDTH = 1280
"""Columns to which larger frames are scaled down."""
BITRATE_KBPS = 4000
"""Kilobits per second, so 5 MB for a clip."""
FRAGMENT_S = 2.0
_TICK_NS = 11_112
"""Nanoseconds of one tick of an MP4 with 90,000 ticks per second, rounded up."""


class Busy(Exception):
    """Another clip is being made."""


@dataclass(slots=True, eq=False)
class Clip:
    """A clip that is being made."""

    camera: str
    frames: int = 0
    """Number of frames so far."""
    full: bool = False
    """Whether it has its length, or cannot be continued."""
    failure: str = ""
    began_s: float = 0.0
    start_ns: int = 0
    next_ns: int = 0
    size: tuple[int, int] = (0, 0)
    file: int = field(default_factory=lambda: os.memfd_create("emobot-clip"))
    writer: GstWriter | None = None


class Clips:
    """Makes one clip at a time. All methods are thread-safe.

    Args:
        most_fps: Maximum frames per second of a clip.
        now: A monotonic clock, seconds; tests replace it.
    """

    def __init__(self, most_fps: float, now: Callable[[], float] = time.monotonic) -> None:
        self._step_ns = round(0.9e9 / most_fps)
        self._now = now
        self._clip: Clip | None = None
        self._lock = threading.Lock()

    def begin(self, camera: str) -> Clip:
        """Begin a clip with the camera's next frame; end it with `end`.

        Raises:
            Busy: Another clip is being made.
        """
        with self._lock:
            if self._clip:
                raise Busy
            self._clip = Clip(camera)
            return self._clip

    def take(self, frame: Frame, intact: Callable[[], bool]) -> None:
        """Add a frame with pixels to the clip of its camera, if there is one.

        Args:
            frame: The frame; its pixels are not kept.
            intact: Returns whether the pixels still are this frame's; called after they were copied.
        """
        clip = self._clip
        if clip is None or clip.camera != frame.camera or frame.pixels is None:
            return
        with self._lock:
            if self._clip is clip and not clip.full:
                try:
                    self._add(clip, frame, intact)
                except InputError as error:
                    clip.full, clip.failure = True, str(error)

    def _add(self, clip: Clip, frame: Frame, intact: Callable[[], bool]) -> None:
        assert frame.pixels is not None
        pixels = shrink(frame.pixels, MOST_WIDTH)
        size = pixels.shape[1], pixels.shape[0] * 2 // 3
        now = self._now()
        if clip.writer is None:
            clip.writer = GstWriter(
                Path(f"/proc/self/fd/{clip.file}"),
                width=size[0],
                height=size[1],
                fps=frame.fps,
                encoder=choose_encoder(),
                bitrate_kbps=BITRATE_KBPS,
                fragment_s=FRAGMENT_S,
                live=True,
                colorimetry=frame.colorimetry,
            )
            clip.began_s, clip.start_ns, clip.size = now, frame.pts_ns, size
        at_ns = frame.pts_ns - clip.start_ns
        if at_ns < 0:
            # the source has restarted: its clock begins again
            clip.start_ns, at_ns = frame.pts_ns - clip.next_ns, clip.next_ns
        if at_ns >= CLIP_S * 1e9 or now - clip.began_s >= CLIP_S or size != clip.size:
            clip.full = True
        elif at_ns >= clip.next_ns:
            clip.writer.write(pixels, at_ns, intact)
            clip.frames += 1
            clip.next_ns = at_ns + max(_TICK_NS, self._step_ns)

    def end(self, clip: Clip) -> bytes:
        """End a clip and return it as MP4; empty if no frame came. Blocks for a moment.

        Raises:
            InputError: It could not be encoded.
        """
        with self._lock:
            if self._clip is clip:
                self._clip = None
        try:
            if clip.writer:
                clip.writer.finish()
            if clip.failure:
                raise InputError(clip.failure)
            size = os.fstat(clip.file).st_size if clip.frames else 0
            return os.pread(clip.file, size, 0)
        finally:
            os.close(clip.file)
