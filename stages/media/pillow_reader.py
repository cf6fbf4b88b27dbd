"""Decodes photos and animations with Pillow: it turns photos as their camera was held, and keeps exact durations.

GStreamer 1.22 does not turn them, rounds 12.5 fps of a GIF to 12, and reads the first frame of an animated PNG and none
of a WebP, TIFF or AVIF.
"""

import struct
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, ImageSequence

from pipeline.messages import Array
from stages.media.containers.gif import durations_ms
from stages.media.i420 import to_i420
from stages.media.reader import Picture, Reader

_BROKEN = (OSError, SyntaxError, ValueError, IndexError, TypeError, struct.error, Image.DecompressionBombError)
"""Exceptions that Pillow raises on damaged files."""
_UNSET_MS = 100
"""Duration for which browsers show a frame of 0 or 10 ms."""
_LOADED_FIRST = ("WEBP", "AVIF")
"""Formats in which the duration is that of this frame only once it is decoded."""

_SUBFILE = 254
"""Tag of TIFF, `NewSubfileType`: bit 0 is set for an image of reduced resolution, with which raw photos begin."""


class PillowReader(Reader):
    """One photo, or an animated GIF, PNG, WebP or AVIF.

    Args:
        path: The file.
        width: Maximum width; larger frames are scaled down in proportion. 0: no limit.
        height: Maximum height, likewise.
        fps: Maximum frame rate; faster frames are skipped. 0 keeps all.

    Raises:
        OSError: The file cannot be opened.
    """

    def __init__(self, path: Path, *, width: int = 0, height: int = 0, fps: float = 0.0) -> None:
        super().__init__(fps, path)
        self.decoder = "Pillow"
        self._size = width, height
        self._clock_ms = 0.0
        durations: list[float] = []
        first = 0
        """The first frame; a PNG may begin with a picture for programs that show no animation."""
        try:
            with Image.open(path) as image:
                if image.format == "TIFF" and getattr(image, "tag_v2", {}).get(_SUBFILE, 0) & 1:
                    raise OSError("expected a photo, found the preview of a raw one: convert it")
                # decoding all frames of a large one takes minutes, in which the process would seem to hang
                durations = [_shown_ms(duration) for duration in durations_ms(path)] if image.format == "GIF" else []
                # the further images of an MPO are views of the same photo, such as its depth
                frames = [image] if image.format == "MPO" else ImageSequence.Iterator(image)
                for _ in frames if not durations else ():
                    if image.format in _LOADED_FIRST:
                        image.load()
                    durations.append(_duration_ms(image))
                first = int(bool(getattr(image, "default_image", False)) and len(durations) > 1)
                durations = durations[first:]
        except (EOFError, *_BROKEN) as error:
            self._fail(_line(error), "format")
        # a photo has none, whatever its file says
        if len(durations) > 1:
            self._duration_ns = round(sum(durations) * 1e6)
            self._rate = 1000 / durations[0] if len(set(durations)) == 1 else 0.0
        self._image = None if not durations else Image.open(path)
        self._next = first
        self._end_at = first + len(durations)

    def _decode(self, timeout_s: float) -> Picture | None:
        if self._image is None or self._next == self._end_at:
            raise self._end()
        try:
            self._image.seek(self._next)
            self._next += 1
            image = _upright(self._image)
        except EOFError:
            raise self._end() from None
        except _BROKEN as error:
            self._fail(_line(error), "broken")
            raise self._end() from None
        pts_ns = round(self._clock_ms * 1e6)
        self._clock_ms += _duration_ms(self._image)
        return Picture(pixels=to_i420(image, cv2.COLOR_RGB2YUV_I420, *self._size), pts_ns=pts_ns)

    def close(self) -> None:
        """Close the file."""
        if self._image is not None:
            self._image.close()


def _upright(image: Image.Image) -> Array:
    """Return the frame that an image is at, `uint8[rows, columns, 3]`, turned as its Exif data say."""
    if image.mode.startswith("I;16"):
        # Pillow would cut off what is above 255
        gray = np.asarray(image) >> 8
        shown = Image.fromarray(gray.astype(np.uint8))
        shown.info = image.info
    else:
        shown = image
    return np.asarray(ImageOps.exif_transpose(shown.convert("RGB")))


def _duration_ms(image: Image.Image) -> float:
    return _shown_ms(float(image.info.get("duration", 0)))


def _shown_ms(duration: float) -> float:
    return duration if duration > 10 else _UNSET_MS


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
