"""The border to third-party code and text: every error there becomes one line."""

import logging
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipeline.errors import ConfigError, EmobotError

LONGEST = 160
"""Maximum length in characters of a third-party text or value in a message; a longer one loses its middle."""

log = logging.getLogger("emobot")


@contextmanager
def contained(expected: str) -> Iterator[None]:
    """Turn every exception raised inside, including `SystemExit`, into a one-line `ConfigError`.

    An `EmobotError` and Ctrl-C pass unchanged. The traceback goes to the log at level debug.

    Args:
        expected: What was expected, for the message.

    Raises:
        ConfigError: The code inside raised an exception.
    """
    try:
        yield
    except (EmobotError, KeyboardInterrupt):
        raise
    except BaseException as error:
        log.debug("expected %s, found an error", expected, exc_info=True)
        raise ConfigError(f"expected {expected}, found {describe_error(error)}") from error


@contextmanager
def reported_if_slow(expected: str, after_s: float) -> Iterator[None]:
    """Log a warning, once, if what runs inside takes long; it may wait for ever.

    Args:
        expected: What was expected, for the message.
        after_s: Seconds after which to warn.
    """
    timer = threading.Timer(after_s, log.warning, (f"expected {expected} within {after_s:g} s, still waiting",))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def describe_error(error: BaseException) -> str:
    """Return an error's type and text, and the file and line it comes from, in one line."""
    try:
        text = str(error)
    except Exception:
        text = ""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames and not isinstance(error, SyntaxError) else ""
    return type(error).__name__ + (f": {one_line(text)}" if text else "") + where


def one_line(text: str, longest: int = LONGEST) -> str:
    """Return a text with line breaks and control characters escaped, shortened in the middle if it is long."""
    if len(text) > longest:
        text = f"{text[: longest * 2 // 3]}...{text[-longest // 3 :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def shown(value: Any) -> str:
    """Return the representation of a value for a message."""
    try:
        return one_line(repr(value))
    except Exception:
        # a number of thousands of digits, a list in a list in a list, an object's own __repr__
        return f"a value of type {type(value).__name__} that cannot be shown"
