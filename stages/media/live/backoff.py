"""Back-off before reopening a camera that could not be opened or was lost."""

import random

FIRST_S = 0.5


class Backoff:
    """Exponential back-off with jitter, so that many cameras behind one switch do not reconnect all at once.

    Args:
        longest_s: Longest wait, seconds.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._next_s = FIRST_S

    def wait_s(self, lived_s: float, *, refused: bool = False) -> float:
        """Return how long to wait now, seconds.

        Args:
            lived_s: Seconds for which frames arrived since the last wait. A connection that lived longer than that
                wait restarts the sequence; a shorter one doubles the wait.
            refused: User and password were refused: wait the longest at once. A password does not get right by itself,
                and many cameras lock an account after a few wrong ones, also for those who know it.
        """
        if lived_s > self._next_s:
            self._next_s = FIRST_S
        wait_s = self._longest_s if refused else min(self._next_s, self._longest_s)
        self._next_s = min(2 * wait_s, self._longest_s)
        return wait_s * random.uniform(0.5, 1.0)
