"""What is left out when the machine is full, so that pictures come less thoroughly examined rather than late.

In this order, each step with those before it: faces are searched half as often; they are classified half as often; both
are done a quarter as often, and every second picture is shown. What is still too much then, capture drops. While there
is anything left out, questions have to wait: a face that moves fast or changes is searched and classified at most twice
as often as others.
"""

MOST = 3
"""Steps there are."""
RATES = ((1.0, 1.0), (0.5, 1.0), (0.5, 0.5), (0.25, 0.25))
"""By step: part of the detections and of the classifications that are made."""
THRIFTY = 2.0
"""While detections or classifications are left out, at most so many times as many as their rate says are made,
in turn and out of turn together."""
SHOW_EVERY = (1, 1, 1, 2)
"""By step: one picture out of so many is drawn and shown."""
LATE_S = 0.03
"""A picture older than this when its turn comes has waited for others: alone it is here in 5 ms."""
LATE_SHARE, CALM_SHARE = 0.08, 0.02
"""With a larger part of late pictures a step more is taken, with a smaller one, for long enough, a step less."""
WINDOW_S = 1.0
"""Over so long a time late pictures are counted; a second window in a row decides, so that a hiccup costs nothing."""
FULL_SHARE, FULL_COUNT = 0.3, 10
"""A window with a larger part of late pictures, and at least so many, decides alone: pictures are being lost."""
PATIENCE_S, MOST_PATIENCE_S = 5.0, 320.0
"""So long it is calm before a step is taken back; twice as long each time that proves too early."""


class Saving:
    """Decides how much to leave out, by the age of pictures when their turn comes.

    Attributes:
        step: 0, nothing, to `MOST`.
    """

    def __init__(self) -> None:
        self.step = 0
        self._patience_s = PATIENCE_S
        self._began_s: float | None = None
        self._count = self._late = self._bad = 0
        self._calm_s = 0.0
        self._recovered_s = -MOST_PATIENCE_S

    def note(self, age_s: float, now_s: float) -> int:
        """Take in one picture's age, seconds, at a time of a steady clock, seconds; return the step from here on."""
        if self._began_s is None:
            self._began_s = self._calm_s = now_s
        self._count += 1
        self._late += age_s > LATE_S
        if now_s - self._began_s >= WINDOW_S:
            self._decide(self._late / self._count, now_s)
            self._began_s, self._count, self._late = now_s, 0, 0
        return self.step

    def _decide(self, late: float, now_s: float) -> None:
        if late > CALM_SHARE:
            self._calm_s = now_s
        full = late > FULL_SHARE and self._late >= FULL_COUNT
        self._bad = 2 if full else self._bad + 1 if late > LATE_SHARE else 0
        if self._bad >= 2 and self.step < MOST:
            if now_s - self._recovered_s < 2 * self._patience_s:
                self._patience_s = min(2 * self._patience_s, MOST_PATIENCE_S)
            self.step += 1
            self._bad = 0
        elif self.step and now_s - self._calm_s >= self._patience_s:
            self.step -= 1
            self._calm_s = self._recovered_s = now_s
