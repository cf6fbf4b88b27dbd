"""Alerts on a made day: when each is raised and cleared, to the second."""

from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.alerts.rule import make_rule
from pipeline.messages import Alert
from stages.alerts.replay import replay
from tests.stages.alerts.days import Day, at


def run(
    day: Day, when: str, from_s: float = 0.0, to_s: float = at(11, 10), least: int = 1, **table: Any
) -> list[Alert]:
    """Return what one alert would have done."""
    rule = make_rule("it", {"when": when, **table}, {"hall": ["corner"]})
    return list(replay([rule], day.rows(), day.minutes, from_s, to_s, least))


def times(alerts: list[Alert]) -> list[tuple[str, float]]:
    """Return what happened when, in seconds since 10:00."""
    return [
        (alert.reason or "cleared", round(alert.cleared_s - at(10), 3))
        if alert.cleared_s
        else ("raised", round(alert.raised_s - at(10), 3))
        for alert in alerts
    ]


@pytest.fixture
def day() -> Day:
    """A camera that starts at 9:59 and ends at 11:00."""
    one = Day()
    one.turn(at(9, 59), "connecting")
    one.turn(at(9, 59, 1), "live")
    one.turn(at(11), "offline")
    return one


def test_a_hold_counts_from_when_the_share_is_reached(day: Day) -> None:
    """A person turns sad at 10:01: 36 of the last 60 s are exceeded at 10:01:37, five minutes later it is raised."""
    day.stay(1, at(10), at(10, 10), (0, "neutral"), (at(10, 1), "sad"), (at(10, 8), "happy"))
    alerts = run(day, "share(sad) > 0.6 for 5m")

    assert times(alerts) == [("raised", 397.0), ("condition", 504.0)]
    assert alerts[0].values["share(sad)"] == 1.0


def test_moments_of_another_label_interrupt_nothing(day: Day) -> None:
    """Which is why a share is measured over a minute."""
    labels = [(at(10, 0, 10 * n), "sad" if n % 4 else "happy") for n in range(60)]
    day.stay(1, at(10), at(10, 10), *labels)

    assert times(run(day, "share(sad) > 0.6 for 5m"))[0][0] == "raised"
    assert times(run(day, "share(sad) > 0.8 for 5m")) == []


def test_nobody_in_view_is_neither_true_nor_false(day: Day) -> None:
    """The hold waits; a raised alert stays for a minute, then it is cleared, since there is no data."""
    day.stay(1, at(10), at(10, 3), (0, "sad"))
    day.stay(2, at(10, 3, 30), at(10, 6), (0, "sad"))
    alerts = run(day, "share(sad) > 0.6 for 5m")

    assert times(alerts) == [("raised", 330.0), ("missing", 420.0)]


def test_a_hold_is_forgotten_after_a_minute_without_data(day: Day) -> None:
    """Or after `missing_s`."""
    day.stay(1, at(10), at(10, 3), (0, "sad"))
    day.stay(2, at(10, 4, 30), at(10, 9), (0, "sad"))

    assert run(day, "share(sad) > 0.6 for 5m") == []
    assert times(run(day, "share(sad) > 0.6 for 5m", missing_s=120.0))[0] == ("raised", 390.0)


def test_people_are_counted(day: Day) -> None:
    """At the moment they come and go."""
    for track in range(1, 8):
        day.stay(track, at(10, track), at(10, 20 - track), (0, "happy" if track % 2 else "sad"))

    assert times(run(day, "count > 5")) == [("raised", 360.0), ("condition", 14 * 60.0)]
    assert times(run(day, "count(sad) >= 3")) == [("raised", 360.0), ("condition", 14 * 60.0)]
    assert times(run(day, "count(sad, happy) == 7")) == [("raised", 420.0), ("condition", 13 * 60.0)]
    assert times(run(day, "count > 5 and not share(happy) < 10%")) == [("raised", 360.0), ("condition", 14 * 60.0)]


def test_the_longest_stay_counts(day: Day) -> None:
    """Until that person has left."""
    day.stay(1, at(10), at(10, 5), (0, "happy"))
    day.stay(2, at(10, 4), at(10, 5, 30), (0, "happy"))

    assert times(run(day, "dwell > 2m")) == [("raised", 121.0), ("condition", 300.0)]


