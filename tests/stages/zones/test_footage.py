"""People who walk through zones, found by the detector in footage that the test draws."""

from contextlib import closing

import pytest

from models.zones.watch import Crossed, Entered, Left
from pipeline.messages import Zone
from stages.detect import Detect
from stages.zones.watching import CameraZones
from tests.support.zones.walkers import Way, footage

pytestmark = pytest.mark.slow

SHELF = Zone(name="shelf", points=((0.4, 0.0), (0.6, 0.0), (0.6, 1.0), (0.4, 1.0)))
DOOR = Zone(name="door", points=((0.25, 0.0), (0.25, 1.0)), line=True)


def forth(time_s: float) -> tuple[float, float]:
    """Walk to the right, a tenth of the frame per second: 2 s in the shelf."""
    return 0.1 + 0.1 * time_s, 0.25


def back(time_s: float) -> tuple[float, float]:
    """Walk to the left at the same time, below."""
    return 0.9 - 0.1 * time_s, 0.75


@pytest.mark.parametrize("hz", [5.0, 2.0])
def test_counts_crossings_and_dwell_are_those_of_the_footage(hz: float) -> None:
    """Two people in opposite directions; also of a camera that sends two frames per second."""
    ways: dict[int, Way] = {0: forth, 1: back}
    zones = CameraZones()
    with closing(Detect(adaptive=False)) as detect:
        found = [
            one
            for frame in footage(ways, 8.0, hz, (SHELF, DOOR), lossless=False)
            for seen in detect.process([frame])
            for one in zones.see(seen)
        ]

    assert sorted(one.direction for one in found if isinstance(one, Crossed)) == ["in", "out"]
    assert [one.is_first for one in found if isinstance(one, Entered)] == [True, True]
    assert [one.left_s - one.entered_s for one in found if isinstance(one, Left)] == [pytest.approx(2.0, abs=0.05)] * 2
    # a face is not exactly in the middle of its portrait
    assert all(abs(one.time_s - 3.0) < 0.4 for one in found if isinstance(one, Entered))
