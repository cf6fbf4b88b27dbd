"""The ONVIF libraries, which are optional."""

import importlib
from typing import Any

from pipeline.errors import MissingPart
from pipeline.foreign import one_line

INSTALL = '.venv/bin/pip install -e ".[onvif]"'


def load(name: str) -> Any:
    """Return one of the libraries, `wsdiscovery` or `onvif`.

    Raises:
        MissingPart: It is not installed, or cannot be loaded.
    """
    try:
        return importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - foreign code
        raise MissingPart(f"expected {name} to find cameras, found {one_line(str(error))}: {INSTALL}") from error
