"""What can go wrong, and what the supervisor does about it.

EmobotError
├── ConfigError      the configuration cannot work: stop everything; a camera alone is given up (exit code 2)
├── MissingPart      something is not installed or not downloaded; the message says how to get it (exit code 2)
├── InputError       an input cannot be read (a corrupt file): report it, go on with the others (exit code 1)
└── Closed           the person at the machine closed the output: stop everything, nothing is wrong (exit code 3)

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
"""Someone closed the window; everything stops in order."""


class Mistake(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is wrong with one key of a table."""

    kind: Literal["value", "unknown", "forced"]
    """Its value cannot be; the table has no such key; `[privacy]` says another value."""
    key: str
    low: float | None = None
    high: float | None = None
    """From where to where it can be, where that is known."""
    step: float = 0.0
    """Of what it has to be a multiple; 0: of nothing."""


class EmobotError(Exception):
    """An expected failure: its text is one line saying what was expected, what was found, and where."""

    exit_code = EXIT_FAILED


class ConfigError(EmobotError):
    """The configuration or the command line cannot work.

    Args:
        text: What was expected, what was found, and where.
        mistakes: The same for those who tell it in another language; empty where a mistake is of no usual kind.
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
    """The person at the machine closed the output."""

    exit_code = EXIT_CLOSED
