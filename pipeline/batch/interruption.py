"""Ctrl-C and SIGTERM end a batch in order."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def interruptible(interrupt: Callable[[], None]) -> Iterator[None]:
    """Call a function instead of ending, at each of these signals, until the block ends."""
    before = {number: signal.signal(number, lambda *_: interrupt()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
