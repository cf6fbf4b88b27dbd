"""The stored history as the page shows it: what each person expressed in each step of a time."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.history.read import LABELS, sum_history
from stages.web.live.samples import person_key

STEPS_S = (60, 300, 900, 3600, 21_600, 86_400)
MOST_STEPS = 240
"""A chart with more has bars of a pixel or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Sums of one camera over a time.

    Attributes:
        step_s: Length of a step, seconds.
        from_s: Begin of the first step, UNIX seconds.
        to_s: End of the last step, UNIX seconds.
        steps: Step of each row, `(n,)`, counted from the first.
        people: Person of each row, `(n,)`; track 0 is everybody, where people are not told apart.
        seconds: How long each of `LABELS` was shown, `(n, 8)`.
    """

    step_s: int
    from_s: float
    to_s: float
    steps: NDArray[np.int64]
    people: NDArray[np.int64]
    seconds: NDArray[np.float64]

    @classmethod
    def read(cls, path: Path, camera: str, from_s: float, to_s: float) -> "Stored":
        """Read a time from a history.

        Raises:
            InputError: It cannot be read.
        """
        step_s = choose_step(to_s - from_s)
        first = from_s // step_s * step_s
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
        """Return for how long each label was shown in each step, `(steps, 8)`, by one person or by all."""
        sums = np.zeros((round((self.to_s - self.from_s) / self.step_s), len(LABELS)))
        wanted = np.ones(len(self.people), bool) if person is None else self.people == person
        np.add.at(sums, self.steps[wanted], self.seconds[wanted])
        return sums

    def label_seconds(self, first: float = 0.0, last: float = 1.0) -> dict[int, dict[str, float]]:
        """Return for each person how long each label was shown in a part of the time.

        Args:
            first: Its begin, 0 to 1; the steps that it touches count.
            last: Its end.
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
    """Return each time in seconds, no two of them the same."""
    seconds: dict[int, int] = {}
    last = 0
    for time_ms in sorted(times_ms):
        last = seconds[time_ms] = max(last + 1, time_ms // 1000)
    return seconds


def choose_step(span_s: float) -> int:
    """Return the length of the steps that divide a time into not too many, seconds."""
    days = -int(-span_s // (MOST_STEPS * STEPS_S[-1]))
    return next((step for step in STEPS_S if span_s <= MOST_STEPS * step), days * STEPS_S[-1])
