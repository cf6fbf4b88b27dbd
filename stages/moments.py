"""Keeps a small picture of each moment at which somebody's expression changed most. Only runs if it is asked for."""

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
from msgspec import Meta

from models.drawing import Canvas, Rect
from models.moments import MOST, Moment, Moments
from pipeline.messages import Array, Face, Frame
from pipeline.results import check_folder
from pipeline.stage import Stage

FOLDER = "moments"
AROUND = 0.45
"""Part of a face's box that is shown beyond each side of it."""
SPARE = 2
"""So many times as many as a report shows are kept: it ranks by numbers that were rounded."""


class MomentPictures(Stage):
    """A sink: `moments/<track>-<milliseconds>.jpg` for the strongest changes of each stream, written when it ends.

    The pictures show what the other outputs show: with labels drawn, and with hidden faces if they are hidden there.

    Args:
        path: Folder of a stream's files; `{camera}` stands for its name.
        height: Rows of a picture.

    Raises:
        ConfigError: `path` names no camera, so that streams would overwrite each other.
    """

    pixels = "read"

    def __init__(self, *, path: str = "out/{camera}", height: Annotated[int, Meta(ge=32, le=1024)] = 160) -> None:
        self.check(path=path)
        self._path = path
        self._height = height
        self._streams: dict[str, _Stream] = {}

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse a path without the camera's name.

        Raises:
            ConfigError: It has none.
        """
        check_folder(options)

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Look for moments; write those of streams that have ended."""
        for frame in frames:
            stream = self._streams.get(frame.camera)
            if stream is None or stream.run != frame.run:
                stream = self._streams[frame.camera] = _Stream(frame, self._path, self._height)
            if frame.state == "ended":
                stream.write()
                del self._streams[frame.camera]
            elif frame.pixels is not None:
                stream.add(frame, frame.pixels)
        yield from ()

    def close(self) -> None:
        """Write the moments of live cameras; a recording that was cut off leaves none."""
        for stream in self._streams.values():
            if not stream.lossless:
                stream.write()
        self._streams = {}


class _Stream:
    """The moments of one stream."""

    def __init__(self, frame: Frame, path: str, height: int) -> None:
        self.run = frame.run
        self.lossless = frame.lossless
        self._folder = Path(path.replace("{camera}", frame.camera))
        self._height = height
        self._start = frame.start
        self._moments = Moments()
        self._kept: dict[Moment, bytes] = {}

    def add(self, frame: Frame, pixels: Array) -> None:
        if frame.start != self._start:
            self._start, self._moments = frame.start, Moments()
        for face in frame.faces:
            moment = self._moments.update(face.track, face.label, face.fused, frame.pts_ns / 1e9)
            if moment:
                self._keep(moment, pixels, face)

    def write(self) -> None:
        """Write the folder; it has its name when everything is in it, and is written even if nothing is."""
        final, partial = self._folder / FOLDER, self._folder / f"{FOLDER}.partial"
        for old in (final, partial):
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(old)
        partial.mkdir(parents=True)
        for moment, picture in self._kept.items():
            (partial / moment.name).write_bytes(picture)
        partial.rename(final)

    def _keep(self, moment: Moment, pixels: Array, face: Face) -> None:
        if len(self._kept) == SPARE * MOST:
            weakest = min(self._kept, key=lambda kept: kept.strength)
            if weakest.strength >= moment.strength:
                return
            del self._kept[weakest]
        if picture := _cut_out(pixels, face, self._height):
            self._kept[moment] = picture


def _cut_out(pixels: Array, face: Face, height: int) -> bytes | None:
    """Return the surroundings of a face as a JPEG file of so many rows; None where it lies outside the picture."""
    canvas, box = Canvas(pixels), face.box
    x, y = round(AROUND * box.width), round(AROUND * box.height)
    around = Rect(round(box.x), round(box.y), round(box.x + box.width), round(box.y + box.height)).grown(x, y)
    x0, y0, x1, y1 = (value & ~1 for value in around.clipped(canvas.bounds))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return None
    half = slice(y0 // 2, y1 // 2), slice(x0 // 2, x1 // 2)
    planes = (canvas.y[y0:y1, x0:x1], canvas.u[half], canvas.v[half])
    part = np.concatenate([plane.ravel() for plane in planes]).reshape((y1 - y0) * 3 // 2, x1 - x0)
    colours = cv2.cvtColor(part, cv2.COLOR_YUV2BGR_I420)
    size = max(1, round(height * (x1 - x0) / (y1 - y0))), height
    small = cv2.resize(colours, size, interpolation=cv2.INTER_AREA if y1 - y0 > height else cv2.INTER_CUBIC)
    good, data = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, 88))
    return data.tobytes() if good else None
