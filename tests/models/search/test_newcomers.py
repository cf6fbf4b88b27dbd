"""Who is new: both networks agree, or the landmark network decides; a place without a face is not examined again."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detectors.base import Detections, Floats
from models.search.change.changes import Cells, cells_of
from models.search.newcomers import REFUTED_S, Newcomers

EMPTY = np.empty((0, 4), np.float32)
NOBODY = Detections.of([], [])
PICTURE = np.full((540, 640), 128, np.uint8)
CELLS = cells_of(PICTURE)
FACE = (100.0, 100.0, 24.0, 24.0)


@dataclass
class Networks:
    """Answers as told, and counts its answers."""

    close: float = 0.0
    presence: float = 0.0
    looks: int = 0
    asked: list[list[float]] = field(default_factory=list)

    def confirm(self, picture: NDArray[np.uint8], box: Floats, roll_deg: float = 0.0) -> Detections:
        """Return the face from close up, moved a little."""
        self.looks += 1
        return Detections.of([box + (1, 1, 0, 0)], [self.close]) if self.close else NOBODY

    def ask(self, picture: NDArray[np.uint8], box: Floats, roll: float) -> float:
        """Return the presence."""
        self.asked.append(box.tolist())
        return self.presence


def admitted(
    networks: Networks,
    finder: float,
    *,
    landmarks: bool = True,
    missing: Floats = EMPTY,
    known: Detections = NOBODY,
    side: float = 24.0,
) -> list[list[float]]:
    """Return the boxes that are admitted of one face with this score."""
    newcomers = Newcomers(networks, networks.ask if landmarks else None, 0.35)  # type: ignore[arg-type]
    found = newcomers.admit(PICTURE, CELLS, 0.0, Detections.of([(100, 100, side, side)], [finder]), known, missing)
    return [box.tolist() for part in found for box in part.boxes]


@pytest.mark.parametrize(
    ("finder", "close", "presence", "expected"),
    [
        (0.4, 0.85, 0.0, True),
        (0.2, 0.7, 0.95, True),
        (0.2, 0.95, 0.5, False),
        (0.2, 0.5, 1.0, False),
        (0.4, 0.7, 0.95, True),
        (0.4, 0.7, 0.5, False),
        (0.9, 0.0, 1.0, False),
    ],
)
def test_who_is_admitted(finder: float, close: float, presence: float, expected: bool) -> None:
    """Both are sure together, or one sees a face from close up and the landmark network a clear one."""
    assert admitted(Networks(close, presence), finder) == ([[101, 101, 24, 24]] if expected else [])


@pytest.mark.parametrize(
    ("side", "close", "presence", "expected"),
    [(48, 0.7, 0.8, False), (48, 0.7, 0.95, True), (48, 0.9, 0.0, True), (32, 0.7, 0.0, True)],
)
def test_a_large_face_has_to_be_clear(side: float, close: float, presence: float, expected: bool) -> None:
    """Balls with dots and sockets score as far faces do, but the landmark network knows large faces."""
    assert bool(admitted(Networks(close, presence), 0.62, side=side)) == expected


@pytest.mark.parametrize(
    ("side", "close", "presence", "expected"),
    [
        (200, 0.55, 0.95, [0.72]),
        (200, 0.55, 0.8, []),
        (200, 0.4, 1.0, []),
        (100, 0.55, 1.0, []),
        (100, 0.65, 1.0, [0.65]),
    ],
)
def test_a_face_that_fills_the_frame_may_be_unclear(
    side: float, close: float, presence: float, expected: list[float]
) -> None:
    """Without surroundings two networks are unsure of it; the third decides, and then no second look is needed."""
    networks = Networks(close, presence)
    newcomers = Newcomers(networks, networks.ask, 0.35)  # type: ignore[arg-type]
    found = newcomers.admit(PICTURE, CELLS, 0.0, Detections.of([(100, 100, side, side)], [0.72]), NOBODY, EMPTY)

    assert [score for part in found for score in part.scores.tolist()] == pytest.approx(expected)


def test_without_the_landmark_network_both_others_must_agree() -> None:
    """And a faint face does not count, however clear it is from close up."""
    assert admitted(Networks(0.85), 0.4, landmarks=False)
    assert not admitted(Networks(0.7), 0.4, landmarks=False)
    assert not admitted(Networks(1.0), 0.3, landmarks=False)


def test_the_landmark_network_looks_where_the_face_is_from_close_up() -> None:
    """Only where it has to."""
    sure, unsure = Networks(0.9, 1.0), Networks(0.7, 1.0)
    admitted(sure, 0.5)
    admitted(unsure, 0.2)

    assert sure.asked == []
    assert unsure.asked == [[101, 101, 24, 24]]


def test_a_known_face_that_was_missed_needs_one_network() -> None:
    """The finder, if it is clear, or the close-up network."""
    missing = np.array([FACE], np.float32)

    assert admitted(Networks(), 0.4, missing=missing) == [list(FACE)]
    assert admitted(Networks(0.5), 0.2, missing=missing) == [[101, 101, 24, 24]]
    assert admitted(Networks(), 0.2, missing=missing) == []


def test_who_is_known_is_not_new() -> None:
    """Nobody looks at them again."""
    networks = Networks(0.9)

    assert admitted(networks, 0.9, known=Detections.of([FACE], [0.9])) == []
    assert networks.looks == 0


def show(newcomers: Newcomers, cells: Cells, time_s: float, score: float = 0.9) -> None:
    """Suggest the face."""
    newcomers.admit(PICTURE, cells, time_s, Detections.of([FACE], [score]), NOBODY, EMPTY)


def test_a_place_without_a_face_is_looked_at_again_once_it_has_changed() -> None:
    """Or after a while, or when asked to."""
    networks, changed = Networks(), CELLS.copy()
    changed[14, 14] += 40
    newcomers = Newcomers(networks, None, 0.35)  # type: ignore[arg-type]

    looks = []
    for cells, time_s in ((CELLS, 0.0), (CELLS, 1.0), (changed, 2.0), (changed, 3.0), (changed, 3.1 + REFUTED_S)):
        show(newcomers, cells, time_s)
        looks.append(networks.looks)
    assert looks == [1, 1, 2, 2, 3]

    newcomers.forget()
    show(newcomers, changed, 3.2 + REFUTED_S)
    assert networks.looks == 4


def test_a_change_elsewhere_does_not_matter() -> None:
    """Only the face's own place."""
    networks, changed = Networks(), CELLS.copy()
    changed[40, 40] += 40
    newcomers = Newcomers(networks, None, 0.35)  # type: ignore[arg-type]
    show(newcomers, CELLS, 0.0)
    show(newcomers, changed, 0.1)

    assert networks.looks == 1


