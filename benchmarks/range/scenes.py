"""A clip with faces, placed in a larger frame."""

import statistics
from collections.abc import Sequence

import numpy as np

from benchmarks.range.backgrounds import Background
from benchmarks.range.planes import cut, empty, planes, scale_into
from benchmarks.range.sources import Clip, bounce
from benchmarks.range.truth import Spot
from pipeline.messages import Array

MARGIN, BODY = 1.0, 3.0
"""Space around the faces, and below them, that is placed with them, as multiples of a face's side."""
FADE = 0.12
"""Width of the edge in which the clip fades into the background, as a fraction of its shorter side."""


class Patch:
    """The part of a clip around its faces, scaled to a face size, to be placed in larger frames.

    Args:
        clip: The clip.
        faces: Its faces in each frame, at least one in all.
        size_px: Median side of the largest face of each frame, pixels of the larger frame.
        margin: Space around the faces that is placed with them, as a multiple of a face's side.
        body: The same below them.

    Attributes:
        extent: Width and height in the larger frame, pixels, even.
    """

    def __init__(
        self,
        clip: Clip,
        faces: Sequence[Sequence[Spot]],
        size_px: float,
        margin: float = MARGIN,
        body: float = BODY,
    ) -> None:
        self._clip = clip
        self._faces = faces
        self._window = _window(clip.frames[0], [face for frame in faces for face in frame], margin, body)
        _, _, columns, rows = self._window
        self._scale = size_px / statistics.median(max(face.side for face in frame) for frame in faces if frame)
        self._pixels = empty(*(max(4, round(side * self._scale / 2) * 2) for side in (columns, rows)))
        self.extent = self._pixels.shape[1], self._pixels.shape[0] * 2 // 3
        self._masks = [_mask(plane.shape) for plane in planes(self._pixels)]

    def faces(self, n: int, place: tuple[int, int]) -> list[Spot]:
        """Return the faces of frame number `n` of the clip, played back and forth, in pixels of the larger frame.

        Args:
            n: Number of the clip's frame.
            place: Upper left corner in the larger frame, pixels.
        """
        x, y = (at - corner * self._scale for at, corner in zip(place, self._window[:2], strict=True))
        return [face.moved(self._scale, x, y) for face in self._faces[bounce(n, len(self._faces))]]

    def draw(self, n: int, place: tuple[int, int], out: Array) -> None:
        """Draw frame number `n` of the clip into a larger frame at a place, even pixels inside it."""
        scale_into(cut(self._clip.frames[bounce(n, len(self._faces))], *self._window), self._pixels)
        for step, plane, target, mask in zip((1, 2, 2), planes(self._pixels), planes(out), self._masks, strict=True):
            x, y = (corner // step for corner in place)
            part = target[y : y + plane.shape[0], x : x + plane.shape[1]]
            part += ((plane.astype(np.int16) - part) * mask >> 7).astype(np.uint8)


class Scene:
    """A clip's faces, placed at random in a larger frame.

    Args:
        name: Name of its streams, another one for each scene.
        clip: The clip.
        faces: Its faces in each frame, at least one in all.
        size_px: Median side of the largest face of each frame, pixels of the scene.
        background: What is behind it, of this size.
        width: Columns of the scene.
        height: Rows of the scene.
        rng: Chooses the place.

    Raises:
        ValueError: The clip does not fit into the frame at this size.
    """

    def __init__(
        self,
        name: str,
        clip: Clip,
        faces: Sequence[Sequence[Spot]],
        size_px: float,
        background: Background,
        width: int,
        height: int,
        rng: np.random.Generator,
    ) -> None:
        self.name = name
        self._background = background
        self._frame = empty(width, height)
        self._patch = Patch(clip, faces, size_px)
        w, h = self.extent = self._patch.extent
        """Width and height of the clip in the scene, pixels."""
        if w > width or h > height:
            raise ValueError(f"expected a clip of at most {width} x {height} pixels, found {w} x {h}")
        self.place = int(rng.integers(0, (width - w) // 2 + 1)) * 2, int(rng.integers(0, (height - h) // 2 + 1)) * 2
        """Upper left corner of the clip in the scene, pixels."""

    def faces(self, n: int) -> list[Spot]:
        """Return the faces of frame number `n` of the clip, played back and forth, in pixels of the scene."""
        return self._patch.faces(n, self.place)

    def is_beside(self, spot: Spot) -> bool:
        """Return whether a box's centre is outside the placed clip, where there is no face."""
        (x, y), (w, h) = self.place, self.extent
        return not (x <= spot.x <= x + w and y <= spot.y <= y + h)

    def draw(self, at: int, n: int | None) -> Array:
        """Return a frame, valid until the next call.

        Args:
            at: Number of the background's frame.
            n: Number of the clip's frame; None for the background alone.
        """
        self._background.draw(at, self._frame)
        if n is not None:
            self._patch.draw(n, self.place, self._frame)
        return self._frame


def _window(frame: Array, faces: Sequence[Spot], margin: float, body: float) -> tuple[int, int, int, int]:
    """Return x, y, width and height of the part with all faces and their surroundings, even."""
    height, width = frame.shape[0] * 2 // 3, frame.shape[1]
    around = 0.5 + margin
    left = max(0.0, min(f.x - around * f.side for f in faces))
    top = max(0.0, min(f.y - around * f.side for f in faces))
    right = min(width, max(f.x + around * f.side for f in faces))
    bottom = min(height, max(f.y + (0.5 + body) * f.side for f in faces))
    x, y = int(left) & ~1, int(top) & ~1
    return x, y, (int(right) & ~1) - x, (int(bottom) & ~1) - y


def _mask(shape: tuple[int, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """Return how much of the clip is seen at each pixel, 0 to 128: less towards the edges."""
    edge = max(1.0, FADE * min(shape))
    ramps = [np.clip(np.minimum(np.arange(n) + 0.5, n - 0.5 - np.arange(n)) / edge, 0, 1) for n in shape]
    return np.asarray(np.rint(128 * np.minimum.outer(*ramps)), np.int16)
