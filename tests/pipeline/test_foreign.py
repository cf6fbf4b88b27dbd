"""The border to third-party code."""

import logging
import threading

from pipeline.foreign import reported_if_slow


def test_slow_code_of_others_is_reported_while_it_runs() -> None:
    """A module that waits for ever would hang a command without a word; a quick one is not mentioned."""
    reported, lines = threading.Event(), []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())
            reported.set()

    handler = Lines()
    logging.getLogger("emobot").addHandler(handler)
    try:
        with reported_if_slow("a quick plan", 60):
            pass
        with reported_if_slow("a plan", 0.01):
            assert reported.wait(30)
    finally:
        logging.getLogger("emobot").removeHandler(handler)

    assert lines == ["expected a plan within 0.01 s, still waiting"]
