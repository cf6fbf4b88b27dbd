"""Who is in a zone and who crossed a line, against numbers known by construction."""

import math
import random

import pytest

from models.zones.shape import Outline, Place
from models.zones.watch import GRACE_S, MARGIN, Crossed, Entered, Left
from tests.models.zones.walks import DOOR, SIZE, SQUARE, line, walk, watching


def test_a_walk_through_a_zone_lasts_as_long_as_it_is_inside() -> None:
    """0.2 of the way at 0.1 per second: 2 s, whatever the rate of the camera."""
    for hz in (30.0, 10.0, 2.0):
        steps = round(8 * hz)
        found = walk(watching(SQUARE), line((0.1, 0.5), (0.9, 0.5), steps), hz=hz)

        assert [type(one) for one in found] == [Entered, Left]
        entered, left = found
        assert isinstance(entered, Entered) and isinstance(left, Left)
        assert entered.time_s == left.entered_s == pytest.approx(3.0, abs=1e-6)
        assert left.left_s == pytest.approx(5.0, abs=1e-6)


def test_a_fast_person_is_not_missed() -> None:
    """Between two frames at 2 Hz they cross the whole zone and the line in it."""
    found = walk(watching(SQUARE, DOOR), [(0.1, 0.5), (0.9, 0.5)], hz=2.0)

    assert found == [
        (1, "square", pytest.approx(0.1875), True),
        (1, "square", pytest.approx(0.1875), pytest.approx(0.3125)),
        (1, "door", "out", pytest.approx(0.25)),
    ]


def test_a_face_that_jitters_on_an_edge_enters_once() -> None:
    """And does not leave, although its centre is outside half of the time."""
    random.seed(2)
    jitter = [(0.4 + random.uniform(-0.9, 0.9) * MARGIN * SIZE, 0.5) for _ in range(600)]
    watch = watching(SQUARE)

    assert [type(one) for one in walk(watch, jitter)] == [Entered]
    assert watch.occupancy() == {"square": 1}
    # away from it
    assert [type(one) for one in walk(watch, [(0.3, 0.5)], from_s=61)] == [Left]


def test_a_face_that_jitters_on_a_line_crosses_it_when_it_is_through() -> None:
    """In the direction of the whole way, and only if it ends on the other side."""
    random.seed(3)
    jitter = [(0.5 + random.uniform(-0.9, 0.9) * MARGIN * SIZE, 0.5) for _ in range(300)]

    for last, directions in (((0.7, 0.5), ["out"]), ((0.3, 0.5), [])):
        found = walk(watching(DOOR), [(0.3, 0.5), *jitter, last])
        assert [one.direction for one in found if isinstance(one, Crossed)] == directions


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_who_is_not_found_at_a_line_has_crossed_it(share: float) -> None:
    """A detector that misses a face in a share of the frames, also in several in a row, costs no visitor."""
    random.seed(4)
    way = line((0.3, 0.5), (0.7, 0.5), 40)
    for _ in range(100):
        seen = [None if random.random() < share else place for place in way[1:-1]]
        found = walk(watching(DOOR), [way[0], *seen, way[-1]])
        assert [one.direction for one in found if isinstance(one, Crossed)] == ["out"]


def test_a_line_is_crossed_in_its_direction() -> None:
    """Down the picture across a line from left to right is in; the other way round, or back, is out."""
    forth = line((0.5, 0.2), (0.5, 0.8), 10)
    for points, first in ((((0.0, 0.5), (1.0, 0.5)), "in"), (((1.0, 0.5), (0.0, 0.5)), "out")):
        found = walk(watching(Outline("x", points, is_line=True)), [*forth, *forth[::-1]])
        other = "out" if first == "in" else "in"
        assert [one.direction for one in found if isinstance(one, Crossed)] == [first, other]


def test_a_way_through_the_vertex_of_a_line_counts_once() -> None:
    """Also if a frame shows the face exactly there."""
    bent = Outline("bent", ((0.5, 0.0), (0.5, 0.5), (0.7, 1.0)), is_line=True)
    for steps in (1, 2, 7, 8):
        found = walk(watching(bent), line((0.2, 0.5), (0.8, 0.5), steps))
        assert [one.direction for one in found if isinstance(one, Crossed)] == ["out"], steps


def test_who_goes_round_the_end_of_a_line_does_not_cross_it() -> None:
    """A line ends at its last point."""
    short = Outline("short", ((0.5, 0.4), (0.5, 0.6)), is_line=True)

    assert walk(watching(short), [*line((0.2, 0.5), (0.5, 0.2), 9), *line((0.5, 0.2), (0.8, 0.5), 9)]) == []


def test_a_lost_person_leaves_after_a_grace() -> None:
    """Their time in the zone ends when they were last seen there."""
    watch = watching(SQUARE)
    gone = [None] * round((GRACE_S + 0.2) * 10)
    found = walk(watch, [(0.5, 0.5)] * 31 + gone)

    assert found[1:] == [(1, "square", 0.0, pytest.approx(3.0))]
    assert watch.occupancy() == {"square": 0}


def test_a_track_that_is_found_again_has_not_left() -> None:
    """Neither counts twice, nor loses the time in between."""
    watch = watching(SQUARE)
    found = walk(watch, [(0.5, 0.5)] * 11 + [None] * 15 + [(0.5, 0.5)] * 10 + [(0.2, 0.5)])

    assert [type(one) for one in found] == [Entered, Left]
    assert found[1].left_s == pytest.approx(3.5 + 0.1 / 3)  # type: ignore[union-attr]


