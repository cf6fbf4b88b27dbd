"""Records each camera to an H.264 MP4 file."""

import glob
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence, Set
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
from msgspec import Meta

from pipeline.errors import ConfigError, EmobotError, InputError
from pipeline.messages import Array, Frame
from pipeline.output_path import check_writable, free_path, is_taken
from pipeline.per_camera import PerCamera
from pipeline.stage import Stage
from stages.media import gstreamer
from stages.media.containers.mp4 import has_note
from stages.media.encoders import check_encoder, choose_encoder
from stages.media.unfinished import LIVE, complete_left, hold
from stages.media.writer import NOTE, TICKS, CvWriter, GstWriter, Writer

SUFFIX = ".mp4"
LONGEST_S = 6 * 3600.0
"""Seconds of a camera's file, after which the next one begins: of a longer one that pauses for 6.6 hours, or lasts for
13.3, what follows could not be played."""
_COARSE = 30_000, 10_000, 1000
"""Ticks per second of longer recordings, which have one file; the first suffices for 20 hours."""

log = logging.getLogger(__name__)


class Record(Stage):
    """A sink: one file per camera, with the timestamp of every frame.

    A file is called `*.partial` until it is complete. If the process is killed, the file plays up to its last
    fragment; a camera's (`*.live.partial`) is completed up to there at the next start. A recording that is played again
    replaces its file. A camera's file, and any other, is never replaced; the next one gets a number. A camera's next
    one begins after six hours.

    Args:
        path: Path of the file; `{camera}`, `{date}` and `{time}` become the camera's name and when the file starts.
        encoder: A GStreamer H.264 encoder such as `x264enc`, or `auto`: hardware if it works, else x264.
        bitrate_kbps: Bitrate, kilobits per second; 0 for constant quality, of a live camera up to 0.08 bits per pixel
            (at least 2048 kbit/s).
        fragment_s: Length of a fragment, seconds.

    Raises:
        ConfigError: `path` is not an MP4 file or cannot be written, or the encoder does not work.
        InputError: The disk is full.
    """

    alone = (("path",),)
    pixels = "read"

    def __init__(
        self,
        *,
        path: str = "out/{camera}.mp4",
        encoder: str = "auto",
        bitrate_kbps: Annotated[int, Meta(ge=0, le=1_000_000)] = 0,
        fragment_s: Annotated[float, Meta(ge=0.1, le=60)] = 2.0,
    ) -> None:
        self.check(path=path)
        check_writable(path)
        if Path(path).is_dir():
            raise ConfigError(f"path: expected a file, found the folder {path}")
        self._path = path
        self._bitrate_kbps = bitrate_kbps
        self._fragment_s = fragment_s
        self._encoder = choose_encoder(encoder) if gstreamer.available() else ""
        if not self._encoder:
            log.warning("GStreamer is not installed: OpenCV writes MPEG-4 at a constant frame rate")
        self._files = PerCamera(self._open, each="stream")
        complete_left(re.sub(r"\{\w+\}", "*", glob.escape(path)), SUFFIX)

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse a path that is not an MP4 file or has unknown placeholders, and an unknown encoder.

        Raises:
            ConfigError: The path is not valid, or there is no such encoder.
        """
        check_encoder(options.get("encoder", "auto"))
        path = options.get("path", "{camera}.mp4")
        if not path.endswith(SUFFIX) or set(re.findall(r"\{.*?\}|[{}]", path)) - {"{camera}", "{date}", "{time}"}:
            raise ConfigError(
                f"path: expected a name ending in {SUFFIX}, with no placeholders but {{camera}}, {{date}}, {{time}},"
                f" found {path!r}"
            )

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Write the frames; complete the file of a camera that has `ended`.

        Raises:
            InputError: A file cannot be written.
        """
        for frame in frames:
            if cut_off := self._files.take_ended(frame):
                cut_off.finish(complete=not cut_off.lossless)
            if frame.state == "live" and frame.pixels is not None:
                if (file := self._files.get(frame)) and file.is_full(frame.pts_ns):
                    self._files.pop(frame.camera)
                    file.finish(complete=True)
                self._files.of(frame).write(frame.pixels, frame.pts_ns, partial(self.intact, frame))
            elif frame.state == "ended" and (file := self._files.pop(frame.camera)):
                file.finish(complete=True)
        return iter(())

    def keep(self, cameras: Set[str]) -> None:
        """Complete the files of the other cameras; an interrupted recording stays `*.partial`.

        Raises:
            InputError: A file cannot be written.
        """
        for file in self._files.keep(cameras).values():
            file.finish(complete=not file.lossless)

    def close(self) -> None:
        """Complete the files of live cameras; an interrupted recording stays `*.partial`."""
        errors = []
        for file in self._files.clear():
            try:
                file.finish(complete=not file.lossless)
            except EmobotError as error:
                errors.append(str(error))
        if errors:
            raise InputError("; ".join(errors))

    def _open(self, frame: Frame) -> "_File":
        now = time.localtime()
        words = {"camera": frame.camera, "date": time.strftime("%Y-%m-%d", now), "time": time.strftime("%H-%M-%S", now)}
        final = Path(re.sub(r"\{(\w+)\}", lambda match: words[match[1]], self._path))
        if frame.lossless and self._encoder and not final.is_dir():
            named, final = final, free_path(final, SUFFIX, lambda one: is_taken(one) and not has_note(one, NOTE))
            if final != named:
                log.warning("%s stays: it is not of a recording that was played; the new one is %s", named, final)
        if frame.lossless and any(file.final == final for _, file in self._files.items()):
            raise ConfigError(f"expected {{camera}} in path, found two cameras that write to {final}")
        if not frame.lossless:
            # the partial files of other streams of this process are there, too
            final = free_path(final, SUFFIX, lambda one: any(map(is_taken, (one, *self._partials(one)))))
        elif final.is_dir():
            raise InputError(f"expected to write {final}, found a folder")
        partial = self._partials(final)[0 if frame.lossless else -1]
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            held = hold(partial)
        except OSError as error:
            raise InputError(f"expected to write {partial}, found: {error.strerror}") from error
        try:
            return _File(frame, final, partial, held, self._writer(partial, frame))
        except BaseException:
            os.close(held)
            raise

    def _partials(self, final: Path) -> list[Path]:
        """Return the names of a file while it is written: of a recording and, with GStreamer, of a camera."""
        if not self._encoder:
            # OpenCV needs the suffix to know the format; without its end, its file cannot be played
            return [final.with_suffix(f".partial{SUFFIX}")]
        return [final.with_name(f"{final.name}.partial"), final.with_name(f"{final.name}{LIVE}")]

    def _writer(self, path: Path, frame: Frame) -> Writer:
        if not self._encoder:
            size = {"width": frame.width, "height": frame.height}
            return CvWriter(path, **size, fps=frame.fps, full_range=frame.full_range)
        return GstWriter(
            path,
            width=frame.width,
            height=frame.height,
            fps=frame.fps,
            encoder=self._encoder,
            bitrate_kbps=self._bitrate_kbps,
            fragment_s=self._fragment_s,
            live=not frame.lossless,
            colorimetry=frame.colorimetry,
            ticks=_ticks(frame),
        )


