"""Tiles take turns; a patch around what moves replaces the tile; each tile is searched within a bounded time."""

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detectors import Detections, FaceDetector
from models.search.change.changes import CELL_PX, Cells
from models.search.far import FarSearch
from models.search.layout import Job, Layout, lay_out
from models.search.networks import Networks
from models.search.pace import LIVE, RECORDING, Pace
from models.sight import REACHES

WIDTH, HEIGHT = 1280, 720


class Blind(FaceDetector):
    """Finds nobody, with an input of any shape."""

    sight = REACHES["full_range"]

    def __init__(self, shapeable: bool = True) -> None:
        self.shapeable = shapeable

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Return nobody."""
        return Detections.of([], [])

    def shaped(self, width: int, height: int, border: int = 0) -> FaceDetector | None:
        """Return another one."""
        return Blind() if self.shapeable else None


class Camera(NamedTuple):
    """A camera with one grid of tiles."""

    layout: Layout
    far: FarSearch

    def due(
        self, time_s: float, cells: Cells, pace: Pace = LIVE, *lost: tuple[float, ...], thrift: float = 1.0
    ) -> list[Job]:
        """Return what is due; all tiles may be searched."""
        self.far.earn(100.0, pace.sweep_s)
        return self.far.due(cells, None, time_s, pace, thrift, [np.array(box, np.float32) for box in lost])


def camera(shapeable: bool = True) -> Camera:
    """Return one whose tiles have been searched at 0 s."""
    layout = lay_out(WIDTH, HEIGHT, 24.0, Networks(Blind(shapeable)))
    made = Camera(layout, FarSearch(layout.fields[0]))
    assert made.due(0.0, scene()) == [*layout.fields[0].tiles]
    return made


def scene(*things: tuple[int, int, int, int]) -> Cells:
    """Return the cells of a frame with bright things, pixels."""
    cells = np.full((HEIGHT // CELL_PX, WIDTH // CELL_PX), 100, np.uint8)
    for x, y, width, height in things:
        cells[y // CELL_PX : (y + height) // CELL_PX, x // CELL_PX : (x + width) // CELL_PX] = 200
    return cells


def shows(job: Job, thing: tuple[int, int, int, int]) -> bool:
    """Return whether a search shows all of a thing."""
    (x, y, width, height), (left, top, columns, rows) = thing, job.region
    return left <= x and top <= y and x + width <= left + columns and y + height <= top + rows


@pytest.mark.parametrize("thing", [(600, 320, 80, 80), (0, 0, 40, 40), (1240, 680, 40, 40), (16, 400, 48, 160)])
def test_a_small_change_costs_a_patch(thing: tuple[int, int, int, int]) -> None:
    """Once, although tiles overlap there."""
    hall = camera()
    (job,) = hall.due(2.0, scene(thing))

    assert job.network is hall.layout.fields[0].patch
    assert shows(job, thing)
    assert hall.due(4.0, scene(thing)) == []


def test_a_person_who_walks_in_costs_two_patches() -> None:
    """A face at any place is in one of them."""
    hall = camera()
    jobs = hall.due(2.0, scene((180, 24, 64, 240)))

    assert [job.network for job in jobs] == [hall.layout.fields[0].patch] * 2
    assert all(any(shows(job, (180, y, 64, 64)) for job in jobs) for y in range(24, 200))


def test_a_large_change_costs_the_tiles() -> None:
    """They are cheaper than patches all over."""
    hall = camera()
    jobs = hall.due(2.0, scene((0, 0, WIDTH, HEIGHT)))

    assert jobs == [*hall.layout.fields[0].tiles]


def test_a_network_of_one_shape_has_no_patches() -> None:
    """It searches tiles."""
    hall = camera(shapeable=False)
    jobs = hall.due(2.0, scene((600, 320, 40, 40)))

    assert jobs and set(jobs) <= {*hall.layout.fields[0].tiles}
    assert any(shows(job, (600, 320, 40, 40)) for job in jobs)


def test_each_tile_is_searched_in_a_bounded_time_whatever_moves() -> None:
    """Patches do not stand for it."""
    hall, last, longest = camera(), dict.fromkeys(range(9), 0.0), 0.0
    tiles = hall.layout.fields[0].tiles
    for n in range(1, 400):
        time_s, place = n * 0.4, 40 * (n % 20)
        for job in hall.due(time_s, scene((place, 300, 80, 80))):
            if job in tiles:
                last[tiles.index(job)] = time_s
        longest = max(longest, time_s - min(last.values()))

    assert longest <= LIVE.tile_still_s + 0.4


def test_where_a_far_face_was_lost_a_patch_is_searched_at_once() -> None:
    """A near one is left to the whole frame."""
    hall = camera()
    (job,) = hall.due(0.1, scene(), LIVE, (600.0, 320.0, 40.0, 40.0))

    assert shows(job, (600, 320, 40, 40))
    assert hall.due(0.2, scene(), LIVE, (600.0, 320.0, 200.0, 200.0)) == []


def test_under_load_far_faces_are_searched_a_quarter_as_often() -> None:
    """Where something moves and where nothing does."""
    counts = []
    for thrift in (1.0, 4.0):
        hall = camera()
        frames = (scene((64 * (n % 9), 304, 48, 48)) for n in range(1, 480))
        counts.append(sum(len(hall.due(n / 5, cells, thrift=thrift)) for n, cells in enumerate(frames, 1)))

    assert counts[0] > 100
    assert counts[1] == pytest.approx(counts[0] / 4, rel=0.2)


def test_tiles_are_spread_over_a_sweep_live() -> None:
    """In recordings they are not."""
    layout = lay_out(WIDTH, HEIGHT, 24.0, Networks(Blind()))
    for pace, first in ((LIVE, 1), (RECORDING, 9)):
        far = FarSearch(layout.fields[0])
        far.earn(pace.sweep_s / 9, pace.sweep_s)
        assert len(far.due(scene(), None, 0.0, pace, 1.0, [])) == first


def test_a_quiet_time_saves_no_tiles_for_a_burst() -> None:
    """Live, they are searched one or two at a time when they fall due together: cameras share the detector."""
    hall = camera()
    counts = []
    for n in range(1, 100):
        hall.far.earn(0.4, LIVE.sweep_s)
        counts.append(len(hall.far.due(scene(), None, n * 0.4, LIVE, 1.0, [])))

    assert sum(counts) >= 9 * 3
    assert max(counts) <= 2


def test_live_what_has_changed_is_searched_less_often_where_much_moves() -> None:
    """Recordings are searched as before."""
    slower = LIVE.where_much_moves()

    assert slower.tile_s > LIVE.tile_s and slower.sweep_s > LIVE.sweep_s
    assert (slower.whole_s, slower.tile_still_s) == (LIVE.whole_s, LIVE.tile_still_s)
    assert RECORDING.where_much_moves() is RECORDING
