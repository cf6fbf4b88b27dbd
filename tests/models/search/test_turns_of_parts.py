"""The whole frame is searched for close-ups as soon as one may be new, and turned when no tile has its turn."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detectors import Detections, FaceDetector
from models.detectors.blazeface import FRAMING
from models.search.networks import Networks
from models.search.pace import EVERY_FRAME, LIVE, LIVE_EVERY_FRAME, RECORDING, THOROUGH, Pace
from models.search.plan import LATE, SearchPlan
from models.sight import REACHES

WIDTH, HEIGHT, FPS = 1280, 720, 30
ACROSS = 112, 192
"""Shape of the input for a turned frame, columns and rows."""
SMALL_PX, LARGE_PX = 48, 300
"""Sides of a thing that the short-range network does not see in such a frame, and of one that it sees."""


class Blind(FaceDetector):
    """Finds nobody, and remembers in which shapes it was used."""

    shapeable = True

    def __init__(self, name: str, used: list[tuple[int, int]], shape: tuple[int, int] = (0, 0)) -> None:
        self.framing, self.sight = FRAMING[name], REACHES[name]
        self._name, self._shape = name, shape
        self.used = used

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Return nobody."""
        self.used.append(self._shape)
        return Detections.of([], [])

    def shaped(self, width: int, height: int, border: int = 0) -> FaceDetector:
        """Return one that remembers in the same list."""
        return Blind(self._name, self.used, (width, height))


class Camera:
    """A camera that shows a thing."""

    def __init__(self, pace: Pace) -> None:
        self.finder, self._close_up = (Blind(name, []) for name in ("full_range", "short_range"))
        self._plan = SearchPlan(Networks(self.finder, self._close_up), 24.0, pace._replace(waits=True))
        self._frames = 0

    def searches(self, seconds: float, side: int, moving: bool = True, every: int = 1) -> int:
        """Show the thing for some seconds, in every nth frame; return how often the short-range network was used."""
        before = len(self._close_up.used)
        for _ in range(0, round(seconds * FPS), every):
            picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
            x = 100 + 8 * (self._frames % 40 if moving else 0)
            picture[100 : 100 + side, x : x + side] = 200
            self._plan.search(picture, self._frames / FPS)
            self._frames += every
        return len(self._close_up.used) - before


@pytest.mark.parametrize(("pace", "at_most"), [(RECORDING, 2), (LIVE, 1)])
def test_a_thing_too_small_for_a_close_up(pace: Pace, at_most: int) -> None:
    """Its movements are no reason to look for one."""
    camera = Camera(pace)
    camera.searches(1 / FPS, SMALL_PX)

    assert 0 < camera.searches(2.0, SMALL_PX) <= at_most


@pytest.mark.parametrize("pace", [RECORDING, LIVE])
def test_a_thing_as_large_as_a_close_up(pace: Pace) -> None:
    """It is searched as soon as the whole frame is."""
    camera = Camera(pace)
    camera.searches(1.0, SMALL_PX)

    assert camera.searches(pace.whole_s, LARGE_PX) == 1


@pytest.mark.parametrize("pace", [EVERY_FRAME, LIVE_EVERY_FRAME, THOROUGH])
def test_every_frame(pace: Pace) -> None:
    """Where faces are to be hidden, and with `thorough`: also while nothing changes."""
    assert Camera(pace).searches(1.0, SMALL_PX, moving=False) == FPS


def test_turned_frames_wait_for_tiles() -> None:
    """Live, not for ever: something moves at each detection."""
    camera = Camera(LIVE)
    camera.searches(40.0, SMALL_PX, every=12)
    across = camera.finder.used.count(ACROSS)

    assert 2 * (40.0 / (LATE * LIVE.turned_s) - 1) <= across <= 2 * (40.0 / LIVE.turned_s + 1)
