"""A synthetic camera: real portraits that a script moves, turns, scales and lights."""

import functools
import math
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import cv2
import numpy as np
from msgspec import Meta
from msgspec.structs import replace

from pipeline.messages import Array, Frame
from pipeline.stage import Stage

SMALLEST = 0.55
"""Smallest size of a face, as a fraction of its largest."""
TURN_DEG = 12.0
"""Largest roll of a face to either side, degrees."""

BLOCK = 8
"""Side of one bit of the clock, pixels; large enough to survive H.264 at low bitrates."""
_COLUMNS, _ROWS = 32, 3
_MARK = 0xA5C3


class Synthetic(Stage):
    """A source: two portraits in the public domain, repeated for each face, each in its own part of the frame.

    Frame number n depends only on the options, never on when it is drawn.

    Args:
        name: Name of the camera.
        width: Columns of a frame, even.
        height: Rows of a frame, even.
        fps: Frames per second.
        faces: Number of faces.
        size: Height of the largest face, as a fraction of the frame's height.
        seed: Seed of the script; another number gives other movements.
        seconds: Length of the stream, seconds; 0 never ends.
        realtime: Send each frame at its time and drop late ones; else send all, as fast as stages take them.
        clock: Draw a clock for `read_clock`: `captured_ns`, or `pts_ns` without `realtime`.
    """

    def __init__(
        self,
        *,
        name: str,
        width: Annotated[int, Meta(ge=256, le=8192, multiple_of=2)] = 1280,
        height: Annotated[int, Meta(ge=64, le=8192, multiple_of=2)] = 720,
        fps: Annotated[float, Meta(ge=1, le=1000)] = 30.0,
        faces: Annotated[int, Meta(ge=0, le=64)] = 1,
        size: Annotated[float, Meta(gt=0, le=1)] = 0.33,
        seed: Annotated[int, Meta(ge=0)] = 0,
        seconds: Annotated[float, Meta(ge=0, le=1e9)] = 0.0,
        realtime: bool = True,
        clock: bool = False,
    ) -> None:
        self._frame = Frame(camera=name, fps=fps, width=width, height=height, lossless=not realtime)
        self._count = round(seconds * fps) if seconds else None
        self._clock = clock
        rng = np.random.default_rng(seed)
        self._background = _background(width, height, rng)
        self._actors = [
            _Actor(_portraits()[(i + seed) % 2], cell, size * height, rng)
            for i, cell in enumerate(_cells(width, height, faces))
        ]

    def process(self, frames: Sequence[Frame] = ()) -> Iterator[Frame]:
        """Yield the frames; after `seconds`, yield the state `ended`."""
        fps, lossless = self._frame.fps, self._frame.lossless
        duration_ns = round(self._count / fps * 1e9) if self._count else 0
        base = replace(self._frame, run=time.time_ns(), duration_ns=duration_ns)
        start_s = time.monotonic()
        seq = sent = 0
        while self._count is None or seq < self._count:
            if not lossless:
                time.sleep(max(0.0, start_s + seq / fps - time.monotonic()))
                seq = max(seq, int((time.monotonic() - start_s) * fps))
                if self._count is not None and seq >= self._count:
                    break
            pixels = self.draw(seq)
            # a frame arrives once it is drawn: drawing stands for a camera's sensor and decoder
            pts_ns, now_ns = round(seq / fps * 1e9), time.time_ns()
            if self._clock:
                write_clock(pixels, pts_ns if lossless else now_ns)
            yield replace(base, seq=seq, captured_ns=now_ns, pts_ns=pts_ns, pixels=pixels)
            sent += 1
            seq += 1
        yield replace(base, state="ended", seq=sent, pts_ns=duration_ns, width=0, height=0)

    def draw(self, seq: int) -> Array:
        """Return frame number `seq` without a clock, I420 `uint8[height * 3 // 2, width]`."""
        pixels = self._background.copy()
        for actor in self._actors:
            actor.draw(pixels, seq / self._frame.fps)
        return pixels


