"""Decodes GIF and animated PNG and WebP with Pillow, which keeps every frame's exact duration.

GStreamer 1.22 rounds 12.5 fps of a GIF to 12, and reads the first frame of an animated PNG and none of a WebP.
"""

import struct
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageSequence

from stages.media.containers.gif import durations_ms
from stages.media.i420 import to_i420
from stages.media.reader import Picture, Reader

_BROKEN = (OSError, SyntaxError, ValueError, IndexError, TypeError, struct.error, Image.DecompressionBombError)
"""Exceptions that Pillow raises on damaged files."""
_UNSET_MS = 100
"""Duration for which browsers show a frame of 0 or 10 ms."""


class GifReader(Reader):
    """One GIF, or animated PNG or WebP.

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
                # decoding all frames of a large one takes minutes, in which the process would seem to hang
                durations = [_shown_ms(duration) for duration in durations_ms(path)] if image.format == "GIF" else []
                for _ in ImageSequence.Iterator(image) if not durations else ():
                    if image.format == "WEBP":
                        image.load()  # only then is the duration that of this frame
                    durations.append(_duration_ms(image))
                first = int(bool(getattr(image, "default_image", False)) and len(durations) > 1)
                durations = durations[first:]
        except (EOFError, *_BROKEN) as error:
            self._fail(_line(error), "format")
        self._duration_ns = round(sum(durations) * 1e6)
        self._rate = 1000 / durations[0] if durations and len(set(durations)) == 1 else 0.0
        self._image = None if not durations else Image.open(path)
        self._next = first

    def _decode(self, timeout_s: float) -> Picture | None:
        if self._image is None:
            raise self._end()
        try:
            self._image.seek(self._next)
            self._next += 1
            image = np.asarray(self._image.convert("RGB"))
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


def _duration_ms(image: Image.Image) -> float:
    return _shown_ms(float(image.info.get("duration", 0)))


def _shown_ms(duration: float) -> float:
    return duration if duration > 10 else _UNSET_MS


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
