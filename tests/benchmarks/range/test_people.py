"""People cross each other's ways in `range`, and who gets another number is counted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest

from benchmarks.range import people
from benchmarks.range.backgrounds import Wall
from benchmarks.range.people import STANDING_S, WALKING_S, WALKS, crossing, crowd, visible, walkers
from benchmarks.range.sources import Clip
from benchmarks.range.trials import Own, painted
from benchmarks.range.truth import Spot
from benchmarks.range.watcher import Seen, Show
from models.detectors.picture import turned_picture
from pipeline.messages import Array, Box, Face
from tests.benchmarks.range.shades import centre, dotted, flat

SIZE = 640, 360
FOUND = [(Clip(str(n), 30.0, [flat(60 + 20 * n)]), [[Spot(32.0, 24.0, 20.0)]]) for n in range(3)]


class Told:
    """A watcher that knows which track each person has in each frame."""

    def __init__(self, walk: Sequence[people.Person], tracks: Sequence[Sequence[int]]) -> None:
        self._walk, self._tracks = walk, tracks

    @contextmanager
    def stream(self, camera: str, fps: float) -> Iterator[Show]:
        """Return the faces that are visible, with these tracks by thirds of the walk."""
        numbers = iter(range(10_000))

        def show(pixels: Array) -> Seen:
            n = next(numbers)
            third = min(2, int(3 * n / fps / (STANDING_S + WALKING_S)))
            spots = zip(visible(self._walk, n / fps), self._tracks[third], strict=True)
            return Seen(tuple(_face(spot, track) for spot, track in spots if spot and track))

        yield show


def _face(spot: Spot, track: int) -> Face:
    half = spot.side / 2
    box = Box(x=spot.x - half, y=spot.y - half, width=spot.side, height=spot.side)
    return Face(track=track, box=box, score=0.9)


@pytest.mark.parametrize(
    ("tracks", "swapped", "split"),
    [
        ([(1, 2), (1, 2), (1, 2)], 0, 0),
        ([(1, 2), (1, 2), (2, 1)], 2, 0),
        ([(1, 2), (1, 3), (1, 3)], 0, 1),
        ([(1, 2), (0, 0), (3, 2)], 0, 1),
        ([(1, 2), (3, 1), (3, 1)], 1, 1),
        ([(1, 0), (1, 2), (1, 2)], 0, 0),
    ],
)
def test_who_gets_another_number_is_counted(tracks: list[tuple[int, int]], swapped: int, split: int) -> None:
    """Another person's number is a swap, a new one a split; a pause is neither."""
    walk = walkers("two pass each other", FOUND, 0, 20, *SIZE)
    counts = crossing("x", walk, Wall(*SIZE, 0), SIZE, {"live": Told(walk, tracks)})  # type: ignore[dict-item]

    assert (counts["swapped_live"], counts["split_live"]) == (swapped, split)
    assert counts["people"] == 2


@pytest.mark.parametrize("walk", WALKS)
def test_people_walk_where_they_say(walk: str) -> None:
    """All are visible at first and at last, and who is hidden is hidden by somebody in front."""
    there = walkers(walk, FOUND, 0, 20, *SIZE)
    times = np.arange(0, STANDING_S + WALKING_S, 1 / 30)
    seen = [[spot is not None for spot in visible(there, time_s)] for time_s in times]

    assert all(seen[0]) and all(seen[-1])
    assert all(all(frame) for frame in seen) == (walk == "two meet and turn back")
    assert any(sum(frame) < len(there) for frame in seen) == (walk != "two meet and turn back")
    frames = list(frame.copy() for frame in people.drawn_people(there, Wall(*SIZE, 0), *SIZE))
    assert len(frames) == len(times)
    assert (frames[0] != frames[-1]).any()


def test_walks_that_do_not_fit_are_refused() -> None:
    """With both sizes."""
    with pytest.raises(ValueError, match="expected walks of at most 640 pixels, found 864"):
        walkers("two pass each other", FOUND, 0, 80, *SIZE)


def test_five_people_stand_at_three_distances() -> None:
    """None hides another, and all are inside the frame."""
    there = crowd(FOUND, 0, 1280, 720)
    spots = visible(there, 0.0)

    assert len({round(person.side) for person in there}) == 3
    assert [round(spot.side) for spot in spots if spot] == [round(person.side) for person in there]
    assert len(list(people.drawn_people(there, Wall(1280, 720, 0), 1280, 720))) == (STANDING_S + WALKING_S) * 30


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_clip_on_its_side_has_its_faces_there(quarters: int) -> None:
    """The box moves with the picture."""
    own = Own("x", Clip("x", 30.0, [dotted(40, 12)]), [[Spot(40.0, 12.0, 8.0)]], quarters)
    frame = own.draw(0, 0)

    assert frame.shape == turned_picture(flat(0), quarters).shape
    assert centre(frame) == pytest.approx(own.faces(0)[0][:2], abs=0.6)


def test_painted_faces_are_gone() -> None:
    """Also in frames around those in which they are known."""
    frames = [dotted(32, 24) for _ in range(3)]
    for frame in painted(Clip("x", 30.0, frames), [[], [Spot(32.0, 24.0, 12.0)], []]):
        assert frame.max() < 130
    assert frames[0].max() == 235
