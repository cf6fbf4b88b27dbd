"""Polygons and lines, and points that move across them."""

import math
from collections.abc import Sequence
from typing import NamedTuple

Point = tuple[float, float]


class Crossing(NamedTuple):
    """One place where a movement crosses a path."""

    at: float
    """Share of the movement that lies before it, 0 to 1."""
    turn: int
    """1 towards the right-hand side of someone who follows the path in the picture, whose y points down; else -1."""


def crossings(path: Sequence[Point], start: Point, end: Point) -> list[Crossing]:
    """Return where the movement from `start` to `end` crosses a path, in order.

    A movement through a vertex crosses one of the two edges that meet there, or both in opposite directions: an end of
    an edge that lies exactly on the movement counts as being on its right.
    """
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    found = []
    ax, ay = path[0]
    a = dx * (ay - y0) - dy * (ax - x0)
    for bx, by in path[1:]:
        b = dx * (by - y0) - dy * (bx - x0)
        if (a < 0) != (b < 0):
            ex, ey = bx - ax, by - ay
            before = ex * (y0 - ay) - ey * (x0 - ax)
            after = ex * (y1 - ay) - ey * (x1 - ax)
            if (before < 0) != (after < 0):
                found.append(Crossing(before / (before - after), 1 if after > before else -1))
        ax, ay, a = bx, by, b
    return sorted(found)


def contains(ring: Sequence[Point], point: Point) -> bool:
    """Return whether a point lies in a polygon.

    Args:
        ring: Its corners; the first one again at the end.
        point: The point.
    """
    x, y = point
    inside = False
    ax, ay = ring[0]
    for bx, by in ring[1:]:
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            inside = not inside
        ax, ay = bx, by
    return inside


def distance(path: Sequence[Point], point: Point) -> float:
    """Return the distance of a point from a path, in the unit of their coordinates."""
    x, y = point
    least = math.inf
    ax, ay = path[0]
    for bx, by in path[1:]:
        ex, ey = bx - ax, by - ay
        along = max(0.0, min(1.0, ((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey)))
        least = min(least, math.hypot(ax + along * ex - x, ay + along * ey - y))
        ax, ay = bx, by
    return least
