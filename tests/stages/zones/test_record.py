"""Rows of a history about zones, and the audience that is made of them."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.history.audience import Audience, AudienceRow, By
from pipeline.history.read import EventRow, read_history
from pipeline.messages import Frame
from stages.history import HistoryFile
from tests.support.zones.zoned import ABOVE, BELOW, DESK, INSIDE, zoned

START = 10**9 - 10**9 % 3600
"""A full hour, UNIX seconds."""


def at(second: float, people: dict[int, tuple[float, float]], **more: Any) -> Frame:
    """Return the frame of a moment after START."""
    n = round(second * 10)
    return zoned(n, people, **{"captured_ns": START * 10**9 + n * 10**8, **more})


def keep(path: Path, frames: Iterable[Frame], **options: Any) -> Path:
    """Record frames; return the file."""
    with closing(HistoryFile(path=str(path / "h.sqlite"), **options)) as stage:
        for frame in frames:
            stage.now = lambda frame=frame: frame.captured_ns / 1e9  # type: ignore[misc]
            assert list(stage.process([frame])) == []
    return path / "h.sqlite"


def visitors(count: int, *, each_s: float = 10.0, inside_s: float = 5.0, **more: Any) -> Iterable[Frame]:
    """Yield frames of people who come one after the other, stay at the desk, and leave through the door."""
    for n in range(round(count * each_s * 10)):
        second = n / 10
        track, phase = 1 + int(second // each_s), second % each_s
        outside = ABOVE if phase < 2 else BELOW
        if phase < 2 + inside_s + 2:
            yield at(second, {track: INSIDE if 2 <= phase < 2 + inside_s else outside}, **more)
        else:
            yield at(second, {}, **more)


def rows(path: Path, by: By = "minute", **options: Any) -> dict[tuple[float, str], AudienceRow]:
    """Return the audience by seconds after START and zone."""
    return {(row.at - START, row.zone): row for row in Audience(path, by, **{"least": 1, "utc": True, **options})}


def test_events_of_zones_are_kept(tmp_path: Path) -> None:
    """With the zone or line, the seconds inside and the direction."""
    path = keep(tmp_path, [*visitors(1), at(10, {}, state="ended")])
    found = [row for row in read_history(path, "events") if isinstance(row, EventRow) and row.zone]

    assert [(row.type, row.zone, row.track, row.seconds, row.after) for row in found] == [
        ("zone_entered", "desk", 1, 0.0, ""),
        ("line_crossed", "door", 1, 0.0, "in"),
        ("zone_left", "desk", 1, pytest.approx(5.0, abs=0.1), ""),
    ]


def test_the_audience_adds_up(tmp_path: Path) -> None:
    """Twelve visitors in two minutes, five seconds each, one way through the door."""
    path = keep(tmp_path, visitors(12))
    minutes, zones = rows(path), rows(path, "zone")

    for minute in (0, 60):
        desk, door, frame = (minutes[minute, name] for name in ("desk", "door", ""))
        assert (desk.people, desk.visitors, desk.visits) == (6, 6, 6)
        assert desk.present_s == pytest.approx(30, abs=0.7)
        assert desk.dwell_s == pytest.approx(5, abs=0.12)
        assert (door.ins, door.outs, door.people, door.dwell_s) == (6, 0, 6, None)
        assert (frame.people, frame.visitors, frame.present_s) == (6, 6, pytest.approx(54, abs=1.3))
    assert (zones[0, "desk"].people, zones[0, "desk"].visits, zones[0, "door"].ins) == (12, 12, 12)
    assert rows(path, "hour")[0, "desk"].present_s == pytest.approx(60, abs=1.3)
    assert rows(path, "day").keys() == {(START // 86_400 * 86_400 - START, name) for name in ("", "desk", "door")}


LAST = [{"state": "ended"}, {"state": "offline"}, {"counted_ns": 9 * 10**9}]
"""What ends everybody's visit: the stream, the connection, the numbering."""


@pytest.mark.parametrize("last", LAST)
@pytest.mark.parametrize("second", [2.0, 61.0])
def test_who_was_on_a_line_at_the_end_is_in_the_sums(tmp_path: Path, last: dict[str, Any], second: float) -> None:
    """As in the events; in the minute of the last frame."""
    frames = [at(0, {1: ABOVE}), at(1, {1: (0.2, 0.51)}), at(second, {}, **last)]
    path = keep(tmp_path, frames)
    events = [row for row in read_history(path, "events") if isinstance(row, EventRow) and row.zone == "door"]

    assert [row.after for row in events] == ["in"]
    assert rows(path)[0, "door"].ins == 1
    least = keep(tmp_path / "least", [*frames, at(70, {}), at(130, {})], aggregate_only=True, min_people=1)
    assert sum(row.ins for (_, zone), row in rows(least).items() if zone == "door") == 1


def test_a_visit_over_two_minutes_counts_once(tmp_path: Path) -> None:
    """Its seconds are in both; who comes back is a visit more and no new visitor."""
    stay = [at(n / 10, {1: INSIDE}) for n in range(500, 700)] + [at(70, {1: ABOVE})]
    path = keep(tmp_path, [*stay, *(at(n / 10, {1: INSIDE}) for n in range(701, 750))])
    first, second = (rows(path)[minute, "desk"] for minute in (0, 60))

    assert (first.visits, first.visitors, round(first.present_s)) == (1, 1, 10)
    assert (second.visits, second.visitors, second.people, round(second.present_s)) == (1, 0, 1, 15)
    assert (rows(path, "hour")[0, "desk"].people, rows(path, "hour")[0, "desk"].visitors) == (1, 1)