class Cell(NamedTuple):
    """The part of the frame that belongs to one face, pixels."""

    x: float
    y: float
    width: float
    height: float


class Portrait(NamedTuple):
    """Head and shoulders of one person, in I420."""

    pixels: Array
    face: float
    """Height of the face, pixels, from the hairline to the chin."""

    def scaled(self, face: float) -> "Portrait":
        """Return the portrait scaled so that its face is `face` pixels high."""
        height, width = self.pixels.shape[0] * 2 // 3, self.pixels.shape[1]
        size = round(width * face / self.face) & ~1, round(height * face / self.face) & ~1
        rgb = cv2.cvtColor(self.pixels, cv2.COLOR_YUV2RGB_I420)
        shrinks = face < self.face
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
        return Portrait(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8), face)


class _Actor:
    """One face and its script: sums of slow sines, for smooth movements that never repeat."""

    def __init__(self, portrait: Portrait, cell: Cell, largest: float, rng: np.random.Generator) -> None:
        height, width = portrait.pixels.shape[0] * 2 // 3, portrait.pixels.shape[1]
        # A turned portrait needs the space of its diagonal.
        fit = min(cell.width / math.hypot(width, height / 4), cell.height / math.hypot(height, width / 4))
        self._portrait = portrait.scaled(max(8.0, min(portrait.face * fit, largest)))
        self._cell = cell
        # Two sines for each of: x, y, size, turn, light.
        self._hz = rng.uniform(0.03, 0.11, (5, 2)) * (1.0, 2.3)
        self._phase = rng.uniform(0, 2 * math.pi, (5, 2))

    def draw(self, pixels: Array, time_s: float) -> None:
        x, y, size, turn, light = (np.sin(2 * math.pi * self._hz * time_s + self._phase) @ (0.7, 0.3)).tolist()
        source = self._portrait.pixels
        rows, columns = source.shape[0] * 2 // 3, source.shape[1]
        scale = SMALLEST + (1 - SMALLEST) * (0.5 + 0.5 * size)
        angle = math.radians(TURN_DEG * turn)
        cos, sin = scale * math.cos(angle), scale * math.sin(angle)
        half_width = (abs(cos) * columns + abs(sin) * rows) / 2
        half_height = (abs(sin) * columns + abs(cos) * rows) / 2
        cell = self._cell
        center_x = cell.x + cell.width / 2 + x * max(0.0, cell.width / 2 - half_width)
        center_y = cell.y + cell.height / 2 + y * max(0.0, cell.height / 2 - half_height)
        height, width = pixels.shape[0] * 2 // 3, pixels.shape[1]
        left, right = max(0, int(center_x - half_width) & ~1), min(width, int(center_x + half_width + 2) & ~1)
        top, bottom = max(0, int(center_y - half_height) & ~1), min(height, int(center_y + half_height + 2) & ~1)
        matrix = np.array(
            [
                [cos, -sin, center_x - left - (cos * columns - sin * rows) / 2],
                [sin, cos, center_y - top - (sin * columns + cos * rows) / 2],
            ]
        )
        gain = 0.95 + 0.2 * light
        # 16 is black in I420.
        luma = cv2.convertScaleAbs(source[:rows], alpha=gain, beta=16 * (1 - gain))
        _paste(luma, matrix, pixels[:height][top:bottom, left:right])
        half = matrix * (1.0, 1.0, 0.5)
        chroma = pixels[height:].reshape(2, height // 2, width // 2)
        for plane, patch in zip(chroma, source[rows:].reshape(2, rows // 2, columns // 2), strict=True):
            _paste(patch, half, plane[top // 2 : bottom // 2, left // 2 : right // 2])


def _paste(patch: Any, matrix: Any, target: Any) -> None:
    rows, columns = target.shape
    cv2.warpAffine(patch, matrix, (columns, rows), target, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)


def _cells(width: int, height: int, faces: int) -> list[Cell]:
    columns = max(1, min(faces, round(math.sqrt(faces * width / height / 1.5))))
    rows = max(1, math.ceil(faces / columns))
    cell_width, cell_height = width / columns, height / rows
    return [Cell(i % columns * cell_width, i // columns * cell_height, cell_width, cell_height) for i in range(faces)]


def _background(width: int, height: int, rng: np.random.Generator) -> Array:
    """Return an empty room: a gradient of muted colours."""
    ends = (rng.integers(70, 150, (2, 2, 1)) + rng.integers(-12, 13, (2, 2, 3))).astype(np.uint8)
    rgb = np.asarray(cv2.resize(ends, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8)


@functools.cache
def _portraits() -> tuple[Portrait, Portrait]:
    """Return Grace Hopper, which ships with matplotlib, and Eileen Collins, which ships with scikit-image."""
    import matplotlib
    import skimage
    from PIL import Image

    def load(path: Path, box: tuple[int, int, int, int], face: float) -> Portrait:
        with Image.open(path) as image:
            rgb = np.asarray(image.convert("RGB").crop(box))
        return Portrait(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8), face)

    hopper = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    collins = Path(skimage.__file__).parent / "data" / "astronaut.png"
    return load(hopper, (60, 4, 470, 496), 222), load(collins, (120, 6, 328, 254), 110)


def write_clock(pixels: Array, value: int) -> None:
    """Draw a number below 2^64 as black and white blocks into the lower left corner.

    Args:
        pixels: I420, `uint8[height * 3 // 2, width]`, at least 256 x 24 pixels.
        value: The number that `read_clock` returns.
    """
    body = value.to_bytes(8, "big")
    check = zlib.crc32(body) & 0xFFFF
    bits = np.unpackbits(np.frombuffer(_MARK.to_bytes(2, "big") + body + check.to_bytes(2, "big"), np.uint8))
    luma, *chroma = _clock_planes(pixels)
    luma[:] = np.where(bits, 235, 16).astype(np.uint8).reshape(_ROWS, 1, _COLUMNS, 1)
    for plane in chroma:
        plane[:] = 128


def read_clock(pixels: Array) -> int | None:
    """Return the number `write_clock` drew, also after lossy coding; None without one.

    Args:
        pixels: I420, `uint8[height * 3 // 2, width]`, in its original size.
    """
    height, width = pixels.shape[0] * 2 // 3, pixels.shape[1]
    if height < _ROWS * BLOCK or width < _COLUMNS * BLOCK:
        return None
    luma = _clock_planes(pixels)[0].astype(np.float32)
    # The encoder smears the edges of a block.
    bits = luma[:, 2:-2, :, 2:-2].mean(axis=(1, 3)) > 126
    data = np.packbits(bits.ravel()).tobytes()
    mark, body, check = data[:2], data[2:10], data[10:]
    if int.from_bytes(mark, "big") != _MARK or int.from_bytes(check, "big") != zlib.crc32(body) & 0xFFFF:
        return None
    return int.from_bytes(body, "big")


def _clock_planes(pixels: Array) -> tuple[Array, Array, Array]:
    """Return views of the clock's part of the planes: luma as `[rows, BLOCK, columns, BLOCK]`, and both chroma."""
    height, width = pixels.shape[0] * 2 // 3, pixels.shape[1]
    rows, columns = _ROWS * BLOCK, _COLUMNS * BLOCK
    corner = pixels[height - rows : height, :columns]
    luma = np.lib.stride_tricks.as_strided(
        corner, (_ROWS, BLOCK, _COLUMNS, BLOCK), (BLOCK * corner.strides[0], corner.strides[0], BLOCK, 1)
    )
    blue, red = pixels[height:].reshape(2, height // 2, width // 2)[:, -rows // 2 :, : columns // 2]
    return luma, blue, red
