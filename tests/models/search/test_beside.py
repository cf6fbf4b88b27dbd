"""Around each known face there is a search for others, by turns, where something has changed."""

import numpy as np

from models.search.beside import AT_ONCE, Surroundings
from models.search.change.changes import CELL_PX, Cells
from models.search.tiles import Region


def cells(change: int = 0) -> Cells:
    """Return the cells of 1280 x 720 pixels."""
    return np.full((720 // CELL_PX, 1280 // CELL_PX), 100 + change, np.uint8)


def boxes(*middles: tuple[float, float], side: float = 32.0) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return boxes around these points."""
    return np.array([(x - side / 2, y - side / 2, side, side) for x, y in middles], np.float32).reshape(-1, 4)


def due(around: Surroundings, time_s: float, faces: object, change: int) -> list[Region]:
    """Return what is due once per second, with these gray levels in all cells."""
    return around.due(cells(change), np.asarray(faces, np.float32), time_s, 1.0, 100.0)


def test_a_known_face_has_its_surroundings_searched_once_per_second_while_they_change() -> None:
    """In a square around it."""
    around, faces = Surroundings(), boxes((640, 360))
    assert due(around, 0.0, faces, 0) == []
    assert due(around, 0.5, faces, 20) == []
    (region,) = due(around, 1.0, faces, 20)
    assert due(around, 1.4, faces, 40) == []

    assert region == Region(640 - 112, 360 - 112, 224, 224)
    assert due(around, 2.0, faces, 20) == []
    assert due(around, 3.0, faces, 40) == [region]


def test_near_faces_are_left_to_the_whole_frame() -> None:
    """There they are as large."""
    around = Surroundings()
    due(around, 0.0, boxes(), 0)

    assert due(around, 1.0, boxes((640, 360), side=100.0), 20) == []


def test_people_who_stand_together_share_a_search() -> None:
    """If they are about as far away."""
    around = Surroundings()
    due(around, 0.0, boxes(), 0)
    together = [*boxes((640, 360), (680, 365)), *boxes((640, 300), side=64.0)]

    assert len(due(around, 1.0, together, 20)) == 2


def test_many_people_are_spread_over_frames() -> None:
    """All have had their turn before the next round."""
    around = Surroundings()
    due(around, 0.0, boxes(), 0)
    crowd = boxes(*((x, y) for x in range(100, 1200, 200) for y in (200, 500)))
    found = [due(around, 1.0 + n / 10, crowd, 20) for n in range(5)]

    assert [len(part) for part in found] == [AT_ONCE] * 4 + [0]
    assert len({region for part in found for region in part}) == len(crowd)
