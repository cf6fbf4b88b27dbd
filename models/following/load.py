"""Load shedding: under overload, frames are analysed less thoroughly rather than late.

Each level adds to the previous ones. Level 1 searches for far faces a quarter as often, level 2 halves the detections,
level 3 halves the classifications. Level 4 reduces both to a quarter, moves boxes in every second frame only, and skips
up to every second frame where they come late to be drawn. If that is not enough, capture drops frames. While detections
are shed, a face that moves fast or changes is detected and classified at most twice as often as others; under level 4,
no more often.
"""

import math

MAX_LEVEL = 4
"""Highest shedding level."""
RATES = ((1.0, 1.0, 1.0), (0.25, 1.0, 1.0), (0.25, 0.5, 1.0), (0.25, 0.5, 0.5), (0.25, 0.25, 0.25))
"""Fractions of the searches for far faces, of the detections and of the classifications that are made, by shedding
level."""
DETECT_LIMIT = 2.0
"""Largest multiple of the reduced rate that scheduled and extra detections may reach together while shedding. Under the
highest level, only who is lost or new causes extra ones."""
CLASSIFY_LIMITS = (math.inf, math.inf, math.inf, 2.0, 1.0)
"""Largest multiple of the reduced rate that classifications of a face that changes may reach, by shedding level."""
SHOW_EVERY = (1, 1, 1, 1, 2)
"""Move boxes in every n-th frame, and draw and show at least every n-th, by shedding level."""
SHOWN_LATE_S = 0.06
"""Age in seconds from which a frame may be skipped instead of drawn; capture drops those that waited 0.15 s."""
LATE_S = 0.03
"""Age in seconds from which a frame counts as late when its analysis starts; without queueing it arrives in 5 ms."""
LATE_SHARE, CALM_SHARE = 0.08, 0.02
"""Fractions of late frames: above the first the level rises; below the second, for long enough, it falls."""
EASY_S, EASY_SHARE = 0.015, 0.05
"""Age in seconds that at most this fraction of the frames exceeds where the machine has time left: on one that is busy
to nine tenths, few frames are late and many wait for each other, and the next lower level overloads it."""
WINDOW_S = 1.0
"""Seconds over which late frames are counted; it takes two windows in a row to raise the level, so hiccups do not."""
FULL_SHARE, FULL_COUNT = 0.3, 10
"""Fraction and number of late frames with which a single window raises the level, because frames are being lost."""
TRIAL_S, TRIAL_WINDOW_S = 2.0, 0.3
"""Seconds after the level fell in which a window of this length is enough to raise it again: of the frames that a
machine with as many cameras as it can handle loses, most are lost while the next lower level is tried."""
PATIENCE_S, MOST_PATIENCE_S = 5.0, 320.0
"""Seconds with time left before the level falls, at first and at most; doubled each time the level rises again too
soon."""
BUSY_PATIENCE = 4.0
"""Multiple of these seconds that it takes where there are just no late frames, as on machines that are slow at all
times."""


class LoadShedder:
    """Chooses the shedding level by the age of frames when their analysis starts.

    Attributes:
        level: Shedding level, 0 (none) to `MAX_LEVEL`.
    """

    def __init__(self) -> None:
        self.level = 0
        self._patience_s = PATIENCE_S
        self._began_s: float | None = None
        self._count = self._late = self._waited = self._bad = 0
        self._calm_s = self._easy_s = 0.0
        """Since when there are no late frames, and since when there is time left."""
        self._recovered_s = -MOST_PATIENCE_S

    def note(self, age_s: float, now_s: float) -> int:
        """Record a frame's age in seconds, and the time of a monotonic clock in seconds; return the new level."""
        if self._began_s is None:
            self._began_s = self._calm_s = self._easy_s = now_s
        self._count += 1
        self._late += age_s > LATE_S
        self._waited += age_s > EASY_S
        passed_s = now_s - self._began_s
        on_trial = now_s - self._recovered_s < TRIAL_S and passed_s >= TRIAL_WINDOW_S
        if passed_s >= WINDOW_S or (on_trial and self._is_full()):
            self._decide(self._late / self._count, now_s)
            self._began_s, self._count, self._late, self._waited = now_s, 0, 0, 0
        return self.level

    def _decide(self, late: float, now_s: float) -> None:
        if late > CALM_SHARE:
            self._calm_s = now_s
        if self._waited > EASY_SHARE * self._count:
            self._easy_s = now_s
        self._bad = 2 if self._is_full() else self._bad + 1 if late > LATE_SHARE else 0
        if self._bad >= 2 and self.level < MAX_LEVEL:
            if now_s - self._recovered_s < 2 * self._patience_s:
                self._patience_s = min(2 * self._patience_s, MOST_PATIENCE_S)
            self.level += 1
            self._bad = 0
        elif self.level and (
            now_s - self._easy_s >= self._patience_s or now_s - self._calm_s >= BUSY_PATIENCE * self._patience_s
        ):
            self.level -= 1
            self._calm_s = self._easy_s = self._recovered_s = now_s

    def _is_full(self) -> bool:
        return self._late > FULL_SHARE * self._count and self._late >= FULL_COUNT
