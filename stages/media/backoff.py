"""How long to leave a camera alone that could not be opened, or that was lost."""

import random

FIRST_S = 0.5


class Backoff:
    """Exponential back-off with jitter, so that many cameras behind one switch do not all come back at once.

    Args:
        longest_s: The longest wait, seconds.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._next_s = FIRST_S

    def wait_s(self, lived_s: float) -> float:
        """Return how long to wait now.

        Args:
            lived_s: For how long there were pictures since the last wait, seconds. A connection that lived longer than
                that wait starts the sequence anew; one that did not doubles it.
        """
        if lived_s > self._next_s:
            self._next_s = FIRST_S
        wait_s = min(self._next_s, self._longest_s)
        self._next_s = min(2 * wait_s, self._longest_s)
        return wait_s * random.uniform(0.5, 1.0)
