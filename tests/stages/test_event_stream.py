"""The last events of cameras that were removed from the run."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from pipeline.events import AnyEvent
from pipeline.messages import Alert, Frame
from stages.event_stream import EventStream
from tests.support.frames import make_face, make_frame
from tests.support.zones.zoned import ABOVE, INSIDE, zoned


def plain(events: Iterable[AnyEvent]) -> list[dict[str, Any]]:
    """Return events as subscribers get them."""
    return [msgspec.to_builtins(event) for event in events]


def read(stream: EventStream, *frames: Frame) -> list[dict[str, Any]]:
    """Return the events of frames."""
    return [event for frame in frames for event in plain(stream.read(frame))]


def test_who_was_present_leaves_and_the_camera_is_removed() -> None:
    """As if the stream had ended; the last event says why. The other camera has no event."""
    stream = EventStream()
    read(stream, make_frame(camera="other"), zoned(0, {1: INSIDE, 2: ABOVE}))
    before = read(stream, zoned(1, {1: INSIDE, 2: ABOVE}))[-1]["seq"]
    found = plain(stream.keep({"other"}))

    assert [(e["type"], e.get("track")) for e in found] == [
        ("lost", 1),
        ("lost", 2),
        ("zone_left", 1),
        ("occupancy", None),
        ("camera", None),
    ]
    assert [e["seq"] for e in found] == list(range(before + 1, before + 6))
    assert {e["camera"] for e in found} == {"hall"}
    assert (found[-1]["state"], found[-1]["removed"]) == ("ended", True)
    assert list(stream.keep({"other"})) == list(stream.keep({"other", "hall"})) == []


@pytest.mark.parametrize("state", ["ended", "offline", "stalled"])
def test_a_camera_that_sends_nothing_is_removed(state: Any) -> None:
    """Nothing but the list of cameras reports it; until then it is the run's."""
    stream = EventStream()
    read(stream, make_frame(), make_frame(1, state=state, error="why", fault="broken"))

    assert list(stream.keep({"hall"})) == []
    (last,) = plain(stream.keep(set()))
    assert (last["state"], last["error"], last["fault"], last["removed"]) == ("ended", None, "", True)


def test_people_of_a_new_numbering_leave_too() -> None:
    """Of one that began after the last event of the camera."""
    stream = EventStream()
    read(stream, make_frame(), make_frame(1, [make_face(5)], counted_ns=7))

    found = plain(stream.keep(set()))
    assert [(e["type"], e.get("track"), e.get("since")) for e in found] == [("lost", 5, 7e-9), ("camera", None, None)]


def test_a_camera_that_has_yet_to_come_is_not_removed() -> None:
    """An earlier process knew it; at the start of a box, the cameras of its fleet are not in the run yet."""
    before, stream = EventStream(), EventStream()
    read(before, make_frame(0, [make_face(3)]))
    stream.resume(before.presence())
    assert list(stream.keep(set())) == []

    assert [e["type"] for e in read(stream, make_frame(1, [make_face(3)]))] == ["camera", "observation"]


def test_sums_are_completed() -> None:
    """With `aggregate_only` the last period is published."""
    stream = EventStream(aggregate_s=10.0, min_people=1)
    read(stream, make_frame(0, [make_face(1)]), make_frame(1, [make_face(1)]))

    assert [(e["type"], e.get("people")) for e in plain(stream.keep(set()))] == [("aggregate", 1), ("camera", None)]


def test_a_camera_that_comes_back_continues_the_numbers() -> None:
    """Receivers know events by them, and count losses."""
    stream = EventStream()
    read(stream, make_frame(0, [make_face(1)]))
    last = plain(stream.keep(set()))[-1]["seq"]
    found = read(stream, make_frame(0, [make_face(1)], run=2))

    assert [e["type"] for e in found] == ["camera", "appeared", "observation"]
    assert ([e["seq"] for e in found], found[0]["removed"]) == ([last + 1, last + 2, last + 3], False)


def test_alerts_are_cleared() -> None:
    """Once, also if no other camera runs; the camera's last event follows."""
    alert = Alert(id="1", name="crowd", camera="hall", when="count > 5", raised_s=1e9)
    stream = EventStream()
    stream.now = lambda: 1e9 + 9
    read(stream, make_frame(alerts=(alert,)), make_frame(camera="yard", alerts=()))
    found = plain(stream.keep({"yard"}))
    later = read(stream, make_frame(1, camera="yard", alerts=(replace(alert, cleared_s=1e9 + 10, reason="removed"),)))

    assert [e["type"] for e in found] == ["alert_cleared", "camera"]
    assert (found[0]["id"], found[0]["reason"], found[0]["duration_ms"]) == ("1", "removed", 9000)
    assert later == list(stream.keep({"yard"})) == []
