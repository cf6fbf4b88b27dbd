"""How often each part of a camera's frames is searched."""

import math
from typing import NamedTuple

RESTLESS = 1.6
"""Multiple of the time between two searches of what has changed where much moves, live: with 1.6, a place in which
something moves all the time is searched after 1.6 s at the latest, unless that is so in most of the frame."""


class Pace(NamedTuple):
    """Seconds of the stream between two searches; 0 searches whenever faces are detected."""

    whole_s: float
    """Of the whole frame, for near faces and those that fill it."""
    whole_still_s: float
    """The same while nothing has changed in it."""
    close_still_s: float
    """Of the whole frame for faces that fill it, while less has changed than a new one would change."""
    tile_s: float
    """Of each tile, for far faces."""
    tile_still_s: float
    """The same while nothing has changed in it."""
    turned_s: float
    """Of the whole frame turned by a quarter, to either side."""
    beside_s: float
    """Of the surroundings of each known face; infinity leaves them to the tiles."""
    sweep_s: float
    """Seconds within which all tiles take their turns if all have changed; spreads them. 0 does not spread them."""
    people_count: bool
    """Whether the movement of a known person counts as a change of what is around them."""
    waits: bool
    """Whether the first frame of a size waits for the networks that it needs; live, only the whole frame is searched
    until they are ready."""

    def where_much_moves(self) -> "Pace":
        """Return the pace while most of the frame moves, or something all the time: changes then say little."""
        if not self.sweep_s:
            return self
        # not the whole frame: who comes near is to be counted at the line that they cross first
        names = ("tile_s", "turned_s", "sweep_s")
        return self._replace(**{name: RESTLESS * getattr(self, name) for name in names})


RECORDING = Pace(0.2, 0.2, 1.0, 0.5, 6.0, 1.0, 0.5, 0.0, people_count=False, waits=True)
"""Recordings: known faces are confirmed in every frame."""
EVERY_FRAME = RECORDING._replace(whole_s=0.0, whole_still_s=0.0, close_still_s=0.0)
"""Recordings whose `detect_hz` is 0: the whole frame in every frame, as faces are to be hidden."""
THOROUGH = Pace(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, math.inf, 0.0, people_count=True, waits=True)
"""Everything in every frame."""
LIVE = Pace(0.4, 2.0, 2.0, 1.0, 12.0, 4.0, 1.0, 2.0, people_count=False, waits=False)
"""Live cameras: searches take turns within the detections. A known person's movement makes no tile due sooner."""
LIVE_EVERY_FRAME = LIVE._replace(whole_s=0.0, whole_still_s=0.0, close_still_s=0.0)
"""Live cameras whose `detect_hz` is 0."""