def test_only_what_the_finder_sees_clearly_is_doubted() -> None:
    """Faint candidates are many and are no faces; hiding them would blur half of a busy room."""
    newcomers = Newcomers(Networks(), None, 0.35)  # type: ignore[arg-type]
    show(newcomers, CELLS, 0.0, score=0.2)
    assert newcomers.doubted(0.0, 1.0) == []

    show(newcomers, CELLS, 0.1, score=0.5)
    assert [box.tolist() for box in newcomers.doubted(0.1, 1.0)] == [list(FACE)]
    assert newcomers.doubted(2.0, 1.0) == []


def test_faint_faces_are_examined_at_a_limited_rate_live() -> None:
    """After the first ones, the best first; clear ones are always examined."""
    networks = Networks(0.0)
    newcomers = Newcomers(networks, networks.ask, 0.35)  # type: ignore[arg-type]
    looks = []
    for n in range(6):
        # elsewhere each time, so that no place was refuted before
        boxes = [(40 * k, 40 * n, 24, 24) for k in range(16)]
        scores = [0.3] * 14 + [0.5] * 2
        newcomers.admit(PICTURE, CELLS, n * 1.0, Detections.of(boxes, scores), NOBODY, EMPTY, faint_hz=3.0)
        looks.append(networks.looks - sum(looks))

    assert looks == [16, 2 + 10 + 3, 2 + 3, 2 + 3, 2 + 3, 2 + 3]
