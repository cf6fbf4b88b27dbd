"""The border to foreign code and foreign text: whatever happens there becomes one line."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipeline.errors import ConfigError, EmobotError

LONGEST = 160
"""Characters of a foreign text or value in a message; the middle of a longer one is left out."""

log = logging.getLogger("emobot")


@contextmanager
def contained(expected: str) -> Iterator[None]:
    """Turn whatever is raised inside, also `SystemExit`, into a `ConfigError` of one line.

    An error of our own and Ctrl-C pass unchanged. The traceback goes to the log at level debug.

    Args:
        expected: What was expected, for the message.

    Raises:
        ConfigError: Something was raised.
    """
    try:
        yield
    except (EmobotError, KeyboardInterrupt):
        raise
    except BaseException as error:
        log.debug("expected %s, found an error", expected, exc_info=True)
        raise ConfigError(f"expected {expected}, found {describe_error(error)}") from error


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
    """Return a text with line breaks and control characters escaped and without its middle if it is long."""
    if len(text) > longest:
        text = f"{text[: longest * 2 // 3]}...{text[-longest // 3 :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def shown(value: Any) -> str:
    """Return a value as a message shows it."""
    try:
        return one_line(repr(value))
    except Exception:
        # a number of thousands of digits, a list in a list in a list, an object's own __repr__
        return f"a value of type {type(value).__name__} that cannot be shown"
