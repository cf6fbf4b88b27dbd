"""The audience by hour, weekday and day, against sums known by construction."""

import math
from datetime import date, datetime
from typing import Any

import pytest

from pipeline.history.audience import AudienceRow
from pipeline.history.read import LABELS
from stages.web.charts.week import Week


def row(day: int, hour: int, **values: Any) -> AudienceRow:
    """Return an hour of May 2026 in this machine's time zone; the 4th is a Monday."""
    known: dict[str, Any] = {
        "at": datetime(2026, 5, day, hour).timestamp(),
        "camera": "hall",
        "zone": "",
        "people": 10,
        "visitors": 8,
        "visits": 0,
        "present_s": 100.0,
        "dwell_s": 10.0,
        "ins": 0,
        "outs": 0,
        "facing": None,
        "attention_s": None,
        "mood": None,
        "seconds": (0.0,) * len(LABELS),
    }
    return AudienceRow(**{**known, **values})


def test_an_hour_is_the_mean_of_its_weekdays() -> None:
    """Two Mondays at ten, one of them busy; a Tuesday at noon."""
    week = Week.of([row(4, 10), row(11, 10, visitors=20, people=30, present_s=700.0), row(5, 12)])

    assert set(week.hours) == {(0, 10), (1, 12)}
    assert week.hours[0, 10].value("visitors") == 14.0
    assert week.hours[0, 10].value("dwell") == 20.0
    assert week.hours[0, 10].value("attention") is None
    assert week.hours[1, 12].value("mood") is None
    assert week.range() == (10, 13)


def test_days_add_up() -> None:
    """In order; the mood is weighted by the time, attention is per person."""
    rows = [
        row(5, 9, mood=1.0, present_s=100.0, attention_s=50.0),
        row(5, 10, mood=0.0, present_s=300.0, attention_s=50.0),
        row(4, 9),
    ]
    week = Week.of(rows)
    tuesday = week.days[date(2026, 5, 5)]

    assert list(week.days) == [date(2026, 5, 4), date(2026, 5, 5)]
    assert (tuesday.visitors, tuesday.present_s) == (16, 400.0)
    assert tuesday.value("mood") == pytest.approx(0.25)
    assert tuesday.value("attention") == pytest.approx(5.0)


def test_a_line_counts_who_crosses_it() -> None:
    """And an empty week has an empty table."""
    week = Week.of([row(4, 10, visitors=0, ins=6, outs=5, present_s=0.0)])
    cell = week.hours[0, 10]

    assert (cell.value("visitors"), cell.value("dwell"), cell.ins, cell.outs) == (10.0, 0.0, 6, 5)
    assert Week.of([]).range() == (0, 1)
    assert not math.isnan(cell.present_s)
