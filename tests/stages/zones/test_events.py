"""Events about zones and lines."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from pipeline.cli.events import describe
from pipeline.events import AnyEvent, topic_of
from pipeline.messages import Frame
from stages.event_stream import STATE_EVERY_S, EventStream
from tests.support.zones.zoned import ABOVE, BELOW, DESK, DOOR, INSIDE, zoned

ZONE_TYPES = ("zone_entered", "zone_left", "line_crossed", "occupancy", "zone_aggregate", "line_aggregate")


def read(frames: Iterable[Frame], **options: Any) -> list[dict[str, Any]]:
    """Return the events about zones in frames."""
    stream = EventStream(**options)
    found: list[AnyEvent] = []
    for frame in frames:
        stream.now = lambda frame=frame: frame.captured_ns / 1e9 + 0.05  # type: ignore[misc]
        found += stream.read(frame)
    events = [msgspec.to_builtins(one) for one in found]
    assert [one["seq"] for one in events] == list(range(len(events)))
    return [one for one in events if one["type"] in ZONE_TYPES]


def short(events: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return what they say beside who and when."""
    names = ("type", "track", "zone", "line", "direction", "occupancy", "dwell_s")
    return [tuple(one[name] for name in names if name in one) for one in events]


def test_a_visit_is_two_events_and_two_changes_of_occupancy() -> None:
    """With the seconds inside; the line in front of the zone is crossed on the way."""
    ways = [ABOVE] * 3 + [INSIDE] * 21 + [BELOW] * 3
    frames = [zoned(n, {7: place}) for n, place in enumerate(ways)]
    events = read(frames)

    assert short(events) == [
        ("occupancy", "desk", 0),
        ("zone_entered", 7, "desk", 1),
        ("line_crossed", 7, "door", "in"),
        ("occupancy", "desk", 1),
        ("zone_left", 7, "desk", 0, pytest.approx(2.1, abs=0.1)),
        ("occupancy", "desk", 0),
    ]
    assert {one["since"] for one in events if "track" in one} == {5.0}
    assert (events[1]["camera"], events[1]["pts_ms"]) == ("hall", 300.0)


def test_two_people_are_counted_one_after_the_other() -> None:
    """Also when both enter with the same frame; a third one who stays outside is not."""
    inside = {1: INSIDE, 2: (0.45, 0.45), 3: ABOVE}
    events = read([zoned(0, dict.fromkeys((1, 2, 3), ABOVE)), zoned(1, inside), zoned(2, dict.fromkeys((1, 2), ABOVE))])

    assert [one[3] for one in short(events) if one[0] == "zone_entered"] == [1, 2]
    assert [one[3] for one in short(events) if one[0] == "zone_left"] == [1, 0]
    assert [one[2] for one in short(events) if one[0] == "occupancy"] == [0, 2, 0]


@pytest.mark.parametrize(
    "last",
    [
        {"state": "ended"},
        {"state": "offline", "error": "gone"},
        {"zones": ()},
        {"run": 2},
        {"counted_ns": 9 * 10**9},
    ],
)
def test_everybody_leaves_when_the_camera_or_its_zones_end(last: dict[str, Any]) -> None:
    """And after a restart of the camera or of the tracking, whose numbers are other people."""
    events = read([zoned(n, {1: INSIDE}) for n in range(11)] + [zoned(11, {}, **last)])

    assert [one[:3] for one in short(events) if one[0] == "zone_left"] == [("zone_left", 1, "desk")]
    assert next(one["dwell_s"] for one in events if one["type"] == "zone_left") == 1.0
    assert next(one["since"] for one in events if one["type"] == "zone_left") == 5.0
    if "zones" not in last:
        assert short(events)[-1] == ("occupancy", "desk", 0)


def test_a_recording_that_is_read_slowly_loses_nobody() -> None:
    """It may be `stalled` for a while; a camera that stalls is interrupted."""
    for lossless, count in ((True, 1), (False, 2)):
        frames = [zoned(n, {1: INSIDE}, lossless=lossless) for n in range(5)]
        frames.insert(3, zoned(2, {}, state="stalled", lossless=lossless))
        assert [one["type"] for one in read(frames)].count("zone_entered") == count


def test_occupancy_is_repeated_for_late_subscribers() -> None:
    """Every five seconds, like the state of the camera."""
    events = read(zoned(n, {1: INSIDE}) for n in range(0, 121))

    assert [one["pts_ms"] for one in events if one["type"] == "occupancy"] == [0.0, 5000.0, 10_000.0]
    assert STATE_EVERY_S == 5.0


def test_without_zones_there_are_no_such_events() -> None:
    """Also in sums."""
    frames = [zoned(n, {1: INSIDE}, zones=()) for n in range(300)]

    assert read(frames) == read(frames, aggregate_s=10.0) == []


