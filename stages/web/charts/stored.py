"""The stored history for the page: each person's emotions in each step of a period."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.history.read import LABELS, sum_history
from stages.web.live.samples import person_key

STEPS_S = (60, 300, 900, 3600, 21_600, 86_400)
MOST_STEPS = 240
"""Maximum steps of a chart; with more, bars would be a pixel or two wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Sums of one camera over a period.

    Attributes:
        step_s: Length of a step, seconds.
        from_s: Start of the first step, UNIX seconds.
        to_s: End of the last step, UNIX seconds.
        steps: Step of each row, `(n,)`, counted from the first.
        people: Person of each row, `(n,)`; track 0 stands for all people.
        seconds: Seconds for which each of `LABELS` was shown, `(n, 8)`.
    """

    step_s: int
    from_s: float
    to_s: float
    steps: NDArray[np.int64]
    people: NDArray[np.int64]
    seconds: NDArray[np.float64]

    @classmethod
    def read(cls, path: Path, camera: str, from_s: float, to_s: float) -> "Stored":
        """Read a period from a history.

        Raises:
            InputError: The history cannot be read.
        """
        step_s = choose_step(to_s - from_s)
        # days and their quarters begin at midnight of this machine, until clocks change
        ahead_s = time.localtime(from_s).tm_gmtoff
        first = (from_s + ahead_s) // step_s * step_s - ahead_s
        count = -int(-(to_s - first) // step_s)
        found = sum_history(path, camera, first, first + count * step_s, step_s)
        since = _whole_seconds({one.since for one in found})
        return cls(
            step_s=step_s,
            from_s=first,
            to_s=first + count * step_s,
            steps=np.array([(one.at - first) // step_s for one in found], np.int64),
            people=np.array([person_key(since[one.since] if one.track else 0, one.track) for one in found], np.int64),
            seconds=np.array([one.seconds for one in found], np.float64).reshape(-1, len(LABELS)),
        )

    def by_step(self, person: int | None = None) -> NDArray[np.float64]:
        """Return the seconds of each label in each step, `(steps, 8)`, of one person or of all."""
        sums = np.zeros((round((self.to_s - self.from_s) / self.step_s), len(LABELS)))
        wanted = np.ones(len(self.people), bool) if person is None else self.people == person
        np.add.at(sums, self.steps[wanted], self.seconds[wanted])
        return sums

    def label_seconds(self, first: float = 0.0, last: float = 1.0) -> dict[int, dict[str, float]]:
        """Return the seconds of each label for each person in a part of the period.

        Args:
            first: Start of the part, 0 to 1; every step it touches counts.
            last: End of the part, 0 to 1.
        """
        count = (self.to_s - self.from_s) / self.step_s
        wanted = (self.steps + 1 > first * count) & (self.steps < last * count)
        people, index = np.unique(self.people[wanted], return_inverse=True)
        sums = np.zeros((len(people), len(LABELS)))
        np.add.at(sums, index, self.seconds[wanted])
        return {
            person: {label: value for label, value in zip(LABELS, row, strict=True) if value}
            for person, row in zip(people.tolist(), sums.tolist(), strict=True)
        }


def _whole_seconds(times_ms: set[int]) -> dict[int, int]:
    """Return each time in whole seconds, adjusted so that no two are equal."""
    seconds: dict[int, int] = {}
    last = 0
    for time_ms in sorted(times_ms):
        last = seconds[time_ms] = max(last + 1, time_ms // 1000)
    return seconds


def choose_step(span_s: float) -> int:
    """Return the step that divides a period into at most the maximum number of steps, seconds."""
    days = -int(-span_s // (MOST_STEPS * STEPS_S[-1]))
    return next((step for step in STEPS_S if span_s <= MOST_STEPS * step), days * STEPS_S[-1])
