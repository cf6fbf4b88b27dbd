"""Error classes and exit codes, and how the supervisor handles them.

EmobotError
├── ConfigError      the configuration is wrong: stop everything; a single camera is given up (exit code 2)
├── MissingPart      something is not installed or not downloaded; the message says how to get it (exit code 2)
├── InputError       an input cannot be read (a corrupt file): report it, process the others (exit code 1)
└── Closed           the user closed the window: stop everything, nothing is wrong (exit code 3)

Everything else is a bug or a broken machine: the process crashes, and the supervisor restarts it.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

EXIT_OK = 0
"""Finished; do not restart."""
EXIT_FAILED = 1
"""The work failed; the supervisor restarts the process."""
EXIT_CONFIG = 2
"""Wrong usage or configuration; restarting cannot help, so everything stops."""
EXIT_CLOSED = 3
"""The user closed the window; everything stops in order."""


class Mistake(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is wrong with one key of a table."""

    kind: Literal["value", "unknown", "forced"]
    """`value`: invalid value; `unknown`: the table has no such key; `forced`: `[privacy]` requires another value."""
    key: str
    low: float | None = None
    high: float | None = None
    """Allowed range, if known."""
    step: float = 0.0
    """The value must be a multiple of this; 0 = any value."""


class EmobotError(Exception):
    """An expected failure: its text is one line saying what was expected, what was found, and where."""

    exit_code = EXIT_FAILED


class ConfigError(EmobotError):
    """The configuration or the command line is wrong.

    Args:
        text: What was expected, what was found, and where.
        mistakes: The same as data, for translation; empty if a mistake is of no known kind.
    """

    exit_code = EXIT_CONFIG

    def __init__(self, text: str = "", mistakes: Sequence["Mistake"] = ()) -> None:
        super().__init__(text)
        self.mistakes = tuple(mistakes)


class MissingPart(EmobotError):
    """A program, a package or a model file is absent; the message says how to get it."""

    exit_code = EXIT_CONFIG


class InputError(EmobotError):
    """A file, a stream or a message cannot be read."""


class Closed(EmobotError):
    """The user closed the output window."""

    exit_code = EXIT_CLOSED
