"""Explanations of lost frames."""

from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest

from benchmarks.whole.arrivals import Arrival
from benchmarks.whole.deeds import STAGES, Deed, draw
from benchmarks.whole.losses import Account, Gap, Harm, Mark, find_gaps, out_of_order, settle, unfinished, unobserved

pytestmark = pytest.mark.slow

S = 1_000_000_000


def arrivals(*orders: int, camera: str = "a", run: int = 0, state: str = "live") -> list[Arrival]:
    """Return frames, ten a second, of those numbers."""
    return [
        Arrival(
            camera=camera,
            run=run,
            order=order,
            frame=order,
            since_ns=run,
            captured_ns=run + order * S // 10,
            state=state,
            tracks=(1,),
        )
        for order in orders
    ]


def dropped(at_s: float, **counts: int) -> Mark:
    """Return the drops of camera `a` counted up to a time."""
    return Mark(round(at_s * S), Counter({(stage, "a"): count for stage, count in counts.items()}))


def test_gaps_are_found_within_a_process_of_a_camera_and_at_its_beginning() -> None:
    """Each process of a camera counts from 0, and cameras count separately."""
    gaps = find_gaps([*arrivals(0, 1, 4), *arrivals(0, 1, camera="b"), *arrivals(2, 3, run=100 * S)])

    assert gaps == [Gap("a", S // 10, 4 * S // 10, 2), Gap("a", 100 * S, 100 * S + 2 * S // 10, 2)]


def test_a_frame_out_of_order_or_twice() -> None:
    """Each such frame counts once; the frames after a late one do not."""
    assert out_of_order(arrivals(0, 1, 2, 5)) == 0
    assert out_of_order(arrivals(0, 2, 1, 3)) == 1
    assert out_of_order(arrivals(0, 1, 1, 2)) == 1
    assert out_of_order([*arrivals(0, 1, run=S), *arrivals(2)]) == 1


@pytest.mark.parametrize(
    ("harms", "marks", "expected"),
    [
        # nothing was done
        ([], [dropped(0), dropped(100)], Account(arrived=10, missing=3, lost=3)),
        # a stage counted two of them
        ([], [dropped(0), dropped(100, detect=2)], Account(arrived=10, missing=3, dropped=2, lost=1)),
        # more than enough, but of a stage on another way
        ([], [dropped(0), dropped(100, overlay=9)], Account(arrived=10, missing=3, lost=3)),
        # counted while a process on the path was down: no evidence for the time before
        (
            [Harm("detect", 60 * S, 62 * S)],
            [dropped(0), dropped(60), dropped(62, detect=9), dropped(100, detect=9)],
            Account(arrived=10, missing=3, lost=3),
        ),
        # the harmed process's own
        (
            [Harm("detect", 50 * S, 52 * S)],
            [dropped(0), dropped(50), dropped(52), dropped(100)],
            Account(arrived=10, missing=3, own=3),
        ),
        # harmed, but not on the way
        (
            [Harm("overlay", 50 * S, 52 * S), Harm("camera.b", 50 * S, 52 * S)],
            [dropped(0), dropped(50), dropped(52), dropped(100)],
            Account(arrived=10, missing=3, lost=3),
        ),
        # after the last look at the counters
        ([], [dropped(0), dropped(51.3)], Account(arrived=10, missing=3)),
    ],
)
def test_what_explains_a_gap(harms: list[Harm], marks: list[Mark], expected: Account) -> None:
    """Only a fault on the path, or a counted drop in the same quiet period, explains a gap."""
    gaps = [Gap("a", 50 * S, 50 * S + 4 * S // 10, 3)]

    account = settle("frames", Counter(a=10), gaps, harms, marks)
    assert replace(account, where=[]) == expected
    assert bool(account.where) == bool(expected.lost)


def test_every_face_of_every_frame_makes_an_observation() -> None:
    """A frame with a missing observation counts as a gap."""
    heard = {("a", 0.0, 0, 1), ("a", 0.0, 2, 1), ("b", 0.0, 1, 1)}

    assert unobserved(arrivals(0, 1, 2), heard) == [Gap("a", S // 10, S // 10, 1)]


def test_a_camera_that_is_told_to_stop_says_that_it_did() -> None:
    """Without its last frame, missing frames could not be detected."""
    frames = [*arrivals(0, 1, 2), *arrivals(3, state="ended")]

    assert unfinished(frames, [("a", S // 2), ("b", S // 2)]) == ["b"]
    assert unfinished(frames, [("a", 5 * S)]) == ["a"]


def test_a_seed_always_does_the_same_and_spares_whom_it_has_harmed() -> None:
    """A seed gives one sequence; faults spare recent targets and reach every target in the end."""

    def deeds(seed: int) -> list[Deed]:
        return list(islice(draw(seed, ["c0", "c1", "c2", "c3"], 1), 400))

    assert deeds(1) == deeds(1) != deeds(2)
    victims = [name for deed in deeds(1) for name in deed.whom]
    assert set(victims) == {*STAGES, *(f"camera.c{n}" for n in range(4)), "server.0"}
    assert all(name not in victims[n + 1 : n + 5] for n, name in enumerate(victims))
    assert {deed.kind for deed in deeds(1)} == {"kill", "freeze", "hold", "set", "mistake", "pause", "add"}
