"""What is behind the faces: an empty wall, a busy room, one full of things, clips blurred, or footage of the user."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike

from benchmarks.range.planes import cut, empty, planes, scale_into
from benchmarks.range.sources import Clip, bounce
from benchmarks.range.things import draw_thing
from pipeline.messages import Array

NOISE = 2.0
"""Standard deviation of the sensor's noise, gray levels."""
NOISY_FRAMES = 4
"""Number of frames whose noise differs; then they repeat."""
SHAPES = 240
"""Shapes in a busy room: boxes, discs, lines and letters."""
THINGS, THING_SIDES = 40, (0.02, 0.25)
"""Hands, heads from behind and other things in a room full of them, and their least and largest side, as fractions of
the frame's height."""
MOVERS = 4
"""Things that move in a busy room; each covers a ninth of the frame's height."""
BLUR = 24
"""Factor by which clips are scaled down and up again, so that no face is left."""
FRAMES = 60
"""Most frames of a clip that are kept as a background."""


class Background(ABC):
    """Draws frames without faces."""

    @abstractmethod
    def draw(self, n: int, out: Array) -> None:
        """Write frame number `n` into an I420 frame."""


class Wall(Background):
    """A gradient of muted colours with a sensor's noise; also takes another still picture.

    Args:
        width: Columns.
        height: Rows.
        seed: Another number gives other colours and noise.
        picture: I420 of this size, instead of the gradient.
    """

    def __init__(self, width: int, height: int, seed: int, picture: Array | None = None) -> None:
        rng = np.random.default_rng(seed)
        if picture is None:
            ends = (rng.integers(70, 150, (2, 2, 1)) + rng.integers(-12, 13, (2, 2, 3))).astype(np.uint8)
            picture = _i420(cv2.resize(ends, (width, height), interpolation=cv2.INTER_LINEAR))
        self._frames = [picture.copy() for _ in range(NOISY_FRAMES)]
        for frame in self._frames:
            noise = np.rint(rng.normal(0, NOISE, (height, width))).astype(np.int16)
            luma = planes(frame)[0]
            cv2.add(luma, noise, dst=luma, dtype=cv2.CV_8U)

    def draw(self, n: int, out: Array) -> None:
        """Copy one of the frames."""
        np.copyto(out, self._frames[n % NOISY_FRAMES])


