"""How long a connection to a camera may send no frame."""

import time

CONNECT_S = 10.0
"""Seconds to wait for a connection's first frame."""
KEY_FRAME_S = 120.0
"""Seconds to wait for a key frame, at which alone a stream can be joined, while others arrive. Some cameras send one in
40 s, and relays send none to those who join."""


class Patience:
    """Measures the silence of one connection.

    Args:
        stall_s: Seconds without a frame after which it has failed; before the first frame at least `CONNECT_S`.
    """

    def __init__(self, stall_s: float) -> None:
        self._stall_s = stall_s
        self._first_s = max(stall_s, CONNECT_S)
        now_s = time.monotonic()
        self._limit_s, self._latest_s = now_s + self._first_s, now_s + max(self._first_s, KEY_FRAME_S)
        self._was_live = False
        self._position_ns = self._early = 0

    @property
    def left_s(self) -> float:
        """Return for how many seconds it may still send nothing."""
        return self._limit_s - time.monotonic()

    def note(self, position_ns: int, early: int, *, shown: bool) -> None:
        """Note what has arrived.

        Args:
            position_ns: Position of the last decoded frame, nanoseconds, also of one that `fps` skips.
            early: Number of frames so far in front of the first key frame.
            shown: Whether a frame was shown.
        """
        now_s = time.monotonic()
        self._was_live |= shown
        if shown or (self._was_live and position_ns != self._position_ns):
            self._limit_s = now_s + self._stall_s
        elif not self._was_live and early != self._early:
            self._limit_s = min(now_s + self._first_s, self._latest_s)
        self._position_ns, self._early = position_ns, early

    def error(self) -> str:
        """Return what is wrong when nothing is left, in one line."""
        if self._was_live:
            return f"no frame for {self._stall_s:g} s"
        return no_key_frame(self._early) if self._early else f"no frame within {self._first_s:g} s"


def no_key_frame(early: int) -> str:
    """Return the error of a stream that cannot be joined, after a number of frames."""
    return f"expected a key frame, found none in {early} frames: let the camera send one each few seconds (GOP)"
