"""The short-range network searches the frame as soon as a face that fills it may be new, and rarely else."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detectors import Detections, FaceDetector
from models.detectors.blazeface import FRAMING
from models.search.networks import Networks
from models.search.pace import EVERY_FRAME, LIVE, LIVE_EVERY_FRAME, RECORDING, THOROUGH, Pace
from models.search.plan import SearchPlan
from models.sight import REACHES

WIDTH, HEIGHT, FPS = 1280, 720, 30
SMALL_PX, LARGE_PX = 48, 300
"""Sides of a thing that the short-range network does not see in such a frame, and of one that it sees."""


class Blind(FaceDetector):
    """Finds nobody, and counts the frames that it gets."""

    shapeable = True

    def __init__(self, name: str, count: list[int] | None = None) -> None:
        self.framing, self.sight = FRAMING[name], REACHES[name]
        self._name = name
        self.count = [0] if count is None else count

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Return nobody."""
        self.count[0] += 1
        return Detections.of([], [])

    def shaped(self, width: int, height: int, border: int = 0) -> FaceDetector:
        """Return one that counts with this one."""
        return Blind(self._name, self.count)


class Camera:
    """A camera that shows a thing."""

    def __init__(self, pace: Pace) -> None:
        self._close_up = Blind("short_range")
        self._plan = SearchPlan(Networks(Blind("full_range"), self._close_up), 24.0, pace._replace(waits=True))
        self._frames = 0

    def searches(self, seconds: float, side: int, moving: bool = True) -> int:
        """Show the thing for some seconds; return how often the short-range network was asked."""
        before = self._close_up.count[0]
        for _ in range(round(seconds * FPS)):
            picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
            x = 100 + 8 * (self._frames % 40 if moving else 0)
            picture[100 : 100 + side, x : x + side] = 200
            self._plan.search(picture, self._frames / FPS)
            self._frames += 1
        return self._close_up.count[0] - before


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
