"""What the benchmark of boxes counts: lost, late and doubled events."""

from typing import Any

import pytest

from benchmarks.boxes.accounts import Deed, Terms, Told, account, away_s, match, missing, overlap_s

TERMS = Terms(cameras=("hall",), from_s=0.0, to_s=100.0, interval_s=0.2, ttl_s=2.0)


def told(box: str, *frames: int, late_s: float = 0.0, first: int = 0) -> list[Told]:
    """Return an observation of each of these frames, five per second, which a box publishes at once."""
    return [
        Told(box, f"{box}.1.hall.{first + n}", "hall", first + n, "observation", frame / 5, frame / 5 + late_s)
        for n, frame in enumerate(frames)
    ]


def counted(fleet: list[Told], *deeds: Deed) -> dict[str, Any]:
    """Return the accounts of a fleet, against a single box that saw frames 0 to 99."""
    return account(told("single", *range(100)), fleet, deeds, TERMS)


def test_a_complete_fleet_has_lost_nothing() -> None:
    """Times of capture may differ by less than a frame; a camera may move between two boxes."""
    moved = [*told("a", *range(50)), *told("b", *range(50, 100), first=7)]
    shifted = [Told(*(*one_fields(one)[:5], one.at_s + 0.08, one.published_s)) for one in moved]
    found = counted(shifted)

    assert (found["expected"], found["arrived"], found["lost_otherwise"]) == (100, 100, 0)
    assert (found["frames_from_two_boxes"], found["duplicate_ids"], found["missing_in_sequences"]) == (0, 0, 0)
    assert (found["overlap_s"], found["beyond_the_single_box"]) == (0.0, 0)


def one_fields(one: Told) -> tuple[Any, ...]:
    """Return the fields of an event."""
    return one.box, one.number, one.camera, one.seq, one.kind, one.at_s, one.published_s


def test_losses_are_explained_only_by_a_failover_of_their_camera() -> None:
    """Frames 50 to 69 are lost, from 10 to 14 s; 90 is lost without a reason."""
    fleet = [*told("a", *range(50)), *told("b", *range(70, 90), *range(91, 100))]
    killed = Deed("killed", "a", ("hall",), 9.9, 20.0)
    found = counted(fleet, killed)

    assert (found["lost_in_failovers"], found["lost_otherwise"]) == (20, 1)
    assert found["unexplained"] == [{"camera": "hall", "at_s": 18.0, "lost": 1}]
    assert found["deeds"][0]["away_s"] == {"hall": pytest.approx(4.0)}
    assert counted(fleet, Deed("killed", "a", ("yard",), 9.9, 20.0))["lost_otherwise"] == 21


def test_what_two_boxes_publish_is_seen() -> None:
    """Both have frames 50 to 54; each box counts its own events."""
    found = counted([*told("a", *range(55)), *told("b", *range(50, 100), late_s=0.01)])

    assert found["frames_from_two_boxes"] == 5
    assert found["overlap_s"] == pytest.approx(1.0, abs=0.2)


def test_a_camera_that_comes_back_is_no_overlap() -> None:
    """Each box had it alone for seconds."""
    assert overlap_s([*told("a", *range(20)), *told("b", *range(20, 60)), *told("a", *range(60, 99))]) == 0.0


def test_a_frozen_box_must_be_silent_after_it_woke() -> None:
    """What it published before counts for nothing."""
    deed = Deed("frozen", "a", ("hall",), 4.0, 19.0, silent_from_s=10.0)
    fleet = [*told("a", *range(20), 51, 52), *told("b", *range(35, 100))]

    assert counted(fleet, deed)["deeds"][0]["late"] == 2


def test_doubled_and_missing_numbers_are_counted() -> None:
    """Per process that published: another one begins again."""
    fleet = [*told("a", 0, 1, 2), *told("a", 0), *told("a", 9, first=8)]

    assert counted(fleet)["duplicate_ids"] == 1
    assert missing(fleet) == 5


def test_two_faces_in_a_frame_are_two_events() -> None:
    """One of them is lost."""
    single, fleet = told("single", 0, 0, 1), told("a", 0, 1)
    frames, beyond = match(single, fleet, 0.2)

    assert ([frame.lost for frame in frames["hall"]], beyond) == ([1, 0], 0)
    assert away_s(frames["hall"], Deed("none", "", ("hall",), 0.0, 9.0)) == 0.0
