"""A zone or a line, and where a face is."""

from dataclasses import dataclass
from typing import NamedTuple

from models.zones.geometry import Point


class Outline(NamedTuple):
    """A zone or a line, in shares of the frame."""

    name: str
    points: tuple[Point, ...]
    is_line: bool


class Place(NamedTuple):
    """The centre and the size of a face in heights of the frame."""

    x: float
    y: float
    size: float


@dataclass(slots=True)
class Shape:
    """A zone or line in heights of the frame."""

    name: str
    is_line: bool
    path: tuple[Point, ...]
    """Its points in heights of the frame; of a polygon the first one again at the end."""
    box: tuple[float, float, float, float]
    """Least and greatest x, least and greatest y."""

    @classmethod
    def of(cls, outline: Outline, aspect: float) -> "Shape":
        """Return an outline in a frame whose width is `aspect` of its height."""
        points = [(x * aspect, y) for x, y in outline.points]
        path = tuple(points if outline.is_line else [*points, points[0]])
        xs, ys = zip(*path, strict=True)
        return cls(outline.name, outline.is_line, path, (min(xs), max(xs), min(ys), max(ys)))

    def concerns(self, start: Point, end: Point) -> bool:
        """Return whether a movement may touch it."""
        left, right, top, bottom = self.box
        (x0, y0), (x1, y1) = start, end
        return not (
            (x0 < left and x1 < left)
            or (x0 > right and x1 > right)
            or (y0 < top and y1 < top)
            or (y0 > bottom and y1 > bottom)
        )