def _ticks(frame: Frame) -> int:
    """Return the ticks per second for the file of a stream."""
    if not frame.lossless or 0 < frame.duration_ns <= LONGEST_S * 1e9:
        return TICKS
    return next((one for one in _COARSE if frame.duration_ns / 1e9 * one < 2**31), _COARSE[-1])


class _File:
    """A file being written; `held` marks it as such."""

    def __init__(self, frame: Frame, final: Path, partial: Path, held: int, writer: Writer) -> None:
        self.lossless = frame.lossless
        self.final = final
        self._partial, self._held = partial, held
        self._writer = writer
        self._size = frame.width, frame.height
        self._black = 0 if frame.full_range else 16
        self._tick_ns = -(-(10**9) // _ticks(frame))
        self._start_ns = frame.pts_ns
        self._next_ns = 0

    def is_full(self, pts_ns: int) -> bool:
        return not self.lossless and pts_ns - self._start_ns > LONGEST_S * 1e9

    def write(self, pixels: Array, pts_ns: int, intact: Callable[[], bool]) -> None:
        rows, columns = pixels.shape
        if (columns, rows * 2 // 3) != self._size:
            pixels = _fit(pixels, *self._size, self._black)
        at_ns = max(pts_ns - self._start_ns, self._next_ns)
        self._next_ns = at_ns + self._tick_ns
        self._writer.write(pixels, at_ns, intact)

    def finish(self, *, complete: bool) -> None:
        try:
            self._writer.finish()
            if complete:
                self._partial.replace(self.final)
        except OSError as error:
            raise InputError(f"cannot rename {self._partial}: {error.strerror}") from error
        finally:
            os.close(self._held)


def _fit(pixels: Array, width: int, height: int, black: int) -> Array:
    """Return an I420 frame scaled to another size, with black bars that keep its proportions."""
    rows, columns = pixels.shape[0] * 2 // 3, pixels.shape[1]
    scale = min(width / columns, height / rows)
    w, h = (max(2, round(side * scale / 2) * 2) for side in (columns, rows))
    x, y = (width - w) // 4 * 2, (height - h) // 4 * 2
    result = np.full((height * 3 // 2, width), 128, np.uint8)
    result[:height] = black
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    cv2.resize(pixels[:rows], (w, h), dst=result[y : y + h, x : x + w], interpolation=how)
    targets = result[height:].reshape(2, height // 2, width // 2)
    for plane, target in zip(pixels[rows:].reshape(2, rows // 2, columns // 2), targets, strict=True):
        part = target[y // 2 : (y + h) // 2, x // 2 : (x + w) // 2]
        cv2.resize(plane, (w // 2, h // 2), dst=part, interpolation=how)
    return result