def test_attention_needs_landmarks(tmp_path: Path) -> None:
    """The share and the seconds of facing the camera; None where nothing was measured."""
    measured = [at(n / 10, {1: INSIDE}, facing=n < 150) for n in range(200)]
    unmeasured = [at(n / 10, {1: INSIDE}) for n in range(700, 800)]
    path = keep(tmp_path, [*measured, *unmeasured])
    first, second = (rows(path)[minute, "desk"] for minute in (0, 60))

    assert first.facing == pytest.approx(0.75, abs=0.01)
    assert first.attention_s == pytest.approx(15, abs=0.1)
    assert (second.facing, second.attention_s) == (None, None)
    assert rows(path)[0, ""].facing == first.facing


def test_attention_is_for_the_screen_of_the_zone(tmp_path: Path) -> None:
    """A face 30 degrees to the right looks at the screen at 40, and not into the camera."""
    zones = (replace(DESK, screen_deg=40.0), replace(DESK, name="plain"))
    turned = [
        replace(frame, faces=tuple(replace(face, yaw=30.0) for face in frame.faces))
        for frame in (at(n / 10, {1: INSIDE}, facing=False, zones=zones) for n in range(100))
    ]
    found = rows(keep(tmp_path, turned))

    assert (found[0, "desk"].facing, found[0, "plain"].facing) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("labels", "mood"),
    [
        (("happy", "sad"), 0.0),
        (("happy", "neutral"), 0.5),
        (("angry", "sad"), -1.0),
        (("uncertain", "uncertain"), None),
    ],
)
def test_the_mood_is_between_sad_and_happy(tmp_path: Path, labels: tuple[str, str], mood: float | None) -> None:
    """Half of the time one label, half the other; uncertain does not count."""
    path = keep(tmp_path, [at(n / 10, {1: INSIDE}, label=labels[n > 100]) for n in range(201)])
    found = rows(path)[0, "desk"].mood

    assert found == (None if mood is None else pytest.approx(mood, abs=0.02))


def test_rows_about_few_people_are_withheld(tmp_path: Path) -> None:
    """And counted; over a longer step there are enough."""
    path = keep(tmp_path, visitors(12))
    minutes, hours = Audience(path, "minute", least=7), Audience(path, "hour", least=7)

    assert list(minutes) == []
    assert minutes.withheld == 6
    assert [row.people for row in hours] == [12, 12, 12]
    assert hours.withheld == 0


def test_totals_alone_are_kept_of_enough_people(tmp_path: Path) -> None:
    """Twelve visitors of five seconds; a minute with six is joined with the next if eight are asked for."""
    options = {"aggregate_only": True}
    frames = [*visitors(12), at(121, {})]
    five, eight = (keep(tmp_path / str(least), frames, **options, min_people=least) for least in (5, 8))

    assert [row for row in read_history(five, "events") if isinstance(row, EventRow) and row.track] == []
    assert [rows(five)[minute, "desk"].people for minute in (0, 60)] == [6, 6]
    assert [rows(five)[minute, "desk"].visitors for minute in (0, 60)] == [6, 6]
    assert [(key, row.people) for key, row in rows(eight).items() if key[1]] == [((60, "desk"), 12), ((60, "door"), 12)]
    assert rows(eight)[60, "desk"].present_s == pytest.approx(60, abs=1.3)
    assert rows(five)[0, ""].visitors is None


def test_a_camera_can_be_chosen(tmp_path: Path) -> None:
    """And a span of time."""
    path = keep(tmp_path, [*visitors(6), *visitors(6, camera="yard")])

    assert {row.camera for row in Audience(path, least=1)} == {"hall", "yard"}
    assert {row.camera for row in Audience(path, cameras=["yard"], least=1)} == {"yard"}
    assert list(Audience(path, from_s=START + 60, least=1)) == []


def test_who_stays_is_not_counted_again_after_a_restart(tmp_path: Path) -> None:
    """The process that writes is replaced while somebody is at the desk: one visit, of the whole time."""
    frames = [at(n / 10, {1: ABOVE if n < 5 or n > 100 else INSIDE}) for n in range(120)]
    keep(tmp_path, frames[:50])
    path = keep(tmp_path, frames[60:])
    found = [row for row in read_history(path, "events") if isinstance(row, EventRow) and row.zone == "desk"]

    assert [(row.type, row.seconds) for row in found] == [
        ("zone_entered", 0.0),
        ("zone_left", pytest.approx(9.6, abs=0.2)),
    ]
    assert rows(path)[0, "desk"].visits == 1


@pytest.mark.parametrize("step_s", [1.1, 2.0, 5.0])
def test_a_slow_camera_measures_the_same_times(tmp_path: Path, step_s: float) -> None:
    """A person at the desk is there between two frames, too, in the frame's sums and in the zone's."""
    path = keep(tmp_path, [at(round(n * step_s, 1), {1: INSIDE}, facing=True) for n in range(11)])
    found = rows(path, "zone")

    for row in found[0, ""], found[0, "desk"]:
        assert (row.people, row.present_s) == (1, pytest.approx(10 * step_s, abs=0.01))
        assert (row.facing, row.attention_s) == (1.0, pytest.approx(10 * step_s, abs=0.01))
