"""The people in front of a camera, derived from its events."""

from typing import Any

import pytest

from pipeline.events import AggregateEvent, AppearedEvent, CameraEvent, ChangedEvent, LostEvent
from stages.mqtt.presence import Presence

LIVE: dict[str, Any] = {"state": "live", "error": None, "width": 640, "height": 480, "fps": 30.0}


def head(at: float) -> dict[str, Any]:
    """Return what every event has."""
    return {"camera": "hall", "seq": 0, "pts_ms": 0.0, "captured_at": at, "published_at": at, "model": ""}


def test_who_comes_first_breaks_a_tie() -> None:
    """With as many of each, what is said does not jump."""
    presence = Presence("hall")
    presence.take(CameraEvent(**head(1), **LIVE))
    told = []
    for event in (
        AppearedEvent(**head(2), track=1, label="sad"),
        AppearedEvent(**head(3), track=2, label="happy"),
        ChangedEvent(**head(4), track=1, before="sad", after="fear", confidence=0.5),
        AppearedEvent(**head(5), track=3, label="happy"),
        LostEvent(**head(6), track=2, duration_ms=1.0, emotions_ms={}),
        LostEvent(**head(7), track=9, duration_ms=1.0, emotions_ms={}),
    ):
        changed = presence.take(event)
        told.append((changed, presence.people.people, presence.people.emotion))

    assert told == [
        (True, 1, "sad"),
        (True, 2, "sad"),
        (True, 2, "fear"),
        (True, 3, "happy"),
        (True, 2, "fear"),
        (False, 2, "fear"),
    ]
    assert presence.people.captured_at == 7


@pytest.mark.parametrize("state", ["offline", "stalled", "connecting", "ended"])
def test_of_a_camera_that_is_away_nothing_is_known(state: Any) -> None:
    """What is said when it is back is what is known then: the same people, but no sum of before."""
    people, sums = Presence("hall"), Presence("hall", sums=True)
    for one in (people, sums):
        one.take(CameraEvent(**head(1), **LIVE))
    assert (people.people.people, sums.people.people) == (0, None)
    people.take(AppearedEvent(**head(2), track=1, label="sad"))
    period = AggregateEvent(
        **head(10),
        began_at=0.0,
        period_s=10.0,
        people=3,
        looks=9,
        confidence=0.5,
        emotions_ms={"sad": 1.0, "fear": 2.0},
    )
    assert sums.take(period)
    assert (sums.people.people, sums.people.emotion, sums.people.captured_at) == (3, "fear", 10)
    for one in (people, sums):
        assert one.take(CameraEvent(**head(11), **{**LIVE, "state": state}))
        assert (one.people.people, one.people.emotion) == (None, None)
        one.take(CameraEvent(**head(12), **LIVE))
    assert (people.people.people, people.people.emotion) == (1, "sad")
    assert (sums.people.people, sums.people.emotion) == (None, None)


def test_a_sum_about_few_people_leaves_nothing_known() -> None:
    """Neither how many they are nor what they express, nor what was known of the period before."""
    sums = Presence("hall", sums=True)
    sums.take(CameraEvent(**head(1), **LIVE))
    period = {"began_at": 0.0, "period_s": 10.0, "looks": 9, "confidence": 0.5}
    sums.take(AggregateEvent(**head(10), **period, people=6, emotions_ms={"sad": 1.0}))
    assert sums.take(AggregateEvent(**head(20), **{**period, "looks": 0}, people=None, emotions_ms={}))

    assert (sums.people.people, sums.people.emotion) == (None, None)
