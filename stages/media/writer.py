"""Writes H.264 to fragmented MP4: a recording that is cut off plays up to its last fragment."""

import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import cv2

from models.levels import to_bgr
from pipeline.errors import InputError
from pipeline.messages import Array
from stages.media import gstreamer
from stages.media.encoders import describe_encoder

QUEUE = 4
"""Frames that may wait for the encoder; more would only cost memory."""
FINISH_S = 30.0
NOTE = "Emobot, of a recording"
"""Comment in the video of a recording, which may be replaced when the recording is played again."""
TICKS = 90_000
"""Ticks per second of an MP4's track, by which every usual frame rate has exact times."""


class Writer(Protocol):
    """Writes frames of one size to a file."""

    def write(self, pixels: Array, pts_ns: int, intact: Callable[[], bool]) -> None:
        """Add a frame, I420 `uint8[height * 3 // 2, width]`; `pts_ns` increases from 0.

        The frame is copied before `intact` is called, and skipped if that returns False: its memory was overwritten.

        Raises:
            InputError: The file cannot be written.
        """

    def finish(self) -> None:
        """Complete the file; call it once.

        Raises:
            InputError: The file cannot be written.
        """


class GstWriter:
    """Encodes and writes with GStreamer; keeps every frame's timestamp.

    Args:
        path: The file.
        width: Columns of a frame.
        height: Rows of a frame.
        fps: Nominal frame rate; 0 if unknown or variable.
        encoder: What `choose_encoder` returned.
        bitrate_kbps: Bitrate, kilobits per second; 0 for constant quality.
        fragment_s: Length of a fragment, seconds.
        live: Whether the frames come from a camera, not from a recording.
        colorimetry: Range, matrix, transfer and primaries, as in `Frame`; "" if unknown.
        ticks: Ticks per second of the track. A file's length has 32 bits (`mp4mux` of GStreamer 1.22), that of a frame
            31: what is longer cannot be played to its end.
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        fps: float,
        encoder: str,
        bitrate_kbps: int,
        fragment_s: float,
        live: bool,
        colorimetry: str = "",
        ticks: int = TICKS,
    ) -> None:
        self._gst = gstreamer.load()
        self._path = path
        h264 = describe_encoder(
            encoder, width=width, height=height, fps=fps, bitrate_kbps=bitrate_kbps, gop_s=fragment_s, live=live
        )
        note = "" if live else f' ! taginject tags="comment=(string)\\"{NOTE}\\""'
        self._pipeline = self._gst.parse_launch(
            f"appsrc name=pictures format=time max-buffers={QUEUE} ! videoconvert ! {h264} ! h264parse{note}"
            # The finished file is a plain MP4.
            f" ! mp4mux fragment-duration={round(fragment_s * 1000)} fragment-mode=first-moov-then-finalise"
            f" trak-timescale={ticks} ! filesink name=file buffer-mode=unbuffered"
        )
        self._pipeline.get_by_name("file").set_property("location", str(path))
        self._source = self._pipeline.get_by_name("pictures")
        self._source.set_property("caps", gstreamer.video_caps(width, height, fps or 25.0, colorimetry))
        self._step_ns = round(1e9 / (fps or 25.0))
        self._bus = self._pipeline.get_bus()
        # PyGObject takes longer to look them up than to ask the bus for them
        self._ends = self._gst.MessageType.EOS | self._gst.MessageType.ERROR
        self._failure = ""
        self._stop = weakref.finalize(self, self._pipeline.set_state, self._gst.State.NULL)
        self._pipeline.set_state(self._gst.State.PLAYING)

    def write(self, pixels: Array, pts_ns: int, intact: Callable[[], bool] = lambda: True) -> None:
        """Add a frame; wait while the encoder is busy."""
        self._listen(0)
        # copy before the wait, during which its slot may be reclaimed
        buffer = gstreamer.buffer_of(pixels, pts_ns, self._step_ns)
        if not intact():
            return
        # The source could wait by itself, but after an error it would never return.
        while self._source.get_property("current-level-buffers") >= QUEUE:
            self._listen(5_000_000)
        self._source.push_buffer(buffer)

    def finish(self) -> None:
        """Complete the file."""
        try:
            self._source.end_of_stream()
            if not self._listen(int(FINISH_S * 1e9)):
                raise InputError(f"cannot write {self._path}: the encoder did not finish in {FINISH_S:.0f} s")
        finally:
            self._stop()

    def _listen(self, timeout_ns: int) -> bool:
        """Return whether the file is complete; raise InputError if it cannot be written."""
        message = None if self._failure else self._bus.timed_pop_filtered(timeout_ns, self._ends)
        if message is not None and message.type == self._gst.MessageType.ERROR:
            self._failure = f"cannot write {self._path}: {gstreamer.describe(message)}"
        if self._failure:
            raise InputError(self._failure)
        return message is not None


class CvWriter:
    """Writes MPEG-4 with OpenCV, at a constant frame rate, where GStreamer is not installed.

    Args:
        path: The file; OpenCV takes the format from its suffix.
        width: Columns of a frame.
        height: Rows of a frame.
        fps: Frame rate; 0 stands for 25.
        full_range: Whether luma ranges from 0 to 255.
    """

    def __init__(self, path: Path, *, width: int, height: int, fps: float, full_range: bool = False) -> None:
        self._path = path
        self._full_range = full_range
        self._writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps or 25.0, (width, height))
        if not self._writer.isOpened():
            raise InputError(f"cannot write {path}")

    def write(self, pixels: Array, pts_ns: int, intact: Callable[[], bool] = lambda: True) -> None:
        """Add a frame; its timestamp is not kept."""
        bgr = to_bgr(pixels, self._full_range)
        if intact():
            self._writer.write(bgr)

    def finish(self) -> None:
        """Complete the file."""
        self._writer.release()
