"""Around a person who stays in place, cells count that have not changed for a while."""

import numpy as np

from models.search.change.calm import LAG, Calm
from models.search.change.changes import CELL_PX, Cells
from models.search.networks import Networks
from models.search.pace import LIVE
from models.search.plan import SearchPlan
from tests.support.detectors.scripted import Counting

PERSON = (320.0, 160.0, 64.0, 64.0)
COLUMN, ROW = 400 // CELL_PX, 200 // CELL_PX
"""A cell beside the face."""


def watch(calm: Calm, first: int, count: int, *, changes: bool = False, speed: float = 0.0) -> list[bool | None]:
    """Return whether that cell was calm, at 2.5 frames per second, a face moving by `speed` of its side in each."""
    result: list[bool | None] = []
    for n in range(first, first + count):
        cells: Cells = np.full((720 // CELL_PX, 1280 // CELL_PX), 100, np.uint8)
        cells[ROW, COLUMN] += 40 * (n % 2) * changes
        x, *rest = PERSON
        boxes = np.array([(x + speed * PERSON[2] * (n % 3), *rest)], np.float32)
        found = calm.note(cells, boxes, n * 0.4)
        result.append(None if found is None else bool(found[ROW, COLUMN]))
    return result


def test_a_cell_is_calm_after_some_seconds_without_change() -> None:
    """Not before that, when nothing is known."""
    seen = watch(Calm(), 0, 40)

    assert seen[:LAG] == [None] * LAG
    assert seen[LAG + 1] is False
    assert seen[30:] == [True] * 10


def test_a_new_movement_counts_for_two_seconds_an_old_one_does_not() -> None:
    """Meanwhile the place is searched."""
    calm = Calm()
    watch(calm, 0, 40)
    seen = watch(calm, 40, 20, changes=True)

    assert seen[: LAG - 1] == [True] * (LAG - 1)
    assert seen[LAG:] == [False] * (20 - LAG)


def test_around_people_who_walk_nothing_is_calm() -> None:
    """All that they pass changes for the first time."""
    assert not any(watch(Calm(), 0, 40, speed=0.5)[1:])
    assert watch(Calm(), 0, 40, speed=0.05)[-1]


def test_a_far_newcomer_below_a_near_face_is_searched_for_soon() -> None:
    """Although all around is the known person's place."""
    finder = Counting()
    plan = SearchPlan(Networks(finder), 24.0, LIVE._replace(waits=True))
    patches = []
    for n in range(50):
        picture = np.full((1080, 1280), 128, np.uint8)
        if n >= 40:
            picture[400:440, 700:740] = 200
        plan.search(picture, n * 0.4, [(600, 150, 150, 150)], [0.0])
        patches.append(finder.calls[112, 112])

    assert patches[39] == 0 < patches[44]
