"""Which box runs which camera."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.fleet.placement import place
from pipeline.fleet.records import Box


def box(capacity: int = 10, **options: Any) -> Box:
    """Return a box."""
    return Box(session="s", capacity=capacity, **options)


def plans(plan: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return plans, written as words of one-letter cameras."""
    return {name: frozenset(cameras) for name, cameras in plan.items()}


def test_cameras_go_where_there_is_most_room() -> None:
    """And nobody gets more than it can run; what is left over is named."""
    found = place("abcd", {"x": box(1), "y": box(2)}, (), {})

    assert found.plan == plans({"x": "b", "y": "ac"})
    assert found.unplaced == {"d": "every box is at its capacity"}


def test_cameras_stay_where_they_are() -> None:
    """A new box with more room changes nothing."""
    plan = plans({"x": "abc"})

    assert place("abc", {"x": box(), "y": box(100)}, (), plan).plan == plans({"x": "abc", "y": ""})


def test_cameras_of_a_dead_box_go_to_others() -> None:
    """Those of the others stay."""
    found = place("abcd", {"y": box(), "z": box()}, (), plans({"x": "ab", "y": "c", "z": "d"}))

    assert {camera for cameras in found.plan.values() for camera in cameras} == set("abcd")
    assert "c" in found.plan["y"]
    assert "d" in found.plan["z"]


def test_a_drained_box_moves_one_camera_at_a_time() -> None:
    """It runs on until the other box has it ready."""
    boxes = {"x": box(holds=("a", "b")), "y": box()}
    first = place("ab", boxes, ("x",), plans({"x": "ab"}))
    assert first.plan == plans({"x": "ab", "y": "a"})

    assert place("ab", boxes, ("x",), first.plan).plan == first.plan
    boxes["y"] = box(ready=("a",))
    second = place("ab", boxes, ("x",), first.plan)
    assert second.plan == plans({"x": "b", "y": "ab"})

    boxes = {"x": box(), "y": box(holds=("a", "b"))}
    assert place("ab", boxes, ("x",), plans({"x": "", "y": "ab"})).plan == plans({"x": "", "y": "ab"})


def test_a_drain_that_is_undone_leaves_the_camera() -> None:
    """The second box forgets it."""
    boxes = {"x": box(holds=("a",)), "y": box(ready=("a",))}

    assert place("a", boxes, (), plans({"x": "a", "y": "a"})).plan == plans({"x": "a", "y": ""})


def test_a_box_that_dies_while_a_camera_moves_loses_nothing() -> None:
    """Whichever of the two it is."""
    plan = plans({"x": "a", "y": "a"})

    assert place("a", {"x": box(holds=("a",))}, ("x",), plan).plan == plans({"x": "a"})
    assert place("a", {"y": box()}, ("x",), plan).plan == plans({"y": "a"})


@pytest.mark.parametrize(
    ("boxes", "draining", "why"),
    [
        ({}, (), "no box is connected"),
        ({"x": box(0)}, (), "every box is at its capacity"),
        ({"x": box()}, ("x",), "all boxes are drained"),
        ({"x": box(refuses={"a": "no such file"})}, (), "x: no such file"),
        ({"x": box(refuses={"a": "no"}), "y": box(0)}, (), "every box that can run it is at its capacity"),
    ],
)
def test_a_camera_that_no_box_takes_is_named(boxes: dict[str, Box], draining: tuple[str, ...], why: str) -> None:
    """With the reason."""
    assert place("a", boxes, draining, {}).unplaced == {"a": why}


def test_a_camera_that_its_box_refuses_goes_to_another() -> None:
    """At once."""
    found = place("a", {"x": box(refuses={"a": "no"}), "y": box(1)}, (), plans({"x": "a"}))

    assert found.plan == plans({"x": "", "y": "a"})


def test_a_removed_camera_is_in_no_plan() -> None:
    """Nor is one that was moving."""
    assert place("", {"x": box(holds=("a",)), "y": box()}, (), plans({"x": "a", "y": "a"})).plan == plans(
        {"x": "", "y": ""}
    )


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whatever_happens_no_box_is_above_its_capacity(data: st.DataObject) -> None:
    """Every camera is in a plan or named; at most two boxes prepare it; a second call with the same changes nothing."""
    names = st.sampled_from("abcdefgh")
    some = st.frozensets(names)
    boxes = {
        name: box(data.draw(st.integers(0, 4)), holds=tuple(data.draw(some)), ready=tuple(data.draw(some)))
        for name in data.draw(st.frozensets(st.sampled_from("wxyz")))
    }
    draining = data.draw(st.frozensets(st.sampled_from("wxyz")))
    cameras = data.draw(some)
    plan = {name: data.draw(some) for name in "wxyz"}

    found = place(cameras, boxes, draining, plan)

    planned = [camera for one in found.plan.values() for camera in one]
    assert all(len(one) <= boxes[name].capacity for name, one in found.plan.items())
    assert set(planned) | found.unplaced.keys() == cameras
    assert all(planned.count(camera) <= 2 for camera in cameras)
