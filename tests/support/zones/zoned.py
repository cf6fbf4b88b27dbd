"""Frames of a camera with zones, and people at places known by construction."""

from collections.abc import Mapping
from typing import Any

from pipeline.messages import Box, Frame, Zone
from tests.support.frames import make_face, make_frame

DESK = Zone(name="desk", points=((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)))
DOOR = Zone(name="door", points=((0.0, 0.5), (1.0, 0.5)), line=True)
"""Down the picture is in."""
SIDE = 40
"""Side of a face, pixels of 640 x 480."""


def zoned(n: int, people: Mapping[int, tuple[float, float]], label: str = "happy", **more: Any) -> Frame:
    """Return frame n of a stream of 10 Hz with faces at these shares of the frame, by track."""
    facing = more.pop("facing", None)
    faces = [
        make_face(
            track,
            box=Box(x=640 * x - SIDE / 2, y=480 * y - SIDE / 2, width=SIDE, height=SIDE),
            label=label,
            facing=facing,
        )
        for track, (x, y) in people.items()
    ]
    return make_frame(n, faces, **{"zones": (DESK, DOOR), "counted_ns": 5 * 10**9, **more})


INSIDE, ABOVE, BELOW = (0.5, 0.55), (0.2, 0.2), (0.2, 0.8)
"""In the desk, and on both sides of the door."""