def test_an_empty_room_is_known(day: Day) -> None:
    """From when the last one has left; before the first one came it is at least that long empty."""
    day.stay(1, at(10), at(10, 5), (0, "happy"))

    assert times(run(day, "empty > 10m")) == [("raised", 901.0), ("missing", 3660.0)]
    assert times(run(day, "empty > 30s"))[0] == ("raised", -28.0)
    assert times(run(day, "empty < 5m")) == [("raised", 0.0), ("condition", 600.0)]


def test_a_camera_that_is_away_is_offline(day: Day) -> None:
    """And nothing else is known of it."""
    day.turn(at(11, 2), "live")
    day.turn(at(11, 3), "ended")
    day.stay(1, at(10, 50), at(11, 0), (0, "sad"))

    assert times(run(day, "offline > 30s")) == [("raised", 3631.0), ("condition", 3720.0)]
    assert times(run(day, "count < 1"))[-1] == ("raised", 3725.0)


def test_a_cool_down_follows_each_alert(day: Day) -> None:
    """If the condition still holds at its end, the alert is raised then."""
    for n in range(4):
        day.stay(n + 1, at(10, n), at(10, n, 30), (0, "sad"))

    assert times(run(day, "count > 0", cooldown_s=45.0))[:4] == [
        ("raised", 0.0),
        ("condition", 30.0),
        ("raised", 75.0),
        ("condition", 90.0),
    ]


def test_an_alert_is_cleared_once_and_raised_once_across_a_restart(day: Day) -> None:
    """The night in which nothing ran counts for nothing, and a raised alert is not raised again."""
    day = Day()
    day.turn(at(9), "live")
    day.add(at(10), "appeared", track=1, after="sad")
    day.minutes.append(sad_minute(day, at(10, 1)))
    day.minutes.insert(0, sad_minute(day, at(8, 59)))  # of which the process began within
    day.run, day.state = 2, ""
    day.turn(at(20), "connecting")
    day.turn(at(20, 0, 2), "live")
    day.stay(1, at(20, 0, 3), at(20, 10), (0, "sad"))

    assert times(run(day, "count > 0", to_s=at(24)))[:2] == [("raised", 0.0), ("condition", 10 * 3600.0 + 600)]
    assert times(run(day, "offline > 1h", to_s=at(24))) == []
    assert times(run(day, "dwell > 1h", to_s=at(24))) == []


def sad_minute(day: Day, at_s: float) -> Any:
    """Return a minute of the first person."""
    day.sum_up(at_s, 1, sad=60.0)
    minute = day.minutes.pop()
    return replace(minute, track=1)


def test_a_period_is_evaluated_as_the_whole_would_be(day: Day) -> None:
    """Also if it begins while somebody is there, and an alert is raised."""
    day.stay(1, at(10), at(10, 50), (0, "sad"))
    whole = times(run(day, "dwell > 45m"))

    assert whole == [("raised", 2701.0), ("condition", 3000.0)]
    day.events.append(replace(day.events[-1], at=at(9, 59, 30), type="changed", track=9, after="sad"))
    assert times(run(day, "dwell > 45m", from_s=at(10, 40))) == whole
    assert times(run(day, "dwell > 45m", from_s=at(10, 48), to_s=at(10, 50))) == []
    assert times(run(day, "dwell > 45m", from_s=at(10, 46))) == whole[1:]
    assert times(run(day, "dwell > 45m", to_s=at(10, 46))) == whole[:1]


def test_a_history_of_sums_is_evaluated_by_the_minute() -> None:
    """Counts below the fewest people are unknown, and so is a share of few."""
    day = Day()
    day.turn(at(9, 59), "live")
    for n, people in enumerate([2, 6, 7, 6, 2, 2, 0, 0]):
        day.sum_up(at(10, n), people, sad=60.0 * people, happy=1.0 * people)
    day.turn(at(10, 20), "offline")

    assert times(run(day, "count > 5", least=5)) == [("raised", 60.0), ("condition", 240.0)]
    assert run(day, "count > 0", least=5)[0].raised_s == at(10, 1)
    assert run(day, "count < 3", least=5) == []
    assert times(run(day, "share(sad) > 0.9 for 2m", least=5)) == [("raised", 180.0), ("missing", 300.0)]
    assert run(day, "dwell > 1s") == []
    assert run(day, "count > 0 in zone corner") == []


def test_a_history_whose_first_rows_were_deleted_is_evaluated() -> None:
    """The camera was live: somebody was seen."""
    day = Day()
    day.stay(1, at(10), at(10, 5), (0, "sad"))

    assert times(run(day, "dwell > 2m")) == [("raised", 121.0), ("condition", 300.0)]
