"""Hand-made tracks through zones."""

from collections.abc import Iterable

from models.zones.shape import Outline, Place
from models.zones.watch import Happening, ZoneWatch

SQUARE = Outline("square", ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)), is_line=False)
DOOR = Outline("door", ((0.5, 0.0), (0.5, 1.0)), is_line=True)
SIZE = 0.1
"""Size of the faces, heights of the frame."""

Point = tuple[float, float]


def watching(*outlines: Outline) -> ZoneWatch:
    """Return a watch with zones."""
    watch = ZoneWatch()
    assert list(watch.redraw(outlines)) == []
    return watch


def walk(
    watch: ZoneWatch, points: Iterable[Point | None], *, track: int = 1, hz: float = 10.0, from_s: float = 0.0
) -> list[Happening]:
    """Let one person be at these places, one per frame of a square picture; None is out of view."""
    found: list[Happening] = []
    for i, point in enumerate(points):
        faces = [] if point is None else [(track, Place(*point, SIZE))]
        found += watch.update(faces, from_s + i / hz, 1.0)
    return found


def line(start: Point, end: Point, steps: int) -> list[Point]:
    """Return places on the way from one to another, both included."""
    (x0, y0), (x1, y1) = start, end
    return [(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps) for i in range(steps + 1)]
