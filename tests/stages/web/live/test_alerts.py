"""The alerts that the page lists."""

from msgspec.structs import replace

from pipeline.messages import Alert
from stages.web.live.alerts import AlertBoard
from stages.web.live.event_log import EventLog
from tests.support.frames import make_frame

HALL = Alert(id="1", name="crowd", camera="hall", when="count > 5", raised_s=90.0)
YARD = Alert(id="2", name="away", camera="yard", when="offline > 30s", raised_s=95.0)


def test_raised_alerts_are_listed_the_newest_first() -> None:
    """Until they are cleared, or their camera no longer lists them."""
    board = AlertBoard(EventLog())
    board.take(make_frame())
    assert not board.present

    board.take(make_frame(alerts=(HALL, YARD)))
    assert board.present
    assert board.raised() == [YARD, HALL]
    board.take(make_frame(alerts=(HALL,)))
    assert board.raised() == [YARD, HALL]
    board.take(make_frame(alerts=(HALL, replace(YARD, cleared_s=99.0, reason="removed"))))
    assert board.raised() == [HALL]
    board.take(make_frame(alerts=()))
    assert board.raised() == []


def test_each_alert_is_logged_once_when_it_is_raised_and_once_when_it_is_cleared() -> None:
    """Although it is in many frames, also of other cameras; one that was cleared before is not logged."""
    events = EventLog()
    board = AlertBoard(events)
    cleared = replace(HALL, cleared_s=99.0, reason="met")
    for alerts in ((HALL,), (HALL, YARD), (HALL, YARD), (cleared, YARD), (cleared, YARD), (YARD,)):
        board.take(make_frame(camera="hall", alerts=alerts))
    board.take(make_frame(camera="yard", alerts=(replace(YARD, id="0", cleared_s=9.0),)))

    entries = [(one.kind, one.camera, one.alert, one.text, one.at, one.seconds) for one in events.after(0)]
    assert entries == [
        ("alert_raised", "hall", "crowd", "count > 5", 90.0, 0.0),
        ("alert_raised", "yard", "away", "offline > 30s", 95.0, 0.0),
        ("alert_cleared", "hall", "crowd", "count > 5", 99.0, 9.0),
    ]


def test_alerts_of_a_removed_camera_are_cleared() -> None:
    """Once, also if no other camera runs; those of other cameras stay."""
    events = EventLog()
    board = AlertBoard(events)
    board.take(make_frame(camera="hall", alerts=(HALL, YARD)))
    board.keep({"hall", "yard"}, 100.0)
    assert board.raised() == [YARD, HALL]
    for cameras in ({"yard"}, {"yard", "new"}):
        board.keep(cameras, 100.0)
        assert board.raised() == [YARD]
    board.take(make_frame(camera="yard", alerts=(YARD, replace(HALL, cleared_s=101.0, reason="removed"))))

    assert [(one.kind, one.camera, one.at) for one in events.after(0)][2:] == [("alert_cleared", "hall", 100.0)]
