"""What ends a batch in order."""

import os
import signal
from collections.abc import Iterator

import pytest

from pipeline.batch.interruption import ended_by_sigterm, interruptible


@pytest.fixture(autouse=True)
def terminal() -> Iterator[None]:
    """Let SIGHUP arrive, also where the tests were started with nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_of_these_signals_does(number: signal.Signals) -> None:
    """The last one arrives when its terminal is closed, or its connection to another machine is lost."""
    before, calls = signal.getsignal(number), list[int]()
    with interruptible(lambda: calls.append(1)):
        os.kill(os.getpid(), number)
    with pytest.raises(KeyboardInterrupt), ended_by_sigterm():
        os.kill(os.getpid(), number)

    assert calls == [1]
    assert signal.getsignal(number) == before


def test_with_nohup_a_closed_terminal_does_not() -> None:
    """Its user wants it to stay."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with interruptible(lambda: None), ended_by_sigterm():
        os.kill(os.getpid(), signal.SIGHUP)

    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
