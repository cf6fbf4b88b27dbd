"""Where to search: the whole frame for near faces, tiles of it, at a finer scale, for far ones.

A network sees faces from some 12 pixels of its input on. A grid divides the frame so finely that the smallest wanted
face has that size. A grid three or four times as coarse finds larger faces, up to the whole frame as one part.
"""

import math
from typing import NamedTuple

from models.detectors.reshape import STEP_PX
from models.sight import Reach

RATIO, MOST_RATIO = 3.5, 4.5
"""Ratio of the scales of two grids, and the largest one that spares a grid. Wider tiles overlap more."""
INPUT_PX = 46_080
"""Largest input, pixels: 288 x 160. In larger ones the network overlooks small faces before a busy background: of faces
of 24 pixels it finds 91 % in inputs of 42,000 pixels, 76 % in ones of 82,000. It was trained on 192 x 192."""
MOST_TILES = 32
"""Most tiles in one direction."""
_SLACK_PX = 4.0
"""Overlap that rounding to even pixels may cost."""


class Region(NamedTuple):
    """A part of a frame, even pixels."""

    x: int
    y: int
    width: int
    height: int


class Grid(NamedTuple):
    """The parts of a frame that are searched at one scale."""

    shape: tuple[int, int] | None
    """Columns and rows of the network's input; None for its own square."""
    regions: tuple[Region, ...]
    largest_px: float
    """Side of the largest face that lies wholly inside a part wherever it is, pixels."""


def grids(width: int, height: int, min_face_px: float, sight: Reach, shapeable: bool) -> tuple[Grid, ...]:
    """Return the grids of a frame, the whole frame first, the finest last.

    Args:
        width: Columns of the frame.
        height: Rows of the frame.
        min_face_px: Side of the smallest wanted face, pixels of the frame.
        sight: What the network sees.
        shapeable: Whether its input can have any shape; otherwise it is a square of `sight.input_px`.
    """
    scales = _scales(width, height, min_face_px, sight, shapeable)
    found = []
    for scale, coarser in zip(scales, [*scales[1:], math.inf], strict=True):
        if coarser == math.inf:
            shape = _input(width, height, scale) if shapeable else None
            found.append(Grid(shape, (Region(0, 0, width & ~1, height & ~1),), math.inf))
            continue
        overlap = sight.smallest_px * coarser + _SLACK_PX
        make = _shaped_grid if shapeable else _square_grid
        found.append(make(width, height, scale, overlap, sight.input_px))
    return tuple(reversed(found))


def _scales(width: int, height: int, min_face_px: float, sight: Reach, shapeable: bool) -> list[float]:
    """Return the scales, finest first: pixels of the frame in a pixel of the network's input."""
    finest = max(1.0, min_face_px / sight.smallest_px)
    if not shapeable:
        coarsest = max(width, height) / sight.input_px
        # below 1 the network enlarges the frame
        if coarsest <= finest:
            return [coarsest]
    else:
        coarsest = max(RATIO * finest, math.sqrt(width * height / INPUT_PX))
    scales = [finest]
    while coarsest > MOST_RATIO * scales[-1]:
        scales.append(RATIO * scales[-1])
    return [*scales, coarsest]


def _input(width: float, height: float, scale: float) -> tuple[int, int]:
    """Return the input for a part of a frame, pixels."""
    columns, rows = (max(2, math.ceil(side / scale / STEP_PX - 0.25)) * STEP_PX for side in (width, height))
    return columns, rows


def _shaped_grid(width: int, height: int, scale: float, overlap: float, input_px: int) -> Grid:
    """Return the grid, of any number of tiles in any shape, that costs least."""

    def side(length: int, count: int) -> int:
        return math.ceil((length + (count - 1) * overlap) / count / scale / STEP_PX) * STEP_PX

    best = None
    for columns in range(1, MOST_TILES + 1):
        for rows in range(1, MOST_TILES + 1):
            shape = side(width, columns), side(height, rows)
            cost = columns * rows * shape[0] * shape[1]
            if shape[0] * shape[1] <= INPUT_PX and (best is None or cost < best[0]):
                best = cost, columns, rows, shape
    if best is None:  # a frame of more than 16K
        return _square_grid(width, height, scale, overlap, input_px)
    _, columns, rows, shape = best
    return Grid(shape, _regions(width, height, (shape[0] * scale, shape[1] * scale), (columns, rows)), overlap)


def _square_grid(width: int, height: int, scale: float, overlap: float, input_px: int) -> Grid:
    side = input_px * scale
    overlap = min(overlap, side / 2)
    counts = [1 if side >= n else math.ceil((n - overlap) / (side - overlap)) for n in (width, height)]
    return Grid(None, _regions(width, height, (side, side), (counts[0], counts[1])), overlap)


def _regions(width: int, height: int, sides: tuple[float, float], counts: tuple[int, int]) -> tuple[Region, ...]:
    w, h = (min(length, round(side)) & ~1 for length, side in zip((width, height), sides, strict=True))
    lefts, tops = (
        [2 * round(n * (length - side) / max(1, count - 1) / 2) for n in range(count)]
        for length, side, count in ((width & ~1, w, counts[0]), (height & ~1, h, counts[1]))
    )
    return tuple(Region(x, y, w, h) for y in tops for x in lefts)
