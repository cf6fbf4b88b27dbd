"""Events that the history writes for frames."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.history.read import EventRow, read_history
from pipeline.messages import Alert
from tests.stages.history.keeping import RUN, Kept, frame


def test_each_event_says_whose_clock_its_time_is_of(kept: Kept) -> None:
    """The camera's, once it is known; of a state without a frame this machine's."""
    kept.see(frame(100, (1, "sad")), frame(100.1, (1, "sad"), clock="ntp"), frame(100.2, (1, "happy"), clock="ntp"))
    kept.see(frame(103, state="offline"))
    rows = [row for row in read_history(kept.path, "events") if isinstance(row, EventRow)]

    assert [(row.type, row.clock) for row in rows] == [
        ("camera", "arrival"),
        ("appeared", "arrival"),
        ("changed", "ntp"),
        ("camera", "arrival"),
    ]


def test_who_came_changed_and_left_is_kept(kept: Kept) -> None:
    """Events have the time of their frame; changes of the camera's state are kept too."""
    kept.see(frame(100, (1, "sad")), frame(100.1, (1, "happy")), frame(102), frame(103, state="offline", error="gone"))

    assert kept.events() == [
        (100, "camera", "", "live"),
        (100, "appeared", "", "sad"),
        (100.1, "changed", "sad", "happy"),
        (102, "lost", "", ""),
        (103, "camera", "live", "offline"),
    ]
    rows = [row for row in read_history(kept.path, "events") if isinstance(row, EventRow)]
    assert rows[3].seconds == pytest.approx(0.1)
    assert rows[4].detail == "gone"
    assert {row.run for row in rows} == {RUN // 1_000_000}


def test_a_new_start_of_a_camera_begins_anew(kept: Kept) -> None:
    """Equal track numbers are other people."""
    kept.see(frame(60, (1, "happy")), frame(60.5, (1, "happy")), frame(61, (1, "sad"), run=9_000_000, pts_ns=0))
    kept.see(frame(62, (1, "sad"), run=9_000_000, pts_ns=10**9))

    assert [(event[1], event[3]) for event in kept.events()] == [
        ("camera", "live"),
        ("appeared", "happy"),
        ("lost", ""),
        ("appeared", "sad"),
    ]
    assert {(row.run, row.track) for row in kept.minutes()} == {(7, 1), (9, 1)}


@pytest.mark.parametrize("state", ["live", "ended", "offline"])
def test_people_leave_with_a_camera_that_was_removed(kept: Kept, state: Any) -> None:
    """Also if its process has crashed, so that its stream has no end. One of the same name is new."""
    kept.see(frame(100, (1, "sad")), frame(100.1, (1, "sad")), frame(100.1, camera="yard"))
    if state != "live":
        kept.see(frame(100.2, state=state))
    kept.clock = 103
    kept.stage.keep({"hall", "yard"})
    kept.stage.keep({"yard"})
    kept.see(frame(105, (1, "sad"), run=9_000_000))

    events = [event[1:] for event in kept.events() if event[1] != "appeared"]
    before = [("camera", "", "live"), ("camera", "", "live")]
    after = [("camera", state, "ended")] if state != "ended" else []
    offline = [("camera", "live", state)] if state != "live" else []
    assert events == [*before, *offline, *after, ("lost", "", ""), ("camera", "", "live")]


def test_alerts_of_a_camera_that_was_removed_are_cleared(kept: Kept) -> None:
    """If no other camera runs, no frame does it."""
    kept.see(frame(100, alerts=(Alert(id="1", name="crowd", camera="hall", when="count > 5", raised_s=100),)))
    kept.clock = 103
    kept.stage.keep(set())

    assert kept.events()[1:] == [
        (100, "alert_raised", "crowd", ""),
        (103, "camera", "live", "ended"),
        (103, "alert_cleared", "crowd", "removed"),
    ]


def test_those_counted_anew_in_the_same_run_are_others(kept: Kept) -> None:
    """The stage that follows people died and counts from 1 again: nobody gets another's time, label or arrival."""
    first, second = {"counted_ns": 60 * 10**9}, {"counted_ns": 61 * 10**9}
    kept.see(frame(60, (1, "happy"), **first), frame(60.5, (1, "happy"), **first))
    kept.see(frame(61, (1, "sad"), **second), frame(61.5, (1, "sad"), **second), frame(63, **second))
    events = [row for row in read_history(kept.path, "events") if isinstance(row, EventRow)]
    minutes = {(row.run, row.since, row.track): dict(row.seconds) for row in kept.minutes()}

    assert [(row.since, row.type, row.after) for row in events[1:]] == [
        (60_000, "appeared", "happy"),
        (60_000, "lost", ""),
        (61_000, "appeared", "sad"),
        (61_000, "lost", ""),
    ]
    assert minutes.keys() == {(7, 60_000, 1), (7, 61_000, 1)}
    assert minutes[7, 60_000, 1]["happy"] == pytest.approx(0.5)
    assert (minutes[7, 61_000, 1]["happy"], minutes[7, 61_000, 1]["sad"]) == (0.0, pytest.approx(0.5))


def test_a_restart_repeats_nobody(tmp_path: Path) -> None:
    """Who stays has appeared once, and left once after the whole stay."""
    first = Kept(tmp_path / "h.sqlite")
    first.see(frame(100.0, (1, "sad"), (2, "happy")), frame(101.0, (1, "sad"), (2, "happy")))
    first.stage.close()
    second = Kept(tmp_path / "h.sqlite")
    second.see(frame(103.0, (1, "happy")), frame(105.0, (1, "happy")), frame(110.0))
    second.stage.close()

    people = [event for event in second.events() if event[1] != "camera"]
    assert [(kind, before, after) for _, kind, before, after in people] == [
        ("appeared", "", "sad"),
        ("appeared", "", "happy"),
        ("changed", "sad", "happy"),
        ("lost", "", ""),
        ("lost", "", ""),
    ]
    stays = [row.seconds for row in read_history(tmp_path / "h.sqlite", "events") if row.type == "lost"]  # type: ignore[union-attr]
    assert stays == [3.0, 5.0]


def test_alerts_are_kept(kept: Kept) -> None:
    """When each was raised and cleared, for how long, and why."""
    one = Alert(id="1", name="crowd", camera="hall", when="count > 5", raised_s=90.0)
    kept.see(frame(100.0, alerts=(one,)), frame(101.0, alerts=(one,)))
    kept.see(frame(102.0, alerts=(replace(one, cleared_s=101.5, reason="missing"),)))

    rows = [row for row in read_history(kept.path, "events") if isinstance(row, EventRow) and row.type != "camera"]
    assert [(row.at, row.type, row.before, row.after, row.seconds, row.detail) for row in rows] == [
        (90.0, "alert_raised", "crowd", "", 0.0, "count > 5"),
        (101.5, "alert_cleared", "crowd", "missing", 11.5, "count > 5"),
    ]