@pytest.mark.parametrize(("place", "is_same"), [((0.52, 0.5), True), ((0.5, 0.65), False)])
def test_a_new_track_in_the_same_place_continues_a_lost_one(place: tuple[float, float], is_same: bool) -> None:
    """Somebody turned away and back: they have the number they first had. Farther away it is another person."""
    watch = watching(Outline("all", ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)), is_line=False))
    found = walk(watch, [(0.5, 0.5)] * 10)
    found += walk(watch, [None] * 15 + [place] * 40, track=7, from_s=1.0)

    assert [one.track for one in found] == ([1] if is_same else [1, 7, 1])
    assert watch.zones_of(7)[0] == (1 if is_same else 7)
    assert watch.occupancy() == {"all": 1}


def test_nobody_is_continued_at_the_border() -> None:
    """One person walks out of the picture, another one comes in at the same place."""
    door = Outline("all", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)), is_line=False)
    watch = watching(door)
    found = walk(watch, line((0.5, 0.5), (0.96, 0.5), 10))
    found += walk(watch, [None] * 3 + [(0.96, 0.5)], track=2, from_s=1.1)

    assert [one.track for one in found if isinstance(one, Entered)] == [1, 2]


def test_two_people_are_not_mixed_up() -> None:
    """One takes the place of the other who is still in view."""
    watch = watching(SQUARE)
    found = list(watch.update([(1, Place(0.5, 0.5, SIZE))], 0.0, 1.0))
    found += watch.update([(1, Place(0.55, 0.5, SIZE)), (2, Place(0.5, 0.5, SIZE))], 0.1, 1.0)

    assert [one.track for one in found] == [1, 2]
    assert watch.occupancy() == {"square": 2}


def test_who_comes_back_is_no_new_visitor() -> None:
    """The second visit of a track is not the first."""
    out_and_in = [(0.5, 0.5), (0.2, 0.5), (0.5, 0.5)]
    found = walk(watching(SQUARE), out_and_in)

    assert [one.is_first for one in found if isinstance(one, Entered)] == [True, False]


def test_visitors_are_forgotten_after_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that memory does not grow over months; a recent visitor is still known."""
    monkeypatch.setattr("models.zones.watch.MOST_REMEMBERED", 2)
    watch = watching(SQUARE)
    for track, from_s in ((1, 0.0), (2, 10.0), (3, 4000.0), (3, 4010.0), (1, 4020.0)):
        found = walk(watch, [(0.5, 0.5), (0.2, 0.5)], track=track, from_s=from_s)
        firsts = [one.is_first for one in found if isinstance(one, Entered)]
        assert firsts == [(track, from_s) != (3, 4010.0)]


def test_zones_overlap_and_touch_the_border_of_the_frame() -> None:
    """A face half outside of the frame is in both."""
    left = Outline("left", ((0.0, 0.0), (0.3, 0.0), (0.3, 1.0), (0.0, 1.0)), is_line=False)
    half = Outline("half", ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)), is_line=False)
    watch = watching(left, half)

    assert [one.zone for one in walk(watch, [(0.001, 0.5)]) if isinstance(one, Entered)] == ["left", "half"]


def test_zones_can_change() -> None:
    """Who is in a zone that is redrawn leaves it and may enter it again; other zones are not touched."""
    other = Outline("other", ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9)), is_line=False)
    watch = watching(SQUARE, other)
    walk(watch, [(0.55, 0.5)] * 20)
    larger = SQUARE._replace(points=((0.3, 0.3), (0.7, 0.3), (0.7, 0.7)))

    assert list(watch.redraw([larger, other])) == [(1, "square", 0.0, pytest.approx(1.9))]
    assert walk(watch, [(0.55, 0.5)], from_s=2.0) == [(1, "square", 2.0, True)]
    assert watch.occupancy() == {"square": 1, "other": 1}


def test_a_stream_may_change_its_size() -> None:
    """Zones are shares: at 4:3 instead of 16:9 a person in the same part of the frame stays in the zone."""
    watch = watching(SQUARE)
    wide, narrow = 16 / 9, 4 / 3
    found = list(watch.update([(1, Place(0.5 * wide, 0.5, SIZE))], 0.0, wide))
    found += watch.update([(1, Place(0.5 * narrow, 0.5, SIZE))], 0.1, narrow)

    assert [type(one) for one in found] == [Entered]


def test_time_that_jumps_back_lets_everybody_leave() -> None:
    """A recording in a loop begins again."""
    watch = watching(SQUARE)
    walk(watch, [(0.5, 0.5)], from_s=5.0)

    assert [type(one) for one in walk(watch, [(0.5, 0.5)], from_s=0.0)] == [Left, Entered]


def test_occupancy_is_what_entered_less_what_left() -> None:
    """Of twenty people who walk at random for two minutes, some of whom are lost at times."""
    random.seed(4)
    zones = (SQUARE, Outline("corner", ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5)), is_line=False), DOOR)
    watch, count, net = watching(*zones), {"square": 0, "corner": 0}, 0
    ways = [[random.uniform(0.02, 0.2) for _ in range(4)] for _ in range(20)]
    for i in range(1200):
        time_s = i / 10
        places = [
            (n + 1, Place(0.5 + 0.45 * math.sin(a * time_s + n), 0.5 + 0.45 * math.sin(b * time_s + 2 * n), 0.04))
            for n, (a, b, _, _) in enumerate(ways)
            if (i + 17 * n) % 200 > 30
        ]
        for one in watch.update(places, time_s, 1.0):
            if isinstance(one, Crossed):
                net += 1 if one.direction == "in" else -1
            else:
                count[one.zone] += 1 if isinstance(one, Entered) else -1
        assert watch.occupancy() == count
    for one in watch.end():
        if isinstance(one, Left):
            count[one.zone] -= 1
    assert count == {"square": 0, "corner": 0}
