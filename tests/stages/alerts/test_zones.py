"""Alerts in zones, from frames with zones, and from a history with their events."""

from pathlib import Path

from pipeline.alerts.changes import AlertChanges
from pipeline.alerts.rule import make_rule
from pipeline.messages import Box, Zone
from stages.alerts.replay import replay
from stages.alerts.stage import Alerts
from tests.stages.alerts.days import Day, at
from tests.support.frames import make_face, make_frame

ZONES = (Zone(name="corner", points=((0, 0), (0.5, 0), (0.5, 1), (0, 1))),)


def test_an_alert_concerns_its_zone(tmp_path: Path) -> None:
    """A person is in it from second 10 to 40."""
    rules = {
        "sad": {"when": "share(sad) > 0.6 for 10s in zone corner"},
        "stay": {"when": "dwell > 15s in zone corner"},
        "some": {"when": "count > 0 in zone corner"},
    }
    stage = Alerts(state=str(tmp_path / "a.json"), rules=rules, zones={"hall": ["corner"]}, cameras=("hall",))
    changes, happened = AlertChanges(), []
    for second in range(60):
        stage.now = lambda second=second: 1e9 + second  # type: ignore[misc]
        box = Box(x=100 if 10 <= second <= 40 else 500, y=100, width=50, height=50)
        face = make_face(1, label="sad", box=box)
        (frame,) = stage.process([make_frame(10 * second, [face], captured_ns=int((1e9 + second) * 1e9), zones=ZONES)])
        happened += [(second, alert.name, alert.reason) for alert in changes.read(frame)]
    stage.close()

    assert sorted(happened, key=str) == [
        (10, "some", None),
        (20, "sad", None),
        (26, "stay", None),
        (41, "some", "condition"),
        (41, "stay", "condition"),
    ]


def test_a_history_has_its_zones() -> None:
    """By the rows of those who entered and left."""
    day = Day()
    day.turn(at(9, 59), "live")
    day.stay(1, at(10), at(10, 20), (0, "sad"))
    day.add(at(10, 5), "zone_entered", track=1, zone="corner")
    day.add(at(10, 8), "zone_left", track=1, zone="corner", seconds=180.0)
    rule = make_rule("it", {"when": "dwell > 2m in zone corner"}, {"hall": ["corner"]})

    raised, cleared = replay([rule], day.rows(), day.minutes, 0.0, at(11))
    assert (raised.raised_s, cleared.cleared_s) == (at(10, 7, 1), at(10, 8))
