"""A made day of history: who was in front of which camera, and what they showed."""

from dataclasses import dataclass, field
from typing import Any

from pipeline.history.read import EventRow, MinuteRow

DAY_S = 1_764_288_000.0
"""Midnight of a day, UTC."""


def at(hour: int, minute: int = 0, second: float = 0.0) -> float:
    """Return a time of the day, UNIX seconds."""
    return DAY_S + 3600 * hour + 60 * minute + second


@dataclass
class Day:
    """The rows of one camera's history."""

    camera: str = "hall"
    run: int = 1
    events: list[EventRow] = field(default_factory=list)
    minutes: list[MinuteRow] = field(default_factory=list)
    state: str = ""

    def add(self, at_s: float, kind: str, **values: Any) -> None:
        """Add an event."""
        self.events.append(EventRow(at=at_s, camera=self.camera, run=self.run, since=self.run, type=kind, **values))  # type: ignore[arg-type]

    def turn(self, at_s: float, state: str) -> None:
        """Change the camera's state."""
        self.add(at_s, "camera", before=self.state, after=state)
        self.state = state

    def stay(self, track: int, from_s: float, to_s: float, *labels: tuple[float, str]) -> None:
        """Add a person with the time from which they show each label; the first one counts from the start."""
        before = labels[0][1]
        self.add(from_s, "appeared", track=track, after=before)
        for at_s, label in labels[1:]:
            self.add(at_s, "changed", track=track, before=before, after=label)
            before = label
        self.add(to_s, "lost", track=track, seconds=to_s - from_s)

    def sum_up(self, at_s: float, people: int, **seconds: float) -> None:
        """Add a minute of everybody."""
        self.minutes.append(
            MinuteRow(
                at=int(at_s),
                camera=self.camera,
                run=self.run,
                track=0,
                people=people,
                looks=people,
                confidence=0.5,
                seconds=seconds,
                since=self.run,
            )
        )

    def rows(self) -> list[EventRow]:
        """Return the events in order of time."""
        return sorted(self.events, key=lambda row: row.at)