def test_totals_concern_enough_people() -> None:
    """One visitor in each of three periods: nothing for two of them, then a total over all three."""
    outside = [(0.2, 0.2), (0.5, 0.2), (0.8, 0.2), (0.9, 0.2)]
    frames = [zoned(n, {1 + n // 100: INSIDE if 20 <= n % 100 < 70 else outside[n // 100]}) for n in range(301)]
    events = read(frames, aggregate_s=10.0, min_people=3)
    (desk, door) = events

    assert (desk["type"], desk["zone"], desk["people"], desk["visits"]) == ("zone_aggregate", "desk", 3, 3)
    assert (desk["period_s"], desk["began_at"]) == (30.0, 1e9)
    assert desk["dwell_s"] == pytest.approx(3 * 5.0, abs=0.31)
    assert desk["emotions_ms"] == {"happy": pytest.approx(15_000, abs=310)}
    assert desk["occupancy"] is None
    assert (door["type"], door["line"], door["people"], door["in"], door["out"]) == ("line_aggregate", "door", 3, 3, 3)
    assert not any("track" in one or "since" in one for one in events)


def test_nothing_of_fewer_people_leaves() -> None:
    """Neither at the end of the stream, nor of a zone that is removed."""
    frames = [zoned(n, dict.fromkeys(range(1, 5), INSIDE)) for n in range(150)]
    frames += [zoned(n, {}, zones=(DOOR,)) for n in range(150, 300)]
    frames.append(zoned(300, {}, state="ended"))

    assert read(frames, aggregate_s=10.0) == []
    assert [one["people"] for one in read(frames, aggregate_s=10.0, min_people=4) if "zone" in one] == [4]


def test_a_restart_loses_no_counts() -> None:
    """Of the tracking stage, in the middle of a period: who was there before counts, too."""
    frames = [zoned(n, {1: INSIDE, 2: (0.45, 0.45)}) for n in range(50)]
    frames += [zoned(n, {1: (0.55, 0.45)}, counted_ns=9 * 10**9) for n in range(50, 101)]
    (desk,) = read(frames, aggregate_s=10.0, min_people=3)

    assert (desk["people"], desk["visits"]) == (3, 3)
    assert desk["dwell_s"] == pytest.approx(2 * 4.9 + 4.9, abs=0.2)


@pytest.mark.parametrize("last", [{"state": "ended"}, {"state": "offline"}, {"counted_ns": 9 * 10**9}])
def test_who_was_on_a_line_at_the_end_is_in_the_totals(last: dict[str, Any]) -> None:
    """As in the events of single people."""
    frames = [zoned(0, {1: ABOVE}), zoned(10, {1: (0.2, 0.51)}), zoned(20, {}, **last), zoned(150, {}), zoned(300, {})]

    assert [one["direction"] for one in read(frames) if "direction" in one] == ["in"]
    assert sum(one["in"] for one in read(frames, aggregate_s=10.0, min_people=1) if "in" in one) == 1


def test_a_minimum_of_one_publishes_every_period() -> None:
    """Also of nobody, with the number of people who are there at its end."""
    frames = [zoned(n, {1: INSIDE} if n < 150 else {}) for n in range(301)]
    events = read(frames, aggregate_s=10.0, min_people=1)

    assert [(one["people"], one["occupancy"]) for one in events if "zone" in one] == [(1, 1), (1, 0), (0, 0)]


def test_each_event_has_a_topic_and_a_line() -> None:
    """Of its zone or line."""
    stream = EventStream()
    events = [one for n, place in enumerate([ABOVE, INSIDE, BELOW]) for one in stream.read(zoned(n, {1: place}))]
    events += EventStream(0.0, 10.0, 1).read(zoned(0, {1: INSIDE}))
    sums = EventStream(0.0, 10.0, 1)
    events += [one for n in (0, 100) for one in sums.read(zoned(n, {1: INSIDE}))]
    found = {topic_of(one): describe(one) for one in events}

    assert {"zone.hall.desk", "line.hall.door", "camera.hall", "emotion.hall.1", "aggregate.hall"} == set(found)
    lines = "\n".join(describe(one) for one in events)
    for text in ("#1  entered desk, which has 1", "#1  crossed door in", "desk has 1", "left desk after"):
        assert text in lines


def test_a_zone_that_is_redrawn_begins_again() -> None:
    """Who is in it leaves the old one and enters the new one; another zone is not concerned."""
    larger = replace(DESK, points=((0.3, 0.3), (0.7, 0.3), (0.7, 0.7)))
    events = read([zoned(0, {1: INSIDE}), zoned(1, {1: (0.6, 0.55)}, zones=(larger, DOOR))])

    assert [one[:3] for one in short(events)] == [
        ("zone_entered", 1, "desk"),
        ("occupancy", "desk", 1),
        ("zone_left", 1, "desk"),
        ("zone_entered", 1, "desk"),
    ]
