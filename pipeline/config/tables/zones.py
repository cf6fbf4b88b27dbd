"""`[camera.NAME.zones]`: polygons and lines in the frame of a camera, in shares of its width and height."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

from pipeline.config.config import NAME
from pipeline.config.options import Problems
from pipeline.foreign import one_line, shown
from pipeline.messages import Zone

ZONES = "zones"
"""Key of a camera's table."""
KINDS = ("polygon", "line")
SCREEN, MOST_DEG = "screen_deg", 90
"""Key of a polygon: yaw of a face that looks at the zone's screen, and its limit in degrees."""
MOST, MOST_POINTS = 20, 50
"""Maximum zones and lines of a camera, and points of each: they travel with every frame."""
SMALLEST = 1e-4
"""Smallest area of a polygon, as a share of the frame: at 1080p a square of 14 pixels."""

Points = tuple[tuple[float, float], ...]


def read_zones(camera: str, table: Mapping[str, Any], problems: Problems) -> tuple[Zone, ...]:
    """Return the zones and lines of a camera; wrong ones are reported and left out.

    Args:
        camera: Name of the camera.
        table: Its table.
        problems: Collects the mistakes, each with the place of the wrong number.
    """
    where, raw = f"camera.{camera}.{ZONES}", table.get(ZONES, {})
    if not isinstance(raw, Mapping):
        problems.add(where, f"expected a table of polygons and lines, found {shown(raw)}")
        return ()
    if len(raw) > MOST:
        problems.add(where, f"expected at most {MOST} zones and lines, found {len(raw)}")
        return ()
    known: dict[str, str] = {}
    zones = []
    for name, value in raw.items():
        if not NAME.fullmatch(name):
            problems.add(where, f"{one_line(name, 60)}: expected a name of 1 to 40 letters, digits, - and _")
        elif other := known.get(name.lower()):
            problems.add(where, f"{name}: expected names that differ in more than upper and lower case, found {other}")
        elif mistake := _mistake(value, table.get("region")):
            problems.add(where, f"{name}: {mistake}")
        else:
            kind = next(kind for kind in KINDS if kind in value)
            screen = {SCREEN: float(value[SCREEN])} if SCREEN in value else {}
            zones.append(Zone(name=name, points=_points(kind, value[kind]), line=kind == "line", **screen))
        known[name.lower()] = name
    return tuple(zones)


def _mistake(value: Any, region: Any) -> str:
    """Return what is wrong with a zone or line; empty for nothing."""
    if not isinstance(value, Mapping) or set(value) not in ({"polygon"}, {"line"}, {"polygon", SCREEN}):
        found = ", ".join(map(str, value)) or "nothing" if isinstance(value, Mapping) else shown(value)
        return f"expected either polygon = [[x, y], ...] or line = [[x, y], ...], found {one_line(found, 60)}"
    kind, raw = next((kind, value[kind]) for kind in KINDS if kind in value)
    if not isinstance(raw, list | tuple):
        return f"{kind}: expected a list of points [x, y], found {shown(raw)}"
    for i, point in enumerate(raw):
        if not (isinstance(point, list | tuple) and len(point) == 2 and all(map(_is_share, point))):
            return f"{kind}[{i}]: expected x and y as shares of the frame, 0 to 1, found {shown(point)}"
    points = _points(kind, raw)
    least = 3 if kind == "polygon" else 2
    if not least <= len(points) <= MOST_POINTS:
        return f"{kind}: expected {least} to {MOST_POINTS} points, found {len(points)}"
    for i, (a, b) in enumerate(pairwise(points)):
        if a == b:
            return f"{kind}[{i + 1}]: expected another point than the one before, found {shown(list(b))} twice"
    for i, j in _touching_edges(points, kind == "polygon"):
        return f"{kind}: expected edges that do not cross, found edge {i} across edge {j} ({_edges(points, i, j)})"
    if kind == "polygon" and (area := _area(points)) < SMALLEST:
        return f"polygon: expected an area of at least {SMALLEST:g} of the frame, found {area:.2g}"
    if SCREEN in value and not (_is_number(value[SCREEN]) and abs(value[SCREEN]) <= MOST_DEG):
        return f"{SCREEN}: expected degrees from -{MOST_DEG} to {MOST_DEG}, found {shown(value[SCREEN])}"
    if _is_outside(points, region):
        return f"{kind}: expected a part of it in the camera's region, where faces are detected, found none"
    return ""


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _points(kind: str, raw: Sequence[Sequence[float]]) -> Points:
    """Return the points; the first one of a polygon may be written again at the end."""
    points = tuple((float(x), float(y)) for x, y in raw)
    return points[:-1] if kind == "polygon" and len(points) > 1 and points[0] == points[-1] else points


def _touching_edges(points: Points, closed: bool) -> Iterator[tuple[int, int]]:
    """Yield pairs of edges that cross or touch, by the index of their first points.

    Two edges that meet in a corner touch only if one runs back along the other. A line that did has no sides: who
    crosses it would cross it twice.

    Args:
        points: The points.
        closed: Whether an edge leads from the last one to the first, as in a polygon.
    """
    count = len(points)
    for i, j in combinations(range(count if closed else count - 1), 2):
        a, b, c, d = points[i], points[(i + 1) % count], points[j], points[(j + 1) % count]
        if b == c or d == a:
            first, corner, last = (a, b, d) if b == c else (b, a, c)
            if (count > 3 or not closed) and not _turn(first, corner, last) and _ahead(first, corner, last) > 0:
                yield i, j
        elif _touch(a, b, c, d):
            yield i, j


def _touch(a: Sequence[float], b: Sequence[float], c: Sequence[float], d: Sequence[float]) -> bool:
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    corners = ((c, a, b), (d, a, b), (a, c, d), (b, c, d))
    return any(not turn and _ahead(p, corner, q) <= 0 for turn, (corner, p, q) in zip(turns, corners, strict=True))


def _turn(a: Sequence[float], b: Sequence[float], c: Sequence[float]) -> float:
    """Return a positive number if c lies on one side of the line from a to b, a negative one on the other."""
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    # tenths are no exact numbers
    return turn if abs(turn) > 1e-12 else 0.0


def _ahead(a: Sequence[float], corner: Sequence[float], b: Sequence[float]) -> float:
    """Return a positive number if a and b lie in the same direction from a corner, if they are on one line."""
    return (a[0] - corner[0]) * (b[0] - corner[0]) + (a[1] - corner[1]) * (b[1] - corner[1])


def _area(points: Points) -> float:
    around = (*points, points[0])
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(around))) / 2


def _edges(points: Points, *indices: int) -> str:
    ends = [(points[i], points[(i + 1) % len(points)]) for i in indices]
    return " and ".join(f"[{a[0]:g}, {a[1]:g}] to [{b[0]:g}, {b[1]:g}]" for a, b in ends)


def _is_outside(points: Points, region: Any) -> bool:
    """Return whether no point's bounding box overlaps a valid region."""
    if not (isinstance(region, list | tuple) and len(region) == 4 and all(map(_is_share, region))):
        return False
    x, y, width, height = region
    xs, ys = zip(*points, strict=True)
    return bool(max(xs) < x or min(xs) > x + width or max(ys) < y or min(ys) > y + height)
