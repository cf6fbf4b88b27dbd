"""The log of events has what the board sees, and no more than it may keep."""

from collections.abc import Sequence

import pytest

from pipeline.messages import Box, Face, Frame, Zone
from stages.web.live.board import Board
from stages.web.live.event_log import MOST, Entry, EventLog, Wanted


class Clock:
    """A clock that is set by hand."""

    time = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.time


def frame_of(second: float, people: Sequence[tuple[int, str]], run: int = 1, **changes: object) -> Frame:
    faces = tuple(Face(track=n, box=Box(x=0, y=0, width=9, height=9), score=1.0, label=label) for n, label in people)  # type: ignore[arg-type]
    values = {"camera": "hall", "run": run, "pts_ns": int(second * 1e9), "captured_ns": 1, "faces": faces} | changes
    return Frame(**values)  # type: ignore[arg-type]


def told(entries: Sequence[Entry]) -> list[tuple[object, ...]]:
    return [(e.kind, e.track or e.state, e.before, e.label, round(e.seconds, 1)) for e in entries]


def test_people_come_change_and_leave() -> None:
    """With the time of the board's clock, and the label that was shown longest."""
    clock = Clock()
    board = Board(60.0, clock)
    for second, people in enumerate([[(1, "happy")], [(1, "sad")], [(1, "sad")], [], [], [(2, "fear")]]):
        clock.time = 1000.0 + second
        board.take(frame_of(second, people))

    entries = board.events.after(0)
    assert told(entries) == [
        ("state", "live", "", "", 0),
        ("appeared", 1, "", "happy", 0),
        ("changed", 1, "happy", "sad", 0),
        ("lost", 1, "", "happy", 2.0),
        ("appeared", 2, "", "fear", 0),
    ]
    assert [e.at for e in entries] == [1000.0, 1000.0, 1001.0, 1004.0, 1005.0]
    assert [e.number for e in entries] == [1, 2, 3, 4, 5]
    assert told(board.events.after(4)) == told(entries[4:])


@pytest.mark.parametrize("after", [frame_of(0.0, [], run=2), frame_of(1.0, [], state="ended")])
def test_who_is_there_leaves_with_the_stream(after: Frame) -> None:
    """When a source restarts or ends, exactly once."""
    board = Board(60.0, Clock())
    board.take(frame_of(0.0, [(1, "happy")]))
    board.take(frame_of(1.0, [(1, "happy")]))
    for _ in range(2):
        board.take(after)

    assert [e.track for e in board.events.after(0) if e.kind == "lost"] == [1]


def test_a_state_is_logged_when_it_changes() -> None:
    """Not with every message."""
    board = Board(60.0, Clock())
    for state in ("connecting", "connecting", "live", "live", "offline"):
        board.take(frame_of(0.0, [], state=state))

    assert [e.state for e in board.events.after(0)] == ["connecting", "live", "offline"]


def test_the_oldest_go_first() -> None:
    """The log does not grow, and numbers are not used twice."""
    log = EventLog()
    for second in range(MOST + 10):
        log.add(Entry(at=second, camera="hall", kind="state", state="live"))

    entries = log.after(0)
    assert len(entries) == MOST
    assert (entries[0].number, entries[-1].number) == (11, MOST + 10)


def test_an_entry_names_the_label_before_and_after() -> None:
    """The filter of the page finds both."""
    entry = Entry(at=0, camera="hall", kind="changed", before="happy", label="sad")

    assert [entry.names(label) for label in ("happy", "sad", "fear", "")] == [True, True, False, False]


def test_zones_and_lines_are_logged() -> None:
    """Who enters, crosses and leaves, with the time inside; also when the stream restarts."""
    zones = (
        Zone(name="door", points=((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))),
        Zone(name="gate", points=((0.5, 0.0), (0.5, 1.0)), line=True),
    )
    board = Board(60.0, Clock())
    for second, x in enumerate((10, 10, 70, 10)):
        face = Face(track=1, box=Box(x=x, y=40, width=9, height=9), score=1.0, label="happy")
        board.take(frame_of(second, [], faces=(face,), width=100, height=100, zones=zones))
    board.take(frame_of(0.0, [], run=2, width=100, height=100, zones=zones))

    entries = [entry for entry in board.events.after(0) if entry.zone]
    assert [(e.kind, e.track, e.zone, e.direction, round(e.seconds, 1)) for e in entries] == [
        ("zone_entered", 1, "door", "", 0),
        ("zone_left", 1, "door", "", 1.6),
        ("line_crossed", 1, "gate", "out", 0),
        ("zone_entered", 1, "door", "", 0),
        ("line_crossed", 1, "gate", "in", 0),
        ("zone_left", 1, "door", "", 0.6),
    ]


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        ({}, {"changed", "zone_left", "alert_raised", "state"}),
        ({"kind": "zones"}, {"zone_left"}),
        ({"zone": "door"}, {"zone_left"}),
        ({"camera": "yard"}, {"state"}),
        ({"emotion": "sad"}, {"changed"}),
        ({"kind": "alerts", "camera": "yard"}, set()),
    ],
)
def test_a_reader_chooses(wanted: dict[str, str], kinds: set[str]) -> None:
    """By kind, camera, zone and emotion, all at once."""
    entries = [
        Entry(at=0, camera="hall", kind="changed", before="sad", label="happy"),
        Entry(at=0, camera="hall", kind="zone_left", zone="door"),
        Entry(at=0, camera="hall", kind="alert_raised", alert="crowd"),
        Entry(at=0, camera="yard", kind="state", state="live"),
    ]
    assert {one.kind for one in entries if Wanted(**wanted).takes(one)} == kinds
