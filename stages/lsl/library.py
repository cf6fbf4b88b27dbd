"""The LSL library, which is optional."""

import importlib
import importlib.util
from typing import Any

from pipeline.errors import MissingPart
from pipeline.foreign import one_line

INSTALL = ".venv/bin/pip install pylsl==1.18.6"
OWN = "Emobot "
"""Start of the names of the streams that Emobot sends."""


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
