"""Ctrl-C, SIGTERM and the end of its terminal end a batch in order."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM, and SIGHUP unless it is ignored, end a block as Ctrl-C does."""
    with _handled(signal.default_int_handler, signal.SIGTERM):
        yield


@contextmanager
def interruptible(interrupt: Callable[[], None]) -> Iterator[None]:
    """Call a function instead of ending, at each of these signals, until the block ends."""
    with _handled(lambda *_: interrupt(), signal.SIGTERM, signal.SIGINT):
        yield


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], object], *numbers: signal.Signals) -> Iterator[None]:
    """Handle some signals, and SIGHUP: a terminal was closed, or a connection to another machine lost.

    Programs started with nohup ignore it.
    """
    hangs_up = signal.getsignal(signal.SIGHUP) != signal.SIG_IGN
    before = {number: signal.signal(number, handler) for number in (*numbers, *([signal.SIGHUP] * hangs_up))}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
