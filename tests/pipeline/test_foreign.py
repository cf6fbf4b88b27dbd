"""The border to third-party code."""

import logging
import threading

import pytest

from pipeline.foreign import reported_if_slow


def test_slow_code_of_others_is_reported_while_it_runs(caplog: pytest.LogCaptureFixture) -> None:
    """A module that waits for ever would hang a command without a word; a quick one is not mentioned."""
    reported = threading.Event()

    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            reported.set()

    handler = Told()
    logging.getLogger("emobot").addHandler(handler)
    try:
        with reported_if_slow("a quick plan", 60):
            pass
        with reported_if_slow("a plan", 0.01):
            assert reported.wait(30)
    finally:
        logging.getLogger("emobot").removeHandler(handler)

    assert [record.message for record in caplog.records] == ["expected a plan within 0.01 s, still waiting"]
