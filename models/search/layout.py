"""What there is to search in the frames of a size: the whole frame, also on its side, tiles, and around known faces."""

import math
from typing import NamedTuple

from models.detectors.base import FaceDetector
from models.detectors.reshape import STEP_PX
from models.search.beside import SIDES
from models.search.networks import Networks
from models.search.tiles import Grid, Region, grids

BORDER_PX = 8
"""Black border around a frame in the short-range network's input, pixels. It stands for what a tight crop of a face
lacks: the network was trained on faces with something around them."""
CLOSE_PX = 128
"""Longest side of that input, pixels."""
PATCH_PX = 112
"""Side of the finder's input for a patch of a tile, and for the surroundings of a known face, pixels."""


class Job(NamedTuple):
    """One search of one part of a frame."""

    network: FaceDetector
    region: Region
    quarters: int = 0
    """Quarters of a turn, counterclockwise, by which the part is turned."""


class Field(NamedTuple):
    """The tiles of one grid, which overlap, and patches of them in any place."""

    tiles: tuple[Job, ...]
    overlap_px: float
    patch: FaceDetector | None
    """Searches a square part of a tile at the tile's scale; None if its input cannot be smaller."""
    patch_px: int
    """Side of such a part, pixels of the frame, even."""

    def patch_at(self, x: float, y: float) -> Job:
        """Return the search of the patch that begins at x, y, or as near to it as the frame allows."""
        assert self.patch is not None
        last = self.tiles[-1].region
        left, top = (
            min(max(0, 2 * round(start / 2)), end - self.patch_px)
            for start, end in ((x, last.x + last.width), (y, last.y + last.height))
        )
        return Job(self.patch, Region(left, top, self.patch_px, self.patch_px))

    def cost(self, job: Job) -> float:
        """Return the area of a search as a fraction of a tile's; the cost is in proportion."""
        region, tile = job.region, self.tiles[0].region
        return region.width * region.height / (tile.width * tile.height)


class Layout(NamedTuple):
    """All searches of a frame; those of one part come together."""

    whole: Job
    close: tuple[Job, ...]
    """The search of the whole frame for faces that fill it, by the short-range network; none if that is the finder."""
    turned: tuple[Job, ...]
    fields: tuple[Field, ...]
    beside: FaceDetector | None
    """Searches around known faces; None as long as only the whole frame is searched."""
    near_px: float
    """Side of a face, pixels, from which on the whole frame shows its surroundings at least as large."""
    close_px: float
    """Side of the smallest face, pixels, that the search for close-ups finds."""


def lay_out(width: int, height: int, min_face_px: float, networks: Networks) -> Layout:
    """Return what to search in frames of `width` x `height` pixels for faces from `min_face_px` on."""
    sight = networks.finder.sight
    assert sight is not None
    whole, *tiles = grids(width, height, min_face_px, sight, networks.finder.shapeable)
    near = _jobs(whole, networks)[0]
    close: tuple[Job, ...] = ()
    close_px = math.inf
    if networks.close_up is not networks.finder:
        assert networks.close_up.sight is not None
        close = (Job(networks.close_up_of(_close_shape(width, height), BORDER_PX), near.region),)
        close_px = networks.close_up.sight.smallest_px * max(width, height) / (CLOSE_PX - 2 * BORDER_PX)
    across = networks.finder_of(whole.shape and (whole.shape[1], whole.shape[0]))
    turned = tuple(Job(across, near.region, quarters) for quarters in (1, 3))
    patch = networks.finder_of((PATCH_PX, PATCH_PX))
    columns, rows = whole.shape or (sight.input_px, sight.input_px)
    near_px = PATCH_PX / SIDES * max(width / columns, height / rows)
    fields = tuple(_field(grid, networks, patch) for grid in tiles)
    return Layout(near, close, turned, fields, patch, near_px, close_px)


def first_layout(width: int, height: int, networks: Networks) -> Layout:
    """Return a search of the whole frame by the finder in its own shape, until networks in other shapes are ready."""
    whole = Job(networks.finder, Region(0, 0, width & ~1, height & ~1))
    return Layout(whole, (), (), (), None, 0.0, math.inf)


def _field(grid: Grid, networks: Networks, patch: FaceDetector) -> Field:
    tiles = _jobs(grid, networks)
    region = tiles[0].region
    columns, rows = grid.shape or (0, 0)
    side = 2 * round(PATCH_PX * region.width / columns / 2) if columns else 0
    # a tile at the frame's edge may be smaller
    fits = min(columns, rows) >= PATCH_PX and side <= min(region.width, region.height)
    return Field(tiles, grid.largest_px, patch if fits else None, side)


def _jobs(grid: Grid, networks: Networks) -> tuple[Job, ...]:
    return tuple(Job(networks.finder_of(grid.shape), region) for region in grid.regions)


def _close_shape(width: int, height: int) -> tuple[int, int]:
    """Return the input that holds the frame and the border, columns and rows."""
    factor = (CLOSE_PX - 2 * BORDER_PX) / max(width, height)
    columns, rows = (-(-round(side * factor + 2 * BORDER_PX) // STEP_PX) * STEP_PX for side in (width, height))
    return columns, rows
