"""Events of alerts: in the wire format, as lines, for outputs with sums alone."""

import msgspec
from msgspec.structs import replace

from pipeline.cli.events import describe
from pipeline.events import AlertClearedEvent, AlertRaisedEvent, topic_of
from pipeline.messages import Alert
from stages.event_stream import EventStream
from stages.webhook.cloud_event import encode
from tests.support.frames import make_frame

RAISED = Alert(
    id="7", name="crowd", camera="yard", when="count > 5", raised_s=90.0, values={"count": 6.0}, personal=True
)
CLEARED = replace(RAISED, cleared_s=95.5, reason="missing")


def test_an_alert_is_two_events() -> None:
    """Of its own camera, whichever camera's frame carries it."""
    stream = EventStream()
    raised = [e for e in stream.read(make_frame(alerts=(RAISED,))) if isinstance(e, AlertRaisedEvent)]
    cleared = [e for e in stream.read(make_frame(1, alerts=(CLEARED,))) if isinstance(e, AlertClearedEvent)]

    (one,), (two,) = raised, cleared
    assert (one.camera, one.seq, one.pts_ms, one.captured_at) == ("yard", 0, 0.0, 90.0)
    assert (one.text, one.values, topic_of(one)) == ("count > 5", {"count": 6.0}, "alert.yard.crowd")
    assert (two.id, two.duration_ms, two.reason, two.captured_at, two.seq) == ("7", 5500.0, "missing", 95.5, 1)
    assert describe(one).endswith("  yard  alert crowd raised: count > 5")
    assert describe(two).endswith("  yard  alert crowd cleared after 5.5 s (missing)")


def test_a_webhook_sends_the_same_id_after_a_restart() -> None:
    """So a receiver discards the second one."""
    events = [[e for e in EventStream().read(make_frame(alerts=(RAISED,))) if e.camera == "yard"] for _ in range(2)]
    first, second = (msgspec.json.decode(encode(event, "emobot")) for (event,) in events)

    assert first["id"] == second["id"] == "7-alert_raised"
    assert (first["type"], first["source"]) == ("emobot.alert_raised", "emobot/yard")


def test_sums_alone_tell_of_no_alert_about_people() -> None:
    """Unless `[privacy]` held when it was evaluated."""
    stream = EventStream(aggregate_s=10.0)
    frame = make_frame(alerts=(RAISED, replace(RAISED, id="8", name="away", personal=False)))

    assert [e.alert for e in stream.read(frame) if isinstance(e, AlertRaisedEvent)] == ["away"]
