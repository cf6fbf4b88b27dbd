"""The LSL library, which is optional, and its clock."""

import importlib
import importlib.util
import time
from collections.abc import Callable
from typing import Any

from pipeline.errors import MissingPart
from pipeline.foreign import one_line

INSTALL = ".venv/bin/pip install pylsl==1.18.6"
OWN = "Emobot "
"""Start of the names of the streams that Emobot sends."""
CLOSE_ENOUGH_S = 50e-6
"""Seconds between two readings of LSL's clock within which the other clock counts as read at the same time."""
MOST_READINGS = 20
"""Maximum number of readings; an interruption between two of them takes milliseconds."""


def check_lsl() -> None:
    """Check that the LSL library is installed, without loading it.

    Raises:
        MissingPart: It is not.
    """
    if importlib.util.find_spec("pylsl") is None:
        raise MissingPart(f"expected pylsl for the Lab Streaming Layer, found that it is not installed: {INSTALL}")


def load_lsl() -> Any:
    """Return the module `pylsl`.

    Raises:
        MissingPart: It is not installed, or its library does not run on this system.
    """
    check_lsl()
    try:
        return importlib.import_module("pylsl")
    except Exception as error:
        # it raises RuntimeError without its library, OSError on an older C library, and whatever ctypes raises
        raise MissingPart(f"expected pylsl that can be loaded, found {one_line(str(error))}: {INSTALL}") from error


def unix_offset(local_clock: Callable[[], float], unix_clock: Callable[[], float] = time.time) -> float:
    """Return UNIX time minus LSL's clock, seconds; right to `CLOSE_ENOUGH_S` unless the CPU is saturated.

    Args:
        local_clock: LSL's clock, seconds.
        unix_clock: UNIX seconds.
    """
    closest, offset = float("inf"), 0.0
    for _ in range(MOST_READINGS):
        before, unix, after = local_clock(), unix_clock(), local_clock()
        if after - before < closest:
            closest, offset = after - before, unix - (before + after) / 2
        if closest <= CLOSE_ENOUGH_S:
            break
    return offset
