"""The alerts that the page lists."""

from msgspec.structs import replace

from pipeline.messages import Alert
from stages.web.live.alerts import AlertBoard
from tests.support.frames import make_frame

HALL = Alert(id="1", name="crowd", camera="hall", when="count > 5", raised_s=90.0)
YARD = Alert(id="2", name="away", camera="yard", when="offline > 30s", raised_s=95.0)


def test_raised_alerts_are_listed_the_newest_first() -> None:
    """Until they are cleared, or their camera no longer lists them."""
    board = AlertBoard()
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
