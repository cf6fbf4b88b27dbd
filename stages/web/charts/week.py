"""The audience of a camera or zone by hour and weekday, and day by day, in this machine's time zone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pipeline.history.audience import AudienceRow

Measure = Literal["visitors", "dwell", "attention", "mood"]
MEASURES: tuple[Measure, ...] = ("visitors", "dwell", "attention", "mood")


@dataclass(frozen=True, slots=True)
class Cell:
    """Sums of some rows.

    Attributes:
        days: Number of different days.
        visitors: People who came for the first time; of a line, people who crossed it.
        people: People, over all hours.
        present_s: Seconds, over all people.
        attention_s: Seconds in which faces were turned towards the camera; None if that was not measured.
        mood: Mood index, -1 to 1; None without a classification.
        ins: Crossings of a line inwards.
        outs: Crossings outwards.
    """

    days: int
    visitors: int
    people: int
    present_s: float
    attention_s: float | None
    mood: float | None
    ins: int
    outs: int

    @classmethod
    def of(cls, rows: Sequence[AudienceRow]) -> "Cell":
        """Return the sums of rows."""
        attention = [row.attention_s for row in rows if row.attention_s is not None]
        moods = [(row.mood, row.present_s) for row in rows if row.mood is not None]
        weight = sum(seconds for _, seconds in moods)
        return cls(
            days=len({datetime.fromtimestamp(row.at).date() for row in rows}),
            visitors=sum(map(_visitors, rows)),
            people=sum(row.people for row in rows),
            present_s=sum(row.present_s for row in rows),
            attention_s=sum(attention) if attention else None,
            mood=sum(mood * seconds for mood, seconds in moods) / weight if weight else None,
            ins=sum(row.ins for row in rows),
            outs=sum(row.outs for row in rows),
        )

    def value(self, measure: Measure) -> float | None:
        """Return the number of a heat map: visitors of an average day, or seconds per person, or the mood."""
        match measure:
            case "visitors":
                return self.visitors / self.days
            case "dwell":
                return self.present_s / self.people if self.people else None
            case "attention":
                return self.attention_s / self.people if self.people and self.attention_s is not None else None
        return self.mood


def _visitors(row: AudienceRow) -> int:
    return row.people if row.visitors is None or row.ins or row.outs else row.visitors


@dataclass(frozen=True, slots=True)
class Week:
    """Cells by weekday (0 is Monday) and hour, and by day."""

    hours: dict[tuple[int, int], Cell]
    days: dict[date, Cell]

    @classmethod
    def of(cls, rows: Iterable[AudienceRow]) -> "Week":
        """Return the cells of rows by hour."""
        by_hour: dict[tuple[int, int], list[AudienceRow]] = defaultdict(list)
        by_day: dict[date, list[AudienceRow]] = defaultdict(list)
        for row in rows:
            at = datetime.fromtimestamp(row.at)
            by_hour[at.weekday(), at.hour].append(row)
            by_day[at.date()].append(row)
        return cls(
            {key: Cell.of(found) for key, found in by_hour.items()},
            {day: Cell.of(by_day[day]) for day in sorted(by_day)},
        )

    def range(self) -> tuple[int, int]:
        """Return the first hour with a value, and the one after the last."""
        hours = [hour for _, hour in self.hours] or [0]
        return min(hours), max(hours) + 1