class Room(Background):
    """Textures, shapes and letters, in front of which things move.

    Args:
        width: Columns.
        height: Rows.
        seed: Selects all of it.
        things: Number of hands, heads from behind and other things in it; they also move.
    """

    def __init__(self, width: int, height: int, seed: int, things: int = 0) -> None:
        rng = np.random.default_rng(seed)
        room = _texture(width, height, rng)
        for _ in range(SHAPES):
            _add_shape(room, rng)
        for _ in range(things):
            _add_thing(room, rng, int(height * np.exp(rng.uniform(*np.log(THING_SIDES)))))
        self._wall = Wall(width, height, seed, _i420(cv2.GaussianBlur(room, (0, 0), height / 1600)))
        side = height // 9 & ~1
        movers = _texture(MOVERS * side, side, rng)
        if things:
            for i in range(MOVERS):
                _add_thing(movers, rng, side, (i * side, 0))
        self._movers = [_i420(movers[:, i * side : (i + 1) * side]) for i in range(MOVERS)]
        self._hz = rng.uniform(0.03, 0.2, (MOVERS, 2))
        self._phase = rng.uniform(0, 2 * np.pi, (MOVERS, 2))
        self._span = np.array([width - side, height - side])

    def draw(self, n: int, out: Array) -> None:
        """Draw the room and what moves in it, at 30 frames per second."""
        self._wall.draw(n, out)
        places = self._span * (0.5 + 0.5 * np.sin(2 * np.pi * self._hz * n / 30 + self._phase))
        for (x, y), thing in zip((places // 2 * 2).astype(int).tolist(), self._movers, strict=True):
            for step, plane, target in zip((1, 2, 2), planes(thing), planes(out), strict=True):
                rows, columns = plane.shape
                target[y // step : y // step + rows, x // step : x // step + columns] = plane


class Footage(Background):
    """Clips or pictures, scaled to fill the frame.

    Args:
        width: Columns.
        height: Rows.
        clip: The footage.
        blurred: Whether to blur it until no face is left.
    """

    def __init__(self, width: int, height: int, clip: Clip, *, blurred: bool = False) -> None:
        self._frames = [_filling(frame, width, height) for frame in clip.frames[:FRAMES]]
        if blurred:
            self._frames = [_blurred(frame) for frame in self._frames]

    def draw(self, n: int, out: Array) -> None:
        """Scale frame `n` of the footage, which is played back and forth."""
        scale_into(self._frames[bounce(n, len(self._frames))], out)


def make_background(name: str, width: int, height: int, seed: int, footage: Sequence[Clip]) -> Background:
    """Return a background.

    Args:
        name: `plain`, `busy`, `things` (busy, with hands, heads from behind and such), `clips` (one of the clips,
            blurred) or the user's own.
        width: Columns.
        height: Rows.
        seed: Selects colours, shapes or the clip.
        footage: The clips to choose from.
    """
    if name == "plain":
        return Wall(width, height, seed)
    if name in ("busy", "things"):
        return Room(width, height, seed, THINGS if name == "things" else 0)
    return Footage(width, height, footage[seed % len(footage)], blurred=name == "clips")


def _texture(width: int, height: int, rng: np.random.Generator) -> Array:
    """Return coloured noise of all sizes from a third of the height to four pixels, RGB."""
    total = np.full((height, width, 3), 120.0, np.float32)
    cell = height / 3
    while cell >= 4:
        grid = rng.normal(0, 1, (int(height / cell) + 2, int(width / cell) + 2, 3)).astype(np.float32)
        grid = 0.6 * grid.mean(axis=2, keepdims=True) * 1.7 + 0.4 * grid
        total += 14 * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        cell /= 3
    return np.asarray(np.clip(total, 0, 255), np.uint8)


def _add_shape(room: Array, rng: np.random.Generator) -> None:
    height, width = room.shape[:2]
    size = int(height * np.exp(rng.uniform(np.log(0.008), np.log(0.2))))
    x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
    colour = rng.integers(20, 236, 3).tolist()
    thick = -1 if rng.random() < 0.6 else max(1, size // 12)
    kind = rng.integers(0, 4)
    if kind == 0:
        cv2.rectangle(room, (x, y), (x + size, y + int(size * rng.uniform(0.3, 3))), colour, thick)
    elif kind == 1:
        axes = (max(1, size // 2), max(1, int(size * rng.uniform(0.3, 0.8))))
        cv2.ellipse(room, (x, y), axes, float(rng.uniform(0, 180)), 0, 360, colour, thick, cv2.LINE_AA)
    elif kind == 2:
        end = (x + int(rng.integers(-3, 4)) * size, y + int(rng.integers(-3, 4)) * size)
        cv2.line(room, (x, y), end, colour, max(1, size // 8), cv2.LINE_AA)
    else:
        letters = "".join(map(chr, rng.integers(65, 91, 5)))
        cv2.putText(room, letters, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size / 40, colour, max(1, size // 14), cv2.LINE_AA)


def _add_thing(room: Array, rng: np.random.Generator, size: int, place: tuple[int, int] | None = None) -> None:
    """Draw a thing over a room, at a place or anywhere."""
    height, width = room.shape[:2]
    picture, mask = draw_thing(rng)
    x, y = place or (int(rng.integers(0, width - size)), int(rng.integers(0, height - size)))
    scaled, inside = (cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA) for image in (picture, mask))
    part = room[y : y + size, x : x + size]
    part[inside > 127] = scaled[inside > 127]


def _i420(rgb: ArrayLike) -> Array:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb, np.uint8), cv2.COLOR_RGB2YUV_I420), np.uint8)


def _filling(frame: Array, width: int, height: int) -> Array:
    """Return the largest part of a frame in the middle that has the proportions of another size."""
    rows, columns = frame.shape[0] * 2 // 3, frame.shape[1]
    w, h = min(columns, rows * width // height) & ~1, min(rows, columns * height // width) & ~1
    return cut(frame, (columns - w) // 2 & ~1, (rows - h) // 2 & ~1, w, h)


def _blurred(frame: Array) -> Array:
    height, width = frame.shape[0] * 2 // 3, frame.shape[1]
    small = empty(max(2, width // BLUR & ~1), max(2, height // BLUR & ~1))
    scale_into(frame, small)
    result = empty(width, height)
    scale_into(small, result)
    return result
