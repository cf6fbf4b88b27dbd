"""Placement of overlay elements inside the frame, without overlaps."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Rect(NamedTuple):
    """A rectangle of pixels from x0 to x1 and y0 to y1, exclusive."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        """Width in pixels; negative if x1 < x0."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Height in pixels; negative if y1 < y0."""
        return self.y1 - self.y0

    def grown(self, x: int, y: int | None = None) -> "Rect":
        """Return this rectangle enlarged by x and y pixels on each side."""
        y = x if y is None else y
        return Rect(self.x0 - x, self.y0 - y, self.x1 + x, self.y1 + y)

    def clipped(self, bounds: "Rect") -> "Rect":
        """Return the part within the bounds; it may be empty, but never negative."""
        x0, y0 = min(max(self.x0, bounds.x0), bounds.x1), min(max(self.y0, bounds.y0), bounds.y1)
        return Rect(x0, y0, max(x0, min(self.x1, bounds.x1)), max(y0, min(self.y1, bounds.y1)))

    def within(self, bounds: "Rect") -> bool:
        """Return whether it lies completely within the bounds."""
        return self.x0 >= bounds.x0 and self.y0 >= bounds.y0 and self.x1 <= bounds.x1 and self.y1 <= bounds.y1

    def overlap(self, other: "Rect") -> int:
        """Return the area of the intersection in pixels."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        return width * height if width > 0 and height > 0 else 0

    def slid(self, bounds: "Rect", *, x: bool = False, y: bool = False) -> "Rect":
        """Return it shifted into the bounds, as little as possible, along the allowed axes."""
        dx = max(bounds.x0 - self.x0, min(0, bounds.x1 - self.x1)) if x else 0
        dy = max(bounds.y0 - self.y0, min(0, bounds.y1 - self.y1)) if y else 0
        return Rect(self.x0 + dx, self.y0 + dy, self.x1 + dx, self.y1 + dy)


def at(x: int, y: int, size: tuple[int, int]) -> Rect:
    """Return a rectangle of a size (width, height) with its upper left corner at (x, y)."""
    return Rect(x, y, x + size[0], y + size[1])


def beside(box: Rect, size: tuple[int, int], bounds: Rect, gap: int) -> list[Rect]:
    """Return the candidate places beside a box, best first: right, left, below, above.

    Each is shifted along the box's side to stay in the frame; those that still do not fit extend beyond it.
    """
    width, height = size
    right, left, low = box.x1 + gap, box.x0 - gap - width, box.y1 - height
    upright = [at(right, box.y0, size), at(left, box.y0, size), at(right, low, size), at(left, low, size)]
    level = [at(box.x0, box.y1 + gap, size), at(box.x0, box.y0 - gap - height, size)]
    return [place.slid(bounds, y=True) for place in upright] + [place.slid(bounds, x=True) for place in level]


def first_free(places: Iterable[Rect], bounds: Rect, obstacles: Sequence[Rect]) -> int | None:
    """Return the index of the first place within the bounds that covers no obstacle, or None."""
    for index, place in enumerate(places):
        if place.within(bounds) and not any(place.overlap(obstacle) for obstacle in obstacles):
            return index
    return None


def freest(places: Sequence[Rect], bounds: Rect, obstacles: Sequence[Rect]) -> Rect:
    """Return the place, shifted into the bounds, that covers the least of the obstacles; the first one on ties."""
    moved = [place.slid(bounds, x=True, y=True) for place in places]
    return min(moved, key=lambda place: sum(place.overlap(obstacle) for obstacle in obstacles))
